"""Versions, copies and the library's state as HTML."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from core.types import Document, Standing
from retrieval.knowledge_base import Verification
from retrieval.lineage import Resemblance, Version
from web.rendering import document_link, message_html

_STANDINGS = {
    Standing.CURRENT: '<span class="badge badge-good">đang dùng</span>',
    Standing.COPY: '<span class="badge badge-busy">bản sao</span>',
    Standing.FORMER: '<span class="badge badge-busy">bản cũ</span>',
}


def questions_html(questions: Sequence[Resemblance]) -> str:
    """Pairs that may be one document, each with what can be decided."""
    if not questions:
        return ""
    items = "".join(_question(question) for question in questions)
    return (
        f'<section class="document"><h3>Cần xem: {len(questions)} cặp tệp có thể là cùng một văn bản</h3>'
        f"{items}</section>"
    )


def relatives_html(
    document: Document, versions: Sequence[Version], copies: Sequence[Document], *, has_original: bool
) -> str:
    """The versions of a document with the times they were in use, and its copies."""
    parts = []
    if has_original:
        parts.append(f'<p><a href="/tep-goc/{escape(document.id)}" download>Tải tệp gốc</a></p>')
    if len(versions) > 1:
        rows = "".join(_version(version, document) for version in versions)
        parts.append(f"<h4>Các bản của tệp</h4><ul>{rows}</ul>")
    if copies:
        rows = "".join(_copy(copy, document) for copy in copies)
        parts.append(f"<h4>Bản sao của cùng văn bản</h4><ul>{rows}</ul>")
    if len(versions) > 1 or copies:
        parts.append(_removal("forget-all", "Xóa văn bản này cùng mọi bản cũ và bản sao", document.id))
    return f'<section class="document">{"".join(parts)}</section>' if parts else ""


def upkeep_html(notice: str, outdated: int) -> str:
    """How the index stands, and how many documents another parser read."""
    said = [message_html(notice)] if notice else []
    if outdated:
        said.append(message_html(f"{outdated} văn bản được đọc bằng bộ đọc cũ. Có thể đọc lại từ tệp đã giữ."))
    return "".join(said) or message_html("Chỉ mục đúng với mô hình và bộ đọc hiện tại.", tone="good")


def verification_html(found: Verification) -> str:
    """What comparing the stores has shown."""
    if not found.faults:
        count = sum(found.documents.values())
        return message_html(f"Kho nguyên vẹn: {count} tệp, {found.chunks} đoạn đang được tìm.", tone="good")
    return "".join(message_html(fault, tone="bad") for fault in found.faults)


def _question(question: Resemblance) -> str:
    first, second, alike = question
    older, newer = sorted((first, second), key=lambda document: document.added_at)
    pair = f'data-first="{escape(older.id)}" data-second="{escape(newer.id)}"'
    swapped = f'data-first="{escape(newer.id)}" data-second="{escape(older.id)}"'
    names = [escape(document.source.rsplit("/", 1)[-1]) for document in (older, newer)]
    buttons = (
        f'<button type="button" class="action" data-action="merge" {pair}>Là một văn bản, dùng bản tốt hơn</button> '
        f'<button type="button" class="action" data-action="replace" {pair}>{names[1]} thay {names[0]}</button> '
        f'<button type="button" class="action" data-action="replace" {swapped}>{names[0]} thay {names[1]}</button> '
        f'<button type="button" class="action" data-action="apart" {pair}>Hai văn bản khác nhau</button>'
    )
    return (
        f'<div class="message message-note"><p>{document_link(older)} ({names[0]}) và {document_link(newer)} '
        f"({names[1]}): nội dung giống nhau {alike:.0%}.</p><p>{buttons}</p></div>"
    )


def _version(version: Version, shown: Document) -> str:
    document = version.document
    times = "; ".join(f"{_moment(began)} đến {_moment(ended) if ended else 'nay'}" for began, ended in version.periods)
    actions = ""
    if document.id != shown.id:
        actions = _button("show", "Xem", document.id)
        if document.standing is Standing.FORMER:
            actions += _button("restore", "Dùng lại bản này", document.id) if shown.standing is Standing.CURRENT else ""
            actions += _removal("forget", "Xóa bản này", document.id)
    return f"<li>{document_link(document)} {_STANDINGS[document.standing]} từ {times} {actions}</li>"


def _copy(copy: Document, shown: Document) -> str:
    actions = _button("show", "Xem", copy.id)
    if copy.standing is Standing.COPY:
        actions += _button("lead", "Dùng bản này để trả lời", copy.id)
        actions += _button("separate", "Không phải bản sao", copy.id)
        actions += _removal("forget", "Xóa bản này", copy.id)
    file = escape(copy.source.rsplit("/", 1)[-1])
    return f"<li>{document_link(copy)} ({file}) {_STANDINGS[copy.standing]} {actions}</li>"


def _button(action: str, text: str, document_id: str) -> str:
    return (
        f'<button type="button" class="action" data-action="{action}" data-document="{escape(document_id)}">'
        f"{escape(text)}</button> "
    )


def _removal(action: str, text: str, document_id: str) -> str:
    """A button that shows itself only when it was asked for: what is removed does not come back."""
    return f"<details><summary>{escape(text)}…</summary>{_button(action, 'Xóa hẳn', document_id)}</details>"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%d/%m/%Y %H:%M}"
