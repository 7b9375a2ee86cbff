"""Small documents, citations and answers for the tests of the web app."""

from datetime import UTC, datetime

from core.types import Answer, AnswerMethod, Citation, Document, Metadata, Span, Statement, Validity, ValidityState

TEXT = "Điều 5. Thời hạn\n1. Báo cáo trước ngày 15 tháng 12.\n2. Hồ sơ gồm <b>đơn</b> & bản sao."


def make_document(
    name: str = "12/QĐ-UBND", *, title: str = "Về việc báo cáo", source: str = "/kho/qd.docx"
) -> Document:
    metadata = Metadata(kind="Quyết định", number=name, title=title)
    return Document("abc123", source, "0" * 64, "docx", metadata, 1, 2, 1.0, (), datetime(2026, 1, 2, tzinfo=UTC))


def make_citation(quote: str, *, marker: int = 1, text: str = TEXT, document: Document | None = None) -> Citation:
    start = text.index(quote)
    return Citation(
        marker,
        document or make_document(),
        "khoản 1 Điều 5",
        1,
        quote,
        Span(start, start + len(quote)),
        True,
        Validity(ValidityState.IN_FORCE, "Có hiệu lực từ ngày 02/01/2026"),
    )


def make_answer(text: str, *citations: Citation, question: str = "Báo cáo khi nào?") -> Answer:
    statement = Statement(text, tuple(citation.marker for citation in citations), is_lead=bool(citations))
    return Answer(question, (statement,), AnswerMethod.EXTRACTIVE, citations)
