"""The library as its users see it, over Chroma embedded and on a server."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.errors import DocumentNotFoundError, IndexMismatchError, ModelUnavailableError, StoreError
from core.references import find_document_references
from core.settings import Settings
from core.types import (
    Document,
    Metadata,
    ParsedDocument,
    PathStep,
    Relation,
    RelationKind,
    SectionKind,
    Span,
    Standing,
    ValidityState,
)
from retrieval.chunk_index import document_id_of
from retrieval.fusion import Hit
from retrieval.knowledge_base import KnowledgeBase
from tests.retrieval.conftest import ChromaServer
from tests.retrieval.samples import NEW_PLAN, PLAN, RULES, TRAINING_PLAN, TinyEmbedder, parsed_document, plan, replaces

Search = Callable[[KnowledgeBase, str], list[Hit]]


def by_meaning(library: KnowledgeBase, question: str) -> list[Hit]:
    return library.search_vectors(TinyEmbedder().embed_query(question), limit=50)


def by_words(library: KnowledgeBase, question: str) -> list[Hit]:
    return library.search_words(question, limit=50, folded=False)


both_ways = pytest.mark.parametrize("search", [by_meaning, by_words])


@both_ways
def test_what_was_stored_is_found(either_settings: Settings, tiny_embedder: TinyEmbedder, search: Search) -> None:
    with KnowledgeBase.open(either_settings, tiny_embedder) as library:
        for parsed in (PLAN, RULES):
            library.store(parsed)
        best = search(library, "Kinh phí thực hiện lấy từ ngân sách nào")[0]
        assert library.chunks_by_id([best.chunk_id])[best.chunk_id] == PLAN.chunks[1]
        assert document_id_of(search(library, "sao lưu dữ liệu hằng ngày")[0].chunk_id) == RULES.id


def test_a_document_comes_back_as_it_went_in(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        stored, replaced = library.store(PLAN)
        assert replaced is None
        assert (stored.source, stored.metadata, stored.warnings) == (PLAN.source, PLAN.metadata, PLAN.warnings)
        assert (stored.page_count, stored.chunk_count) == (1, 3)
        assert library.document(PLAN.id) == library.find_by_hash(PLAN.sha256) == stored
        assert library.text(PLAN.id) == PLAN.text
        assert library.sections(PLAN.id) == PLAN.sections
        assert library.chunks(PLAN.id) == PLAN.chunks
        assert library.page_starts(PLAN.id) == PLAN.page_starts


def test_the_same_bytes_change_nothing(settings: Settings, tiny_embedder: TinyEmbedder) -> None:
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        stored, _ = library.store(PLAN)
        version = library.version
        assert library.store(PLAN) == (stored, None)
        assert library.version == version
        assert library.store(replace(PLAN, source="another name.docx")) == (stored, None)
        assert library.documents() == [stored]


@both_ways
def test_a_changed_file_replaces_its_old_self(
    either_settings: Settings, tiny_embedder: TinyEmbedder, search: Search
) -> None:
    with KnowledgeBase.open(either_settings, tiny_embedder) as library:
        old, _ = library.store(PLAN)
        library.store(RULES)
        new, replaced = library.store(NEW_PLAN)
        assert replaced and (replaced.id, replaced.standing) == (old.id, Standing.FORMER)
        assert library.documents() == [new, library.document(RULES.id)]
        assert {document_id_of(hit.chunk_id) for hit in search(library, TRAINING_PLAN)} <= {new.id, RULES.id}


@both_ways
def test_what_was_removed_is_found_no_more(
    either_settings: Settings, tiny_embedder: TinyEmbedder, search: Search
) -> None:
    with KnowledgeBase.open(either_settings, tiny_embedder) as library:
        stored, _ = library.store(PLAN)
        library.store(RULES)
        assert library.remove([PLAN.id]) == [stored]
        assert {document_id_of(hit.chunk_id) for hit in search(library, TRAINING_PLAN)} <= {RULES.id}
        with pytest.raises(DocumentNotFoundError, match=PLAN.id):
            library.text(PLAN.id)


def test_removing_an_unknown_document_removes_nothing(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        library.store(PLAN)
        with pytest.raises(DocumentNotFoundError):
            library.remove([PLAN.id, "0" * 16])
        assert [document.id for document in library.documents()] == [PLAN.id]


@both_ways
def test_everything_is_there_after_reopening(
    either_settings: Settings, tiny_embedder: TinyEmbedder, search: Search
) -> None:
    with KnowledgeBase.open(either_settings, tiny_embedder) as library:
        library.store(PLAN)
        before = search(library, "kinh phí")
    with KnowledgeBase.open(either_settings, tiny_embedder) as library:
        assert search(library, "kinh phí") == before
    assert tiny_embedder.embedded == len(PLAN.chunks)


@both_ways
def test_a_search_can_be_held_to_documents(
    either_settings: Settings, tiny_embedder: TinyEmbedder, search: Search
) -> None:
    with KnowledgeBase.open(either_settings, tiny_embedder) as library:
        library.store(PLAN)
        library.store(RULES)
        vector = tiny_embedder.embed_query("kinh phí dữ liệu")
        found = [
            *library.search_vectors(vector, limit=9, document_ids={RULES.id}),
            *library.search_words("kinh phí dữ liệu", limit=9, folded=True, document_ids={RULES.id}),
        ]
        assert {document_id_of(hit.chunk_id) for hit in found} == {RULES.id}


# Metadata


def test_metadata_written_by_an_earlier_release_is_read_with_the_new_fields_empty(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        library.store(replace(PLAN, metadata=replace(PLAN.metadata, domain="Nội vụ", place="Lam Giang")))
        assert [document.metadata.domain for document in library.documents(text="noi vu")] == ["Nội vụ"]
    catalogue = next(settings.data_dir.rglob("catalogue.sqlite3"))
    with closing(sqlite3.connect(catalogue)) as connection, connection:
        connection.execute(
            "UPDATE documents SET parsed_metadata ="
            " json_remove(parsed_metadata, '$.domain', '$.place', '$.signer_title')"
        )
    with KnowledgeBase.open(settings, None) as library:
        assert library.document(PLAN.id).metadata == PLAN.metadata


def test_a_correction_is_in_force_until_the_file_changes(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        library.store(PLAN)
        corrected = library.correct_metadata(PLAN.id, plan("99/KH-UBND", date(2025, 1, 1)))
        assert library.document(PLAN.id) == corrected
        assert [found.id for found in _find(library, "Kế hoạch 99")] == [PLAN.id]
        assert _find(library, "Kế hoạch 4407") == []
        new, _ = library.store(NEW_PLAN)
        assert new.metadata == NEW_PLAN.metadata
        assert any("sửa tay" in warning for warning in new.warnings)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Kế hoạch 4407 nói gì?", {"4407/KH-UBND", "4407/KH-BTC"}),
        ("kh 4407", {"4407/KH-UBND", "4407/KH-BTC"}),
        ("ke hoach so 4407 nam 2025", {"4407/KH-UBND"}),
        ("Kế hoạch số 4407/KH-UBND ngày 03/11/2025", {"4407/KH-UBND"}),
        ("4407/kh-ubnd", {"4407/KH-UBND"}),
        ("Kế hoạch 4407/KH-STC", set()),
        ("Nghị quyết 57", {"57-NQ/TW"}),
        ("NQ 57-NQ/TW", {"57-NQ/TW"}),
        ("Quyết định 57", set()),
        ("NĐ 13/2023", {"13/2023/NĐ-CP"}),
        ("Nghị định 13/2023/NĐ-CP", {"13/2023/NĐ-CP"}),
        ("nghi dinh 13/2023/nd-cp", {"13/2023/NĐ-CP"}),
        ("Nghị định 13/2023/NĐ", {"13/2023/NĐ-CP"}),
        ("Nghị định 13/2023/NĐCP", {"13/2023/NĐ-CP"}),
        ("57/NQ-TW", {"57-NQ/TW"}),
        ("Nghị định 13/2024", set()),
        ("Luật 134/2025/QH15", {"134/2025/QH15"}),
        ("Luật 134", {"134/2025/QH15"}),
    ],
)
def test_a_reference_finds_its_document(settings: Settings, question: str, found: set[str]) -> None:
    numbers = {
        "4407/KH-UBND": ("Kế hoạch", date(2025, 11, 3)),
        "4407/KH-BTC": ("Kế hoạch", date(2024, 2, 1)),
        "57-NQ/TW": ("Nghị quyết", date(2024, 12, 22)),
        "13/2023/NĐ-CP": ("Nghị định", date(2023, 4, 17)),
        "134/2025/QH15": ("Luật", None),
    }
    with KnowledgeBase.open(settings, None) as library:
        for number, (kind, issued_on) in numbers.items():
            metadata = Metadata(kind, number, issued_on=issued_on)
            library.store(parsed_document(f"Nội dung của {number}", source=number, metadata=metadata))
        assert {document.metadata.number for document in _find(library, question)} == found


def _find(library: KnowledgeBase, question: str) -> list[Document]:
    return [found for reference in find_document_references(question) for found in library.find_documents(reference)]


def test_validity_follows_what_the_library_holds(settings: Settings) -> None:
    newer = _with_relations(
        NEW_PLAN, "b.docx", plan("12/KH-UBND", date(2026, 1, 5), relations=(replaces("4407/KH-UBND"),))
    )
    with KnowledgeBase.open(settings, None) as library:
        old, _ = library.store(PLAN)
        assert library.validity(old, date(2026, 2, 1)).state is ValidityState.IN_FORCE
        by, _ = library.store(newer)
        replaced = library.validity(old, date(2026, 2, 1))
        assert (replaced.state, replaced.by_document_id) == (ValidityState.EXPIRED, by.id)
        assert replaced.reason == "Được thay thế bởi Kế hoạch 12/KH-UBND từ ngày 05/01/2026."
        library.remove([by.id])
        assert library.validity(old, date(2026, 2, 1)).state is ValidityState.IN_FORCE


def test_a_recurring_number_is_told_apart_by_date(settings: Settings) -> None:
    years = {year: plan("01/KH-UBND", date(year, 1, 2)) for year in (2024, 2025, 2026)}
    last = plan("90/KH-UBND", date(2025, 9, 1), relations=(replaces("01/KH-UBND", issued_on=date(2025, 1, 2)),))
    with KnowledgeBase.open(settings, None) as library:
        stored = {
            year: library.store(parsed_document(f"Năm {year}", source=str(year), metadata=metadata))[0]
            for year, metadata in years.items()
        }
        library.store(parsed_document("Kế hoạch mới", source="new", metadata=last))
        states = {year: library.validity(document, date(2026, 6, 1)).state for year, document in stored.items()}
    assert states == {2024: ValidityState.IN_FORCE, 2025: ValidityState.EXPIRED, 2026: ValidityState.IN_FORCE}


def test_an_undated_relation_means_the_latest_of_a_recurring_number_before_it(settings: Settings) -> None:
    acting = plan("90/KH-UBND", date(2025, 9, 1), relations=(replaces("01/KH-UBND"),))
    with KnowledgeBase.open(settings, None) as library:
        stored = [
            library.store(parsed_document(f"Năm {y}", source=str(y), metadata=plan("01/KH-UBND", date(y, 1, 2))))[0]
            for y in (2024, 2025, 2026)
        ]
        library.store(parsed_document("Kế hoạch mới", source="new", metadata=acting))
        states = [library.validity(document, date(2026, 6, 1)).state for document in stored]
    assert states == [ValidityState.IN_FORCE, ValidityState.EXPIRED, ValidityState.IN_FORCE]


def test_a_document_cited_by_title_is_recognised(settings: Settings) -> None:
    law = Metadata("Luật", "", "Dữ liệu", issued_on=date(2024, 11, 30))
    newer = replace(
        law, title="Dữ liệu và giao dịch", issued_on=date(2026, 1, 1), relations=(replaces("Luật  dữ liệu"),)
    )
    with KnowledgeBase.open(settings, None) as library:
        old, _ = library.store(parsed_document("Điều cũ", source="a", metadata=law))
        library.store(parsed_document("Điều mới", source="b", metadata=newer))
        assert library.validity(old, date(2026, 2, 1)).state is ValidityState.EXPIRED


def test_a_title_that_two_documents_bear_is_not_guessed(settings: Settings) -> None:
    laws = {year: Metadata("Luật", "", "Đất đai", issued_on=date(year, 1, 18)) for year in (2013, 2024)}
    cited = ("Luật Đất đai", "Luật Đất đai năm 2024")
    with KnowledgeBase.open(settings, None) as library:
        stored = {
            year: library.store(parsed_document(f"Luật {year}", source=str(year), metadata=metadata))[0]
            for year, metadata in laws.items()
        }
        ended = []
        for target in cited:
            acting = plan("9/KH-UBND", date(2026, 1, 1), relations=(replaces(target),))
            library.store(parsed_document(f"Thay {target}", source="new", metadata=acting))
            ended.append([y for y, law in stored.items() if library.validity(law).state is ValidityState.EXPIRED])
        dated = plan("9/KH-UBND", date(2026, 1, 1), relations=(replaces("Luật Đất đai", issued_on=date(2013, 1, 18)),))
        library.store(parsed_document("Văn bản mới", source="new", metadata=dated))
        ended.append([y for y, law in stored.items() if library.validity(law).state is ValidityState.EXPIRED])
    assert ended == [[], [2024], [2013]]


def test_relations_on_a_provision_tell_where_they_are_stated(settings: Settings) -> None:
    amends = Relation(
        RelationKind.AMENDS, "4407/KH-UBND", "khoản 2 Điều 5", None, Span(3, 9), date(2026, 3, 1), "điểm a"
    )
    acting = plan("9/KH-UBND", date(2026, 1, 1), relations=(amends,))
    path = (PathStep(SectionKind.ARTICLE, "5"),)
    with KnowledgeBase.open(settings, None) as library:
        old, _ = library.store(PLAN)
        assert library.relations_touching(old, path) == []
        by, _ = library.store(parsed_document("Văn bản mới", source="new", metadata=acting))
        assert [(each.by.id, each.relation) for each in library.relations_touching(old, path)] == [(by.id, amends)]
        assert library.relations_touching(old, (PathStep(SectionKind.ARTICLE, "6"),)) == []


def test_a_replacing_document_that_was_replaced_before_its_day_ends_nothing(settings: Settings) -> None:
    second = replace(
        plan("9/KH-UBND", date(2026, 1, 1), relations=(replaces("4407/KH-UBND"),)), effective_from=date(2026, 9, 1)
    )
    third = plan("10/KH-UBND", date(2026, 3, 1), relations=(replaces("9/KH-UBND"),))
    with KnowledgeBase.open(settings, None) as library:
        first, _ = library.store(PLAN)
        library.store(parsed_document("Kế hoạch hai", source="b", metadata=second))
        assert library.validity(first, date(2026, 12, 1)).state is ValidityState.EXPIRED
        library.store(parsed_document("Kế hoạch ba", source="c", metadata=third))
        assert library.validity(first, date(2026, 12, 1)).state is ValidityState.IN_FORCE


def _with_relations(parsed: ParsedDocument, source: str, metadata: Metadata) -> ParsedDocument:
    return replace(parsed, source=source, metadata=metadata)


def test_documents_are_listed_by_words_and_kind(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        library.store(PLAN)
        library.store(RULES)
        assert [d.id for d in library.documents()] == [PLAN.id, RULES.id]
        for text, kinds, found in [
            ("dao tao 4407", (), [PLAN.id]),
            ("Bảo vệ", (), [RULES.id]),
            ("quy-che.pdf", (), [RULES.id]),
            ("100%", (), []),
            ("", ("kế hoạch",), [PLAN.id]),
            ("bảo", ("Kế hoạch",), []),
        ]:
            assert [document.id for document in library.documents(text=text, kinds=kinds)] == found, (text, kinds)


def test_rarity_falls_with_the_number_of_chunks(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        library.store(RULES)
        rarity = library.rarity(["dữ", "sao", "không_có"])
    assert 0 < rarity["dữ"] < rarity["sao"] < rarity["không_có"]


# Models


def test_vectors_of_another_model_are_refused_with_the_remedy(settings: Settings) -> None:
    with KnowledgeBase.open(settings, TinyEmbedder()) as library:
        library.store(PLAN)
    for writable in (True, False):
        with pytest.raises(IndexMismatchError, match=r"python app\.py rebuild"):
            KnowledgeBase.open(settings, TinyEmbedder("other/32", 32), writable=writable)


def test_an_empty_library_changes_its_model_freely(either_settings: Settings) -> None:
    with KnowledgeBase.open(either_settings, TinyEmbedder()) as library:
        library.store(PLAN)
        library.remove([PLAN.id])
    with KnowledgeBase.open(either_settings, TinyEmbedder("other/32", 32)) as library:
        library.store(PLAN)
        assert library.search_vectors(TinyEmbedder("", 32).embed_query("kinh phí"), limit=1)


def test_rebuilding_moves_the_library_to_another_model(either_settings: Settings) -> None:
    with KnowledgeBase.open(either_settings, TinyEmbedder()) as library:
        library.store(PLAN)
        library.store(RULES)
    other = TinyEmbedder("other/32", 32)
    progress: list[tuple[int, int]] = []
    with KnowledgeBase.open(either_settings, other, rebuild=True) as library:
        library.rebuild(lambda done, total: progress.append((done, total)))
    with KnowledgeBase.open(either_settings, other) as library:
        hits = library.search_vectors(other.embed_query("kinh phí thực hiện"), limit=9)
        assert len(hits) == 5 and hits[0].chunk_id == PLAN.chunks[1].id
        assert library.search_words("kinh phí", limit=9, folded=False)
    assert progress == [(1, 2), (2, 2)]


def test_without_a_model_words_still_find_and_the_vectors_catch_up_later(
    settings: Settings, tiny_embedder: TinyEmbedder
) -> None:
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        library.store(PLAN)
    with KnowledgeBase.open(settings, None) as library:
        assert by_words(library, "kinh phí")
        assert by_meaning(library, "kinh phí") == []
        library.remove([PLAN.id])
        library.store(RULES)
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        assert {hit.chunk_id for hit in by_meaning(library, "dữ liệu")} == {chunk.id for chunk in RULES.chunks}


def test_a_library_made_without_a_model_is_searched_by_words_until_the_rebuild(
    settings: Settings, tiny_embedder: TinyEmbedder
) -> None:
    with KnowledgeBase.open(settings, None) as library:
        library.store(PLAN)
        assert library.notice == ""
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        assert "app.py rebuild" in library.notice
        library.store(RULES)
        assert by_words(library, "kinh phí") and by_words(library, "dữ liệu")
        assert by_meaning(library, "kinh phí") == []
        assert library.rebuild()
        assert library.notice == ""
        assert len(by_meaning(library, "kinh phí")) == len(PLAN.chunks) + len(RULES.chunks)
        assert library.verify().faults == ()


class BrokenEmbedder(TinyEmbedder):
    """A model whose endpoint went away."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise ModelUnavailableError(f"Dịch vụ embedding không trả lời {len(texts)} đoạn. Hãy thử lại sau.")


def test_a_model_that_fails_loses_nothing(settings: Settings, tiny_embedder: TinyEmbedder) -> None:
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        old, _ = library.store(PLAN)
    with KnowledgeBase.open(settings, BrokenEmbedder()) as library:
        with pytest.raises(ModelUnavailableError):
            library.store(NEW_PLAN)
        assert library.documents() == [old]
        assert len(by_meaning(library, "kinh phí")) == len(PLAN.chunks)


def test_a_server_that_goes_away_loses_nothing(settings: Settings, tmp_path: Path, tiny_embedder: TinyEmbedder) -> None:
    folder = tmp_path / "server"
    server = ChromaServer(folder)
    with KnowledgeBase.open(settings.model_copy(update={"chroma_url": server.url}), tiny_embedder) as library:
        stored, _ = library.store(PLAN)
        server.stop()
        with pytest.raises(StoreError, match="Chroma"):
            library.store(NEW_PLAN)
        library.remove([PLAN.id])  # the catalogue decides; the vectors are cleared at the next start
        assert library.documents() == []
        assert stored.id == PLAN.id
    again = ChromaServer(folder)
    with KnowledgeBase.open(settings.model_copy(update={"chroma_url": again.url}), tiny_embedder) as library:
        library.store(RULES)
        assert {document_id_of(hit.chunk_id) for hit in by_meaning(library, TRAINING_PLAN)} == {RULES.id}
    again.stop()
