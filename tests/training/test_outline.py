from dataclasses import replace

import pytest

from core.errors import UsageError
from tests.training.conftest import Library
from training.materials import Selection
from training.types import Outline


def assert_quotes_are_verbatim(outline: Outline, library: Library) -> None:
    quotes = [quote for session in outline.sessions for quote in session.key_provisions]
    assert quotes and outline.dropped == 0
    for quote in quotes:
        assert library.knowledge_base.text(quote.document_id)[quote.start : quote.end] == quote.quote


def test_a_regulation_is_taught_chapter_by_chapter(library: Library) -> None:
    outline = library.maker.outline(Selection(document_ids=(library.id_of("15/2026/QĐ-UBND"),)))
    assert [session.title for session in outline.sessions] == [
        "Chương I. Quy định chung",
        "Chương II. Tổ chức đào tạo",
        "Chương III. Tổ chức thực hiện",
    ]
    assert outline.sessions[1].topics == (
        "Điều 3. Thời lượng và sĩ số",
        "Điều 4. Nội dung đào tạo cơ bản",
        "Điều 5. Nội dung đào tạo nâng cao",
        "Điều 6. Mức hỗ trợ",
    )
    assert_quotes_are_verbatim(outline, library)


def test_objectives_use_the_verb_that_fits_the_heading(library: Library) -> None:
    outline = library.maker.outline(Selection(document_ids=(library.id_of("15/2026/QĐ-UBND"),)))
    assert "Xác định được nội dung “Tổ chức thực hiện” của Quyết định 15/2026/QĐ-UBND." in outline.objectives
    assert outline.objectives == tuple(dict.fromkeys(session.objective for session in outline.sessions))


def test_time_is_allotted_in_quarters_of_an_hour(sample_library: Library) -> None:
    outline = sample_library.maker.outline(Selection(document_ids=sample_library.ids()))
    assert all(session.minutes % 15 == 0 and 15 <= session.minutes <= 180 for session in outline.sessions)
    assert outline.total_minutes == sum(session.minutes for session in outline.sessions)
    longest = max(outline.sessions, key=lambda session: session.minutes)
    assert longest.minutes > 15
    assert_quotes_are_verbatim(outline, sample_library)


def test_sessions_name_their_document_when_there_are_several(library: Library) -> None:
    outline = library.maker.outline(
        Selection(document_ids=(library.id_of("15/2026/QĐ-UBND"), library.id_of("88/KH-UBND")))
    )
    assert all(session.title.startswith(("Quyết định 15/2026", "Kế hoạch 88")) for session in outline.sessions)
    assert [source.split(":")[0] for source in outline.sources] == [
        "Quyết định 15/2026/QĐ-UBND ngày 02/03/2026 của Ủy ban nhân dân tỉnh An Khê",
        "Kế hoạch 88/KH-UBND ngày 20/03/2026 của Ủy ban nhân dân tỉnh An Khê",
    ]


def test_a_topic_is_grouped_by_document_without_expired_ones(library: Library) -> None:
    outline = library.maker.outline(Selection(topic="trợ lý ảo tra cứu văn bản"))
    titles = [session.title for session in outline.sessions]
    assert "Kế hoạch 88/KH-UBND" in titles
    assert len(set(titles)) == len(titles)
    assert not any("21/2024" in title for title in titles)
    assert_quotes_are_verbatim(outline, library)


def test_a_topic_the_library_knows_nothing_of_is_refused(library: Library) -> None:
    with pytest.raises(UsageError, match="nuôi trồng"):
        library.maker.outline(Selection(topic="nuôi trồng", document_ids=("ffffffffffffffff",)))


def test_a_quote_that_no_longer_stands_in_the_library_is_dropped(library: Library) -> None:
    outline = library.maker.outline(Selection(document_ids=(library.id_of("88/KH-UBND"),)))
    quote = outline.sessions[0].key_provisions[0]
    assert library.maker.is_proven(quote)
    assert not library.maker.is_proven(replace(quote, start=quote.start + 1, end=quote.end + 1))
    assert not library.maker.is_proven(replace(quote, document_id="ffffffffffffffff"))
