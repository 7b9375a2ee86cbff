"""Versions and copies: who is searched, what stays readable, and what the administrator decides."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.errors import DocumentNotFoundError, UsageError
from core.settings import Settings
from core.types import Document, Metadata, ParsedDocument, Standing
from retrieval.chunk_index import document_id_of
from retrieval.knowledge_base import KnowledgeBase
from tests.retrieval.samples import NEW_PLAN, PLAN, RULES, TinyEmbedder, parsed_document, plan

DECREE = "\n".join(
    f"Điều {number}. Cơ quan {name} xử lý dữ liệu về {subject} theo quy định tại khoản {number} và báo cáo hằng năm"
    for number, (name, subject) in enumerate(
        [("công an", "cư trú"), ("thuế", "thu nhập"), ("y tế", "khám chữa bệnh"), ("giáo dục", "học sinh"),
         ("nội vụ", "cán bộ công chức"), ("tư pháp", "hộ tịch"), ("giao thông", "phương tiện"),
         ("lao động", "việc làm"), ("ngân hàng", "tài khoản"), ("viễn thông", "thuê bao")], 1)
)  # fmt: skip
METADATA = Metadata("Nghị định", "13/2023/NĐ-CP", "Bảo vệ dữ liệu cá nhân", "Chính phủ", "", date(2023, 4, 17))
TYPED = parsed_document(DECREE, source="nghi-dinh.docx", metadata=METADATA)
SCAN = replace(
    parsed_document(DECREE.replace("dữ liệu về", "dữ Iiệu về", 2), source="quet.pdf", metadata=METADATA),
    recognised_pages=3,
)
PART = parsed_document("Phụ lục I. Mẫu đơn đề nghị cấp phép", source="phu-luc.docx", metadata=METADATA)


@pytest.fixture
def library(settings: Settings, tiny_embedder: TinyEmbedder):
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        yield library
        assert library.verify().faults == ()


def stored(library: KnowledgeBase, parsed: ParsedDocument) -> Document:
    return library.store(parsed, parsed.text.encode())[0]


def searched(library: KnowledgeBase) -> set[str]:
    """Documents that meaning and words find, which have to be the same."""
    vector = TinyEmbedder().embed_query("dữ liệu")
    by_meaning = {document_id_of(hit.chunk_id) for hit in library.search_vectors(vector, limit=1000)}
    question = "dữ liệu kinh phí bồi dưỡng tổng hợp lưu trữ mẫu đơn điều"
    by_words = {document_id_of(hit.chunk_id) for hit in library.search_words(question, limit=1000, folded=True)}
    assert by_meaning == by_words
    return by_meaning


def noted(document: Document, *words: str) -> bool:
    return any(all(word in warning for word in words) for warning in document.warnings)


# Copies


@pytest.mark.parametrize("order", [(TYPED, SCAN), (SCAN, TYPED)])
def test_of_two_copies_the_typed_one_is_searched_and_both_say_so(
    library: KnowledgeBase, order: tuple[ParsedDocument, ParsedDocument]
) -> None:
    for parsed in order:
        stored(library, parsed)
    assert searched(library) == {TYPED.id}
    leader, copy = library.document(TYPED.id), library.document(SCAN.id)
    assert [document.id for document in library.documents()] == [TYPED.id]
    assert (copy.standing, copy.leader_id) == (Standing.COPY, TYPED.id)
    assert noted(copy, "Trùng với", "nghi-dinh.docx") and noted(leader, "Trùng với", "quet.pdf")
    assert library.text(SCAN.id) == SCAN.text and library.chunks(SCAN.id) == SCAN.chunks
    assert library.copies(TYPED.id) == [copy] and library.copies(SCAN.id) == [leader]


def test_the_newcomer_tells_that_it_is_a_copy(library: KnowledgeBase) -> None:
    stored(library, TYPED)
    assert noted(stored(library, SCAN), "Trùng với")


def test_the_administrator_chooses_another_copy_to_lead_and_later_copies_respect_it(library: KnowledgeBase) -> None:
    stored(library, TYPED)
    stored(library, SCAN)
    library.lead(SCAN.id)
    assert searched(library) == {SCAN.id}
    third = parsed_document(DECREE + " kể từ nay", source="cong-bao.html", metadata=METADATA)
    stored(library, third)
    assert searched(library) == {SCAN.id}
    assert {copy.id for copy in library.copies(SCAN.id)} == {TYPED.id, third.id}
    with pytest.raises(UsageError, match="không phải là bản sao"):
        library.lead(SCAN.id)


def test_copies_that_are_separated_stay_separate(library: KnowledgeBase) -> None:
    stored(library, TYPED)
    stored(library, SCAN)
    library.separate(SCAN.id)
    assert searched(library) == {TYPED.id, SCAN.id}
    newer = replace(parsed_document(SCAN.text + " nữa", source=SCAN.source, metadata=METADATA), recognised_pages=3)
    stored(library, newer)
    assert searched(library) == {TYPED.id, newer.id}
    assert library.questions() == []


def test_the_best_copy_takes_the_place_of_a_removed_leader(library: KnowledgeBase) -> None:
    stored(library, TYPED)
    stored(library, SCAN)
    library.remove([TYPED.id])
    assert searched(library) == {SCAN.id}
    with pytest.raises(DocumentNotFoundError):
        library.text(TYPED.id)


@pytest.mark.parametrize(
    ("metadata", "asked"),
    [
        (METADATA, True),
        (replace(METADATA, issued_on=date(2022, 4, 17)), False),
        (replace(METADATA, number="14/2023/NĐ-CP"), False),
        (replace(METADATA, issuer="Bộ Công an"), False),
        (replace(METADATA, number=""), False),
    ],
)
def test_one_number_with_another_text_is_asked_and_never_merged(
    library: KnowledgeBase, metadata: Metadata, asked: bool
) -> None:
    stored(library, TYPED)
    part = stored(library, replace(PART, metadata=metadata))
    assert searched(library) == {TYPED.id, PART.id}
    assert bool(library.questions()) == asked == noted(part, "Có thể là cùng văn bản", "nghi-dinh.docx")


def test_a_question_is_answered_in_three_ways(library: KnowledgeBase) -> None:
    stored(library, TYPED)
    stored(library, PART)
    [question] = library.questions()
    pair = (question.first.id, question.second.id)
    library.keep_apart(*pair)
    assert library.questions() == [] and searched(library) == {TYPED.id, PART.id}
    library.merge(*pair)
    assert searched(library) == {TYPED.id}
    library.separate(PART.id)
    library.replace(TYPED.id, PART.id)
    assert searched(library) == {PART.id}
    assert library.document(TYPED.id).successor_id == PART.id


def test_a_consolidated_text_is_another_document_than_the_original(library: KnowledgeBase) -> None:
    consolidated = parsed_document(
        f"VĂN BẢN HỢP NHẤT\n{DECREE}\nXÁC THỰC VĂN BẢN HỢP NHẤT", source="vbhn.docx", metadata=METADATA
    )
    stored(library, TYPED)
    stored(library, consolidated)
    assert searched(library) == {TYPED.id, consolidated.id}


def test_forms_that_differ_by_their_figures_are_not_merged(library: KnowledgeBase) -> None:
    forms = [
        parsed_document(
            "\n".join(f"{line} số tiền {year * n} đồng" for n, line in enumerate(DECREE.split("\n"), 1)),
            source=str(year),
        )
        for year in (2024, 2025)
    ]
    for form in forms:
        stored(library, form)
    assert searched(library) == {form.id for form in forms}


def test_texts_without_number_are_recognised_by_themselves(library: KnowledgeBase) -> None:
    bare = replace(TYPED, metadata=Metadata())
    stored(library, bare)
    again = parsed_document(DECREE + " hết", source="b.md")
    stored(library, again)
    assert searched(library) == {again.id}
    assert library.document(bare.id).leader_id == again.id


# Versions


def test_an_old_version_stays_readable_with_the_time_it_was_in_use(library: KnowledgeBase) -> None:
    stored(library, PLAN)
    _, former = library.store(NEW_PLAN)
    assert former and (former.id, former.standing, former.successor_id) == (PLAN.id, Standing.FORMER, NEW_PLAN.id)
    assert searched(library) == {NEW_PLAN.id}
    assert library.text(PLAN.id) == PLAN.text and library.sections(PLAN.id) == PLAN.sections
    assert library.chunks_by_id([PLAN.chunks[0].id])
    new, old = library.versions(PLAN.id)
    assert (new.document.id, old.document.id) == (NEW_PLAN.id, PLAN.id)
    [(began, ended)], [(began_new, ended_new)] = old.periods, new.periods
    assert ended is not None and began < ended <= began_new and ended_new is None


def test_a_file_that_goes_back_makes_its_old_version_current_again(library: KnowledgeBase) -> None:
    stored(library, PLAN)
    stored(library, NEW_PLAN)
    assert library.recognise(PLAN.sha256, PLAN.source)
    assert searched(library) == {PLAN.id}
    back, left = library.versions(PLAN.id)
    assert (back.document.id, len(back.periods), left.document.id) == (PLAN.id, 2, NEW_PLAN.id)


def test_an_old_version_from_elsewhere_stays_old(library: KnowledgeBase) -> None:
    stored(library, PLAN)
    stored(library, NEW_PLAN)
    document, former = library.store(replace(PLAN, source="ban-luu/ke-hoach.docx"))
    assert (document.standing, former) == (Standing.FORMER, None)
    assert searched(library) == {NEW_PLAN.id}


def test_a_file_that_becomes_equal_to_another_document_leaves_its_old_self(library: KnowledgeBase) -> None:
    stored(library, PLAN)
    stored(library, RULES)
    known, former = library.store(replace(RULES, source=PLAN.source))
    assert (known.id, former and former.id) == (RULES.id, PLAN.id)
    assert searched(library) == {RULES.id}


def test_bytes_at_two_places_stay_while_one_place_keeps_them(library: KnowledgeBase) -> None:
    stored(library, PLAN)
    library.store(replace(PLAN, source="ban-sao.docx"))
    _, former = library.store(NEW_PLAN)
    assert former is None
    assert searched(library) == {PLAN.id, NEW_PLAN.id}


def test_copies_follow_the_new_version_as_far_as_they_hold_the_same(library: KnowledgeBase) -> None:
    stored(library, TYPED)
    stored(library, SCAN)
    corrected = parsed_document(DECREE + " và hằng quý", source=TYPED.source, metadata=METADATA)
    stored(library, corrected)
    assert searched(library) == {corrected.id}
    assert library.document(SCAN.id).leader_id == corrected.id
    rewritten = parsed_document("\n".join(RULES.text.split("\n") * 3), source=TYPED.source, metadata=METADATA)
    stored(library, rewritten)
    assert searched(library) == {rewritten.id, SCAN.id}
    assert [{q.first.id, q.second.id} for q in library.questions()] == [{rewritten.id, SCAN.id}]


def test_a_version_chosen_by_the_administrator_is_not_undone_by_the_file_on_disk(library: KnowledgeBase) -> None:
    stored(library, PLAN)
    stored(library, replace(NEW_PLAN, source="ban-sua.docx"))
    library.replace(PLAN.id, NEW_PLAN.id)
    assert library.recognise(PLAN.sha256, PLAN.source)
    assert searched(library) == {NEW_PLAN.id}
    library.replace(NEW_PLAN.id, PLAN.id)
    assert searched(library) == {PLAN.id}


def test_removing_one_version_or_all(library: KnowledgeBase, settings: Settings) -> None:
    newest = parsed_document("Kế hoạch mới nhất về dữ liệu", source=PLAN.source, metadata=plan("13/KH-UBND"))
    for parsed in (PLAN, NEW_PLAN, newest, RULES):
        stored(library, parsed)
    assert [document.id for document in library.remove([NEW_PLAN.id])] == [NEW_PLAN.id]
    assert [version.document.id for version in library.versions(PLAN.id)] == [newest.id, PLAN.id]
    assert {document.id for document in library.remove([newest.id], whole=True)} == {newest.id, PLAN.id}
    assert searched(library) == {RULES.id}
    assert [path.name for path in (settings.data_dir / "files").iterdir()] == [RULES.sha256]
    for path in settings.data_dir.rglob("*"):
        assert not path.is_file() or "Mở lớp bồi dưỡng kỹ năng".encode() not in path.read_bytes(), path


def test_a_renamed_source_is_where_the_next_version_comes_from(library: KnowledgeBase) -> None:
    stored(library, PLAN)
    stored(library, RULES)
    with pytest.raises(UsageError, match=RULES.id):
        library.rename(PLAN.id, RULES.source)
    library.rename(PLAN.id, "moi/ke-hoach-2025.docx")
    _, former = library.store(replace(NEW_PLAN, source="moi/ke-hoach-2025.docx"))
    assert former and former.id == PLAN.id


# Reading anew


def test_reading_anew_keeps_what_was_cited_and_what_was_corrected(library: KnowledgeBase) -> None:
    stored(library, replace(PLAN, parser="cũ"))
    corrected = library.correct_metadata(PLAN.id, plan("99/KH-UBND"))
    assert library.reparse(replace(PLAN, parser="mới")) is None
    assert library.document(PLAN.id).parser == "mới"
    anew = replace(parsed_document(PLAN.text.upper()), sha256=PLAN.sha256, parser="mới hơn")
    renewed = library.reparse(anew)
    assert renewed
    now, before = renewed
    assert (now.metadata, now.source) == (corrected.metadata, PLAN.source)
    assert searched(library) == {now.id}
    assert (before.id, library.text(before.id), library.text(now.id)) == (PLAN.id, PLAN.text, anew.text)
    assert library.find_by_hash(PLAN.sha256) == now
    assert library.recognise(PLAN.sha256, PLAN.source) == (now, None)
    back = library.reparse(replace(PLAN, parser="cũ"))
    assert back and back[0].id != now.id and searched(library) == {back[0].id}


# Originals


def test_the_original_is_kept_as_it_came_until_its_document_goes(library: KnowledgeBase) -> None:
    stored(library, PLAN)
    path = library.original(PLAN.id)
    assert path and path.read_bytes() == PLAN.text.encode()
    library.remove([PLAN.id])
    assert not path.exists()


def test_verifying_names_what_is_wrong(settings: Settings, tiny_embedder: TinyEmbedder, tmp_path: Path) -> None:
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        stored(library, PLAN)
        original = library.original(PLAN.id)
        assert original
        original.write_bytes(b"changed")
        (settings.data_dir / "files" / ("0" * 64)).write_bytes(b"nobody's")
        with library._catalogue.writing() as connection:
            connection.execute("UPDATE chunks SET text = 'khác' WHERE id = ?", (PLAN.chunks[0].id,))
        library._index._words.delete_documents([PLAN.id])
        library._index._live.store.add(["x-00000"], "x", library.vectors_of(PLAN.id)[2][:1])
        faults = " ".join(library.verify().faults)
    for said in (
        PLAN.chunks[0].id,
        "bị thay đổi",
        "không thuộc văn bản nào",
        "từ thiếu 3 đoạn",
        "vector còn giữ 1 đoạn",
    ):
        assert said in faults, said
