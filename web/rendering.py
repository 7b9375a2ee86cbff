"""Values of the assistant as HTML: whatever comes from a document, a person or a model leaves here escaped.

Controls are plain buttons whose `data-action` and further `data-…` attributes tell `static/controls.js` what to report.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from html import escape
from itertools import pairwise
from urllib.parse import quote

from core.references import cite_provision
from core.text import table_cells
from core.types import Answer, AnswerMethod, Citation, Document, Section, Span, Statement, Validity, ValidityState

# A provision longer than this is not shown whole beside an answer, only the part around the quote.
_CONTEXT_CHARS = 4000
_CONTEXT_AROUND = 900

_VALIDITY_TITLES = {
    ValidityState.IN_FORCE: "Còn hiệu lực",
    ValidityState.NOT_YET: "Chưa có hiệu lực",
    ValidityState.AMENDED: "Đã được sửa đổi",
    ValidityState.EXPIRED: "Hết hiệu lực",
    ValidityState.UNKNOWN: "Chưa rõ hiệu lực",
}
_FIRST_MARK = '<mark id="trich" tabindex="-1">'
# Rows of a table as the readers write them: cells between bars.
_TABLE = re.compile(r"(?:^(?:[^\n]* )?\|(?: [^\n]*)?(?:\n|\Z)){2,}", re.MULTILINE)


def validity_badge(validity: Validity) -> str:
    """Coloured label with the reason as its tooltip and, for screen readers, its text."""
    reason = f' title="{escape(validity.reason)}"' if validity.reason else ""
    return f'<span class="badge badge-{validity.state.value}"{reason}>{_VALIDITY_TITLES[validity.state]}</span>'


def document_url(document_id: str, span: Span | None = None) -> str:
    """Address of a document's whole text, opened at `span` if given."""
    address = f"/van-ban/{quote(document_id, safe='')}"
    return f"{address}?tu={span.start}&den={span.end}#trich" if span else address


def vietnamese_date(day: date | None) -> str:
    """`day` as dd/mm/yyyy, empty when there is none."""
    return f"{day:%d/%m/%Y}" if day else ""


def highlighted(text: str, spans: Sequence[Span], *, offset: int = 0) -> str:
    """Escaped `text`, which begins at `offset` of its document, with the document's `spans` marked.

    The first mark carries the id `trich`, so that a link can lead to it.
    """
    parts: list[str] = []
    done = 0
    for span in sorted(spans):
        start, end = max(span.start - offset, done), min(span.end - offset, len(text))
        if start < end:
            parts += [escape(text[done:start]), "<mark>" if parts else _FIRST_MARK, escape(text[start:end]), "</mark>"]
            done = end
    return "".join([*parts, escape(text[done:])])


def whole_text(text: str, anchors: Sequence[int], quoted: Span) -> str:
    """Escaped `text` with an anchor `p{offset}` at each offset of `anchors` and `quoted` marked."""
    cuts = sorted({0, len(text), *(offset for offset in anchors if 0 < offset < len(text))})
    parts = []
    marked = False
    for start, end in pairwise(cuts):
        inside = quoted.start < end and start < quoted.end
        piece = highlighted(text[start:end], [quoted], offset=start) if inside else escape(text[start:end])
        # A quote across an anchor is marked in each piece; only the first may carry the id.
        parts.append(f'<span id="p{start}"></span>{piece.replace(_FIRST_MARK, "<mark>") if marked else piece}')
        marked = marked or inside
    return "".join(parts)


def context_of(quote_span: Span, text: str, sections: Sequence[Section]) -> tuple[Span, Section | None]:
    """What to show around a quote: the widest provision about it that fits a panel, else the lines around it."""
    around = [s for s in sections if s.span.start <= quote_span.start and quote_span.end <= s.span.end]
    fitting = [s for s in around if s.span.end - s.span.start <= _CONTEXT_CHARS]
    if fitting:
        section = max(fitting, key=lambda s: s.span.end - s.span.start)
        return section.span, section
    start, end = max(0, quote_span.start - _CONTEXT_AROUND), min(len(text), quote_span.end + _CONTEXT_AROUND)
    line_start, line_end = text.find("\n", start, quote_span.start), text.rfind("\n", quote_span.end, end)
    start = line_start + 1 if start and line_start >= 0 else start
    end = line_end if end < len(text) and line_end >= 0 else end
    innermost = min(around, key=lambda s: s.span.end - s.span.start, default=None)
    return Span(start, end), innermost


def evidence_html(citation: Citation, text: str, sections: Sequence[Section]) -> str:
    """A citation opened in its context; `text` and `sections` are those of its document."""
    span, section = context_of(citation.span, text, sections)
    before = "… " if span.start and section is None else ""
    after = " …" if span.end < len(text) and section is None else ""
    name = escape(citation.document.name)
    title = citation.document.metadata.title
    subtitle = f'<p class="evidence-title">{escape(title)}</p>' if title and title != citation.document.name else ""
    where = " · ".join(part for part in (escape(citation.label), f"trang {citation.page}") if part)
    proof = "Trích nguyên văn, đã đối chiếu" if citation.verified else "Chưa đối chiếu được với văn bản gốc"
    reason = f'<p class="evidence-reason">{escape(citation.validity.reason)}</p>' if citation.validity.reason else ""
    return f"""<section class="evidence" aria-label="Căn cứ [{citation.marker}]">
<header><h3><span class="marker">{citation.marker}</span> {name} {validity_badge(citation.validity)}</h3>
{subtitle}<p class="evidence-where">{where}</p>{reason}</header>
<div class="provision" tabindex="0" role="region" aria-label="Nguyên văn {escape(citation.label)}">{before}{
        highlighted(text[span.start : span.end], [citation.span], offset=span.start)
    }{after}</div>
<footer><span class="proof{"" if citation.verified else " proof-missing"}">{proof}</span>
<a href="{document_url(citation.document.id, citation.span)}" target="_blank" rel="noopener">Mở toàn văn</a></footer>
</section>"""


def no_evidence_html() -> str:
    """The evidence panel before any citation was opened."""
    return (
        '<section class="evidence evidence-empty" aria-label="Căn cứ"><p>Bấm vào số trích dẫn trong câu trả lời '
        "để xem nguyên văn điều khoản tại đây.</p></section>"
    )


def answer_html(answer: Answer, turn: int, *, helpful: bool | None = None, complete: bool = True) -> str:
    """An answer with a button for each citation; `turn` is what the buttons report, `helpful` the thumb given."""
    statements = [_statement_html(statement, answer, turn) for statement in answer.statements]
    layout = " side-by-side" if answer.side_by_side else ""
    reading = f'<p class="reading">Đã hiểu là: {escape(answer.reading)}</p>' if answer.reading else ""
    parts = [reading, f'<div class="answer-text{layout}">{"".join(statements)}</div>']
    if answer.warnings:
        items = "".join(f"<li>{escape(warning)}</li>" for warning in answer.warnings)
        parts.append(f'<ul class="warnings" aria-label="Lưu ý">{items}</ul>')
    if answer.method is AnswerMethod.ABSTAINED and answer.nearest:
        links = "".join(f"<li>{document_link(document)}</li>" for document in answer.nearest)
        parts.append(f'<div class="nearest"><p>Văn bản gần nhất trong kho:</p><ul>{links}</ul></div>')
    if answer.suggestions:
        parts.append(
            f'<div class="nearest"><p>Có thể anh/chị muốn hỏi:</p>{question_buttons(answer.suggestions)}</div>'
        )
    if complete:
        sources = "".join(_source_item(citation, turn) for citation in answer.citations)
        parts.append(f'<ol class="sources" aria-label="Nguồn trích dẫn">{sources}</ol>' if sources else "")
        parts.append(_actions(answer, turn, helpful))
    return f'<article class="answer answer-{answer.method.value}">{_method_line(answer)}{"".join(parts)}</article>'


def question_buttons(questions: Sequence[str]) -> str:
    """A list of buttons that ask one of `questions` each."""
    items = "".join(
        f'<li><button type="button" class="example" data-action="ask" data-question="{escape(question)}">'
        f"{escape(question)}</button></li>"
        for question in questions
    )
    return f"<ul>{items}</ul>"


def document_link(document: Document) -> str:
    """Link to a document's whole text, with its title."""
    title = document.metadata.title
    rest = f": {escape(title)}" if title and title != document.name else ""
    return f'<a href="{document_url(document.id)}" target="_blank" rel="noopener">{escape(document.name)}</a>{rest}'


def plain_answer(answer: Answer) -> str:
    """The answer with its citations as plain text, for pasting into a letter."""
    lines = [answer.text.strip()]
    if answer.citations:
        lines += ["", "Căn cứ:"]
        for citation in answer.citations:
            where = f"{cite_provision(citation.label, citation.document.name)}, trang {citation.page}"
            lines.append(f"[{citation.marker}] {where}: “{citation.quote}”")
    if answer.warnings:
        lines += ["", *(f"Lưu ý: {warning}" for warning in answer.warnings)]
    return "\n".join(lines)


def message_html(message: str, *, tone: str = "note") -> str:
    """A line to the user; `tone` is `note`, `good` or `bad`."""
    role = "alert" if tone == "bad" else "status"
    return f'<p class="message message-{tone}" role="{role}">{escape(message)}</p>'


def _statement_html(statement: Statement, answer: Answer, turn: int) -> str:
    """What is said with its citation buttons, and the quotes beneath where they are the answer."""
    by_marker = {citation.marker: citation for citation in answer.citations}
    cited = [by_marker[marker] for marker in statement.markers]
    said = f"<p>{escape(statement.text)} {''.join(_cite_button(citation, turn) for citation in cited)}</p>"
    quotes = "".join(_quotes_html(cited)) if statement.is_lead else ""
    return f'<div class="statement">{said}{quotes}</div>'


def _quotes_html(cited: Sequence[Citation]) -> Iterator[str]:
    """The quotes one beneath the other; a table row goes into one table with the heads quoted before it."""
    waiting: list[str] = []
    for citation in cited:
        shown = _marked(citation)
        if waiting and not table_cells(citation.quote):
            yield _blockquote(waiting)
            waiting = []
        waiting.append(shown)
        if not table_cells(citation.quote):
            yield _blockquote(waiting)
            waiting = []
    if waiting:
        yield _blockquote(waiting)


def _blockquote(lines: Sequence[str]) -> str:
    return f"<blockquote>{_with_tables(chr(10).join(lines))}</blockquote>"


def _marked(citation: Citation) -> str:
    """The quote with its decisive words marked; marking the whole of it would say nothing."""
    quote, start = citation.quote, citation.span.start
    marked = [span for span in citation.decisive if span.end - span.start < len(quote)]
    return highlighted(quote, marked, offset=start).replace(_FIRST_MARK, "<mark>")


def _with_tables(html: str) -> str:
    """Lines of cells as tables; neither escaping nor marks bring a bar into `html`."""

    def table(match: re.Match[str]) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<td>{cell}</td>" for cell in table_cells(line)) + "</tr>"
            for line in match.group().splitlines()
        )
        return f'<div class="table-frame"><table>{rows}</table></div>'

    return _TABLE.sub(table, html)


def _cite_button(citation: Citation, turn: int) -> str:
    label = escape(f"Xem căn cứ {citation.marker}: {cite_provision(citation.label, citation.document.name)}")
    return (
        f'<button type="button" class="cite" data-action="cite" data-turn="{turn}" data-marker="{citation.marker}"'
        f' aria-label="{label}" title="{label}">{citation.marker}</button>'
    )


def _source_item(citation: Citation, turn: int) -> str:
    where = f"{cite_provision(citation.label, citation.document.name)}, trang {citation.page}"
    return f"<li>{_cite_button(citation, turn)} <span>{escape(where)}</span> {validity_badge(citation.validity)}</li>"


def _method_line(answer: Answer) -> str:
    if answer.method is AnswerMethod.ABSTAINED:
        said = "Không tìm thấy câu trả lời trong kho văn bản"
    elif answer.method is AnswerMethod.LLM:
        said = f"Mô hình {escape(answer.model)} soạn từ các điều khoản được trích, đã đối chiếu"
    else:
        said = "Trích nguyên văn từ kho văn bản"
    return f'<p class="method">{said}</p>'


def _actions(answer: Answer, turn: int, helpful: bool | None) -> str:
    def thumb(value: bool, name: str, sign: str) -> str:
        pressed = "true" if helpful is value else "false"
        return (
            f'<button type="button" class="action" data-action="vote" data-turn="{turn}"'
            f' data-helpful="{str(value).lower()}" aria-pressed="{pressed}" aria-label="{name}" title="{name}">'
            f"{sign}</button>"
        )

    copy = (
        f'<button type="button" class="action" data-action="copy" data-copy="{escape(plain_answer(answer))}">'
        "Sao chép</button>"
    )
    return f'<div class="actions">{copy}{thumb(True, "Hữu ích", "👍")}{thumb(False, "Chưa đúng", "👎")}</div>'
