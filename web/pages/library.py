"""Kho văn bản: upload, what was understood of each file, its correction, the list and removal."""

from dataclasses import replace

import gradio as gr

from core.references import DOCUMENT_KINDS, canonical_number
from core.types import Document, Metadata
from web.access import Access, requires
from web.accounts import Role
from web.application import Application
from web.library_view import document_html, documents_table
from web.pages.components import live_html, read_date, reported
from web.pages.library_queue import QueuePart
from web.pages.library_versions import LibraryVersions
from web.rendering import message_html, vietnamese_date

# Text fields of the metadata form and what they are called; the dates follow them.
_TEXT_FIELDS = {
    "number": "Số hiệu",
    "title": "Trích yếu",
    "issuer": "Cơ quan ban hành",
    "signer": "Người ký",
    "signer_title": "Chức vụ khi ký",
    "place": "Nơi ban hành",
    "domain": "Lĩnh vực",
}
_DATE_FIELDS = {
    "issued_on": "Ngày ban hành",
    "effective_from": "Có hiệu lực từ ngày",
    "effective_to": "Hết hiệu lực từ ngày",
}


class LibraryPage:
    """Handlers of the page; `build` lays it out within the current `gr.Blocks`."""

    def __init__(self, application: Application, access: Access) -> None:
        self.access = access
        self._application = application
        self._knowledge_base = application.knowledge_base
        self._versions = LibraryVersions(application, access)
        self._queue = QueuePart(application, access)

    def build(self, tab: gr.Tab) -> None:
        """Lay the page out and bind its events."""
        opened = gr.State("")
        changed = self._queue.build(tab)
        report = live_html(elem_id="library-report")
        questions = self._versions.build_overview(tab)
        with gr.Row():
            search = gr.Textbox(value="", label="Tìm trong kho", placeholder="Số hiệu, trích yếu, cơ quan…", scale=3)
            kind = gr.Dropdown(label="Loại văn bản", choices=[("Tất cả", "")], value="", scale=1, min_width=180)
            incomplete = gr.Checkbox(
                value=False,
                label="Chỉ văn bản cần bổ sung",
                info="Thiếu số hiệu, loại, cơ quan hoặc ngày ban hành.",
                scale=1,
                min_width=200,
            )
        table = live_html(elem_id="documents")
        with gr.Column(visible=False, elem_id="document-detail") as detail:
            facts = live_html(elem_id="document", follow=True)
            relatives = self._versions.build_relatives(opened)
            with gr.Accordion("Sửa thông tin văn bản", open=False) as correction:
                fields = self._metadata_form()
                save = gr.Button("Lưu thông tin", variant="primary")
            with gr.Row(elem_classes="quiet-buttons"):
                remove = gr.Button("Xóa khỏi kho…", size="sm", elem_id="remove")
            with gr.Column(visible=False) as confirmation:
                warning = gr.HTML(elem_id="remove-warning")
                with gr.Row(elem_classes="quiet-buttons"):
                    confirm = gr.Button("Xóa hẳn", size="sm", variant="stop", elem_id="confirm-remove")
                    cancel = gr.Button("Không xóa", size="sm")

        criteria = [search, kind, incomplete]
        # A listing that was asked for before another letter was typed is of no use any more.
        search.change(
            self.listed, criteria, table, show_progress="hidden", trigger_mode="always_last", api_name="kho_tim"
        )
        kind.input(self.listed, criteria, table, show_progress="hidden")
        incomplete.input(self.listed, criteria, table, show_progress="hidden")
        tab.select(self.refresh, criteria, [table, kind], show_progress="hidden")
        changed.change(self.refresh, criteria, [table, kind], show_progress="hidden")
        shown = [detail, facts, opened, confirmation, correction, *fields]
        table.select(self.open, None, shown, show_progress="hidden", api_name="kho_mo")
        relatives.select(self.decide_relative, opened, shown, show_progress="hidden", api_name="kho_ban").success(
            self._versions.relatives, opened, relatives, show_progress="hidden"
        ).success(self.refresh, criteria, [table, kind], show_progress="hidden")
        # A decision changes the list, and what was stored may raise a question.
        questions.select(self.refresh, criteria, [table, kind], show_progress="hidden")
        report.change(self._versions.asked, None, questions, show_progress="hidden")
        save.click(self.correct, [opened, *fields], shown, show_progress="hidden", api_name="kho_sua").success(
            self.refresh, criteria, [table, kind], show_progress="hidden"
        )
        remove.click(self.ask_to_confirm, opened, [confirmation, warning], show_progress="hidden")
        cancel.click(self.forget_removal, None, confirmation, show_progress="hidden")
        confirm.click(
            self.remove, opened, [detail, confirmation, opened, report], show_progress="hidden", api_name="kho_xoa"
        ).success(self.refresh, criteria, [table, kind], show_progress="hidden")

    @requires(Role.ADMINISTRATOR)
    def listed(self, request: gr.Request, text: str, kind: str, incomplete: bool) -> str:
        """The documents that hold `text` in what is known of them; on demand only those that lack something."""
        return self._table(text, kind, incomplete)

    @requires(Role.ADMINISTRATOR)
    def refresh(self, request: gr.Request, text: str, kind: str, incomplete: bool) -> tuple[object, object]:
        """The list and the kinds there are, after a change."""
        kinds = sorted({document.metadata.kind for document in self._knowledge_base.documents()} - {""})
        kind = kind if kind in kinds else ""
        return self._table(text, kind, incomplete), gr.update(
            choices=[("Tất cả", ""), *((name, name) for name in kinds)], value=kind
        )

    @requires(Role.ADMINISTRATOR)
    def open(self, request: gr.Request, event: gr.EventData) -> tuple[object, ...]:
        """What was understood of the document whose row was used."""
        return self._opened(self._knowledge_base.document(reported(event).get("document", "")))

    @requires(Role.ADMINISTRATOR)
    def decide_relative(self, request: gr.Request, document_id: str, event: gr.EventData) -> tuple[object, ...]:
        """Carry out what was decided about a version or copy and show the document that is left."""
        left = self._versions.decide(document_id, event)
        return self._opened(self._knowledge_base.document(left)) if left else self._closed()

    @requires(Role.ADMINISTRATOR)
    def correct(self, request: gr.Request, document_id: str, kind: str, *values: str) -> tuple[object, ...]:
        """Keep the corrected metadata."""
        values = tuple(value.strip() for value in values)
        texts = dict(zip(_TEXT_FIELDS, values, strict=False))
        issued_on, effective_from, effective_to = map(read_date, values[len(_TEXT_FIELDS) :], _DATE_FIELDS.values())
        corrected = replace(
            self._knowledge_base.document(document_id).metadata,
            kind=(kind or "").strip(),
            number=canonical_number(texts["number"]),
            title=texts["title"],
            issuer=texts["issuer"],
            signer=texts["signer"],
            signer_title=texts["signer_title"],
            place=texts["place"],
            domain=texts["domain"],
            issued_on=issued_on,
            effective_from=effective_from,
            effective_to=effective_to,
        )
        document = self._knowledge_base.correct_metadata(document_id, corrected)
        gr.Info(f"Đã lưu thông tin của {document.name}.", duration=4)
        return self._opened(document)

    @requires(Role.ADMINISTRATOR)
    def ask_to_confirm(self, request: gr.Request, document_id: str) -> tuple[object, str]:
        """Name what would be removed."""
        name = self._knowledge_base.document(document_id).name
        return gr.update(visible=True), message_html(f"Xóa {name} khỏi kho? Câu trả lời sẽ không dùng văn bản này nữa.")

    @requires(Role.ADMINISTRATOR)
    def forget_removal(self, request: gr.Request) -> object:
        """Keep the document after all."""
        return gr.update(visible=False)

    @requires(Role.ADMINISTRATOR)
    def remove(self, request: gr.Request, document_id: str) -> tuple[object, ...]:
        """Remove the opened document, with the file it came from."""
        removed = self._knowledge_base.remove([document_id])
        said = "".join(message_html(f"Đã xóa {document.name} khỏi kho.", tone="good") for document in removed)
        return gr.update(visible=False), gr.update(visible=False), "", said

    def _table(self, text: str, kind: str, incomplete: bool) -> str:
        documents = self._knowledge_base.documents(text=text.strip(), kinds=(kind,) if kind else ())
        shown = [document for document in documents if document.metadata.missing or not incomplete]
        return documents_table([(document, self._knowledge_base.validity(document)) for document in shown])

    def _metadata_form(self) -> list[gr.Dropdown | gr.Textbox]:
        kind = gr.Dropdown(label="Loại văn bản", choices=sorted(DOCUMENT_KINDS.values()), allow_custom_value=True)
        texts = [gr.Textbox(value="", label=name, max_length=1000) for name in _TEXT_FIELDS.values()]
        with gr.Row():
            dates = [
                gr.Textbox(value="", label=f"{name} (ngày/tháng/năm)", min_width=160) for name in _DATE_FIELDS.values()
            ]
        return [kind, *texts, *dates]

    def _closed(self) -> tuple[object, ...]:
        hidden = gr.update(visible=False)
        return (hidden, "", "", hidden, gr.skip(), *[gr.skip()] * (1 + len(_TEXT_FIELDS) + len(_DATE_FIELDS)))

    def _opened(self, document: Document) -> tuple[object, ...]:
        validity = self._knowledge_base.validity(document)
        html = document_html(document, validity, self._knowledge_base.sections(document.id))
        metadata: Metadata = document.metadata

        def field(name: str, label: str, value: str) -> object:
            return gr.update(value=value, label=f"{label} – cần bổ sung" if name in metadata.missing else label)

        return (
            gr.update(visible=True),
            html,
            document.id,
            gr.update(visible=False),
            gr.update(open=bool(metadata.missing)),
            field("kind", "Loại văn bản", metadata.kind),
            *(field(name, label, getattr(metadata, name)) for name, label in _TEXT_FIELDS.items()),
            *(
                field(name, f"{label} (ngày/tháng/năm)", vietnamese_date(getattr(metadata, name)))
                for name, label in _DATE_FIELDS.items()
            ),
        )
