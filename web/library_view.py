"""Documents of the library as HTML: the list, what was understood of one, and what became of an upload."""

from collections.abc import Iterator, Sequence
from html import escape

from core.types import Document, RelationKind, Section, Validity
from ingest.metadata import is_request, request_for
from ingest.report import IngestReport
from web.rendering import document_link, document_url, message_html, validity_badge, vietnamese_date

_RELATION_NAMES = {
    RelationKind.AMENDS: "Sửa đổi, bổ sung",
    RelationKind.REPLACES: "Thay thế",
    RelationKind.REPEALS: "Bãi bỏ",
    RelationKind.GUIDES: "Hướng dẫn",
    RelationKind.BASED_ON: "Căn cứ",
    RelationKind.EXTENDS: "Công bố tiếp tục có hiệu lực",
}
_MAX_ROWS = 300
_GOOD_QUALITY = 0.9
# The tree of a long law is read by its upper levels; the whole text is one click away.
_MAX_TREE_NODES = 1500


def documents_table(documents: Sequence[tuple[Document, Validity]]) -> str:
    """The list with a button for each document that opens it."""
    if not documents:
        return message_html("Không có văn bản nào khớp. Hãy đổi từ tìm kiếm hoặc thêm văn bản.")
    rows = "".join(_row(document, validity) for document, validity in documents[:_MAX_ROWS])
    hidden = f", hiện {_MAX_ROWS} văn bản đầu; hãy tìm để thu hẹp" if len(documents) > _MAX_ROWS else ""
    return (
        f'<p class="count">{len(documents)} văn bản{hidden}</p><table class="documents"><thead><tr><th>Văn bản</th>'
        "<th>Cơ quan</th><th>Ngày ban hành</th><th>Hiệu lực</th><th>Lưu ý</th><th></th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def document_html(document: Document, validity: Validity, sections: Sequence[Section]) -> str:
    """What was understood of one file: metadata, relations, warnings, text quality and its section tree."""
    metadata = document.metadata
    facts = {
        "Loại": metadata.kind,
        "Số hiệu": metadata.number,
        "Trích yếu": metadata.title,
        "Cơ quan ban hành": metadata.issuer,
        "Người ký": ", ".join(part for part in (metadata.signer, metadata.signer_title) if part),
        "Nơi ban hành": metadata.place,
        "Lĩnh vực": metadata.domain,
        "Ngày ban hành": vietnamese_date(metadata.issued_on),
        "Có hiệu lực từ": vietnamese_date(metadata.effective_from),
        "Hết hiệu lực từ": vietnamese_date(metadata.effective_to),
        "Tệp": document.source.rsplit("/", 1)[-1],
        "Định dạng": f"{document.format.upper()}, {document.page_count} trang, {document.chunk_count} đoạn",
    }
    rows = "".join(
        f"<tr><th>{name}</th><td>{escape(value) or '<em>chưa rõ</em>'}</td></tr>" for name, value in facts.items()
    )
    relations = "".join(
        f"<li>{_RELATION_NAMES[relation.kind]} {escape(f'{relation.scope} {relation.target}'.strip())}</li>"
        for relation in metadata.relations
    )
    parts = [
        f"<h3>{escape(document.name)} {validity_badge(validity)}</h3>",
        f"<p>{escape(validity.reason)}</p>" if validity.reason else "",
        f'<p><a href="{document_url(document.id)}" target="_blank" rel="noopener">Mở toàn văn</a></p>',
        *(f'<p class="message message-note">{escape(warning)}</p>' for warning in open_warnings(document)),
        f'<table class="facts"><tbody>{rows}<tr><th>Chất lượng chữ</th><td>{_quality(document)}</td></tr></tbody>'
        "</table>",
        f"<details><summary>Quan hệ với văn bản khác</summary><ul>{relations}</ul></details>" if relations else "",
        f"<details open><summary>Cấu trúc ({len(sections)} mục)</summary>{_tree(document, sections)}</details>",
    ]
    return f'<section class="document">{"".join(parts)}</section>'


def open_warnings(document: Document) -> list[str]:
    """Warnings that still hold: what was asked for and has been filled in since is settled."""
    request = request_for(document.metadata)
    kept = [warning for warning in document.warnings if not (is_request(warning) and not document.metadata.missing)]
    return kept if any(map(is_request, kept)) or not request else [*kept, request]


def report_html(report: IngestReport) -> str:
    """What became of each file of an upload."""
    return f'<div class="report" role="status">{"".join(_report_lines(report))}</div>'


def _report_lines(report: IngestReport) -> Iterator[str]:
    for document in report.added:
        warnings = "".join(f"<li>{escape(warning)}</li>" for warning in document.warnings)
        notes = f"<ul>{warnings}</ul>" if warnings else ""
        yield (
            f'<div class="message message-good">Đã thêm {document_link(document)} '
            f"({document.page_count} trang, {document.chunk_count} đoạn).{notes}</div>"
        )
    for document in report.removed:
        yield message_html(f"Bản cũ của tệp {document.source.rsplit('/', 1)[-1]} đã được thay bằng bản mới.")
    for document in report.unchanged:
        yield message_html(f"{document.name} đã có trong kho, không có gì thay đổi.")
    for failed in report.failed:
        yield message_html(f"{failed.source.rsplit('/', 1)[-1]}: {failed.error}", tone="bad")


def _row(document: Document, validity: Validity) -> str:
    metadata = document.metadata
    title = f"<br><small>{escape(metadata.title)}</small>" if metadata.title and metadata.title != document.name else ""
    warnings = len(open_warnings(document))
    notes = f'<span class="badge badge-busy">{warnings} lưu ý</span>' if warnings else ""
    if metadata.missing:
        notes += ' <span class="badge badge-bad">cần bổ sung</span>'
    name = escape(document.name)
    return (
        f'<tr><td data-name="Văn bản"><strong>{name}</strong>{title}</td>'
        f'<td data-name="Cơ quan">{escape(metadata.issuer)}</td>'
        f'<td data-name="Ngày ban hành">{vietnamese_date(metadata.issued_on)}</td>'
        f'<td data-name="Hiệu lực">{validity_badge(validity)}</td><td data-name="Lưu ý">{notes}</td>'
        f'<td><button type="button" class="action" data-action="open" data-document="{escape(document.id)}"'
        f' aria-label="Xem {name}">Xem</button></td></tr>'
    )


def _quality(document: Document) -> str:
    tone = "good" if document.text_quality >= _GOOD_QUALITY else "bad"
    return f'<span class="badge badge-{tone}">{document.text_quality:.0%} âm tiết tiếng Việt hợp lệ</span>'


def _tree(document: Document, sections: Sequence[Section]) -> str:
    if not sections:
        return "<p>Không nhận ra mục nào; văn bản vẫn được tìm theo từng đoạn.</p>"
    parts: list[str] = []
    depth = 0
    for section in sections[:_MAX_TREE_NODES]:
        level = len(section.path)
        parts.append("<ul>" * (level - depth) if level > depth else "</ul>" * (depth - level))
        depth = level
        title = " – ".join(escape(part) for part in (section.label, section.heading) if part)
        parts.append(
            f'<li><a href="{document_url(document.id, section.span)}" target="_blank" rel="noopener">{title}</a>'
            f" <small>trang {section.page}</small></li>"
        )
    more = len(sections) - _MAX_TREE_NODES
    rest = f"<p>… và {more} mục nữa, xem ở toàn văn.</p>" if more > 0 else ""
    return f'<div class="tree">{"".join(parts)}{"</ul>" * depth}</div>{rest}'
