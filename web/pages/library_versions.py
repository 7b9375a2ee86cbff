"""Kho văn bản: copies and versions for the administrator to decide on, and the library's upkeep."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import gradio as gr

from core.errors import UsageError
from web.access import Access, requires
from web.accounts import Role
from web.application import Application
from web.pages.components import live_html, reported
from web.rendering import message_html
from web.versions_view import questions_html, relatives_html, upkeep_html, verification_html


class LibraryVersions:
    """Handlers of the parts that `LibraryPage` lays out."""

    def __init__(self, application: Application, access: Access) -> None:
        self.access = access
        self._application = application
        self._knowledge_base = application.knowledge_base

    def build_overview(self, tab: gr.Tab) -> gr.HTML:
        """What is to be decided and the upkeep; gives the part that has to be refreshed when the library changed."""
        questions = live_html(elem_id="questions")
        with gr.Accordion("Bảo trì kho", open=False):
            upkeep = live_html(elem_id="upkeep")
            with gr.Row(elem_classes="quiet-buttons"):
                rebuild = gr.Button("Lập lại chỉ mục", size="sm", elem_id="rebuild")
                reparse = gr.Button("Đọc lại các tệp đã giữ", size="sm", elem_id="reparse")
                verify = gr.Button("Kiểm tra kho", size="sm", elem_id="verify")
        tab.select(self.overview, None, [questions, upkeep], show_progress="hidden")
        questions.select(self.settle, None, questions, show_progress="hidden", api_name="kho_trung")
        for button, handler, name in (
            (rebuild, self.rebuild, "kho_lap_lai"),
            (reparse, self.reparse, "kho_doc_lai"),
            (verify, self.verify, "kho_kiem_tra"),
        ):
            button.click(handler, None, upkeep, concurrency_limit=1, show_progress="hidden", api_name=name)
        return questions

    def build_relatives(self, opened: gr.State) -> gr.HTML:
        """The versions and copies of the opened document."""
        relatives = live_html(elem_id="relatives")
        opened.change(self.relatives, opened, relatives, show_progress="hidden")
        return relatives

    @requires(Role.ADMINISTRATOR)
    def overview(self, request: gr.Request) -> tuple[str, str]:
        """Pairs to decide on, and how the index stands."""
        return questions_html(self._knowledge_base.questions()), self._upkeep()

    @requires(Role.ADMINISTRATOR)
    def relatives(self, request: gr.Request, document_id: str) -> str:
        """Versions and copies of a document; nothing when none is opened."""
        if not document_id:
            return ""
        library = self._knowledge_base
        return relatives_html(
            library.document(document_id), library.versions(document_id), library.copies(document_id),
            has_original=library.original(document_id) is not None,
        )  # fmt: skip

    @requires(Role.ADMINISTRATOR)
    def asked(self, request: gr.Request) -> str:
        """Pairs to decide on."""
        return questions_html(self._knowledge_base.questions())

    @requires(Role.ADMINISTRATOR)
    def settle(self, request: gr.Request, event: gr.EventData) -> str:
        """Carry out what was decided about a pair."""
        said = reported(event)
        first, second = said.get("first", ""), said.get("second", "")
        match said.get("action"):
            case "merge":
                self._knowledge_base.merge(first, second)
            case "apart":
                self._knowledge_base.keep_apart(first, second)
            case "replace":
                self._knowledge_base.replace(first, second)
            case _:
                raise UsageError("Thao tác này không còn nữa. Hãy tải lại trang rồi làm lại.")
        return questions_html(self._knowledge_base.questions())

    def decide(self, document_id: str, event: gr.EventData) -> str:
        """Carries out what was decided about a version or copy of a document; gives the one to show then, if any."""
        said = reported(event)
        other = said.get("document", "")
        library = self._knowledge_base
        match said.get("action"):
            case "lead":
                library.lead(other)
            case "separate":
                library.separate(other)
            case "restore":
                library.replace(document_id, other)
            case "forget":
                library.remove([other])
                return document_id if other != document_id else ""
            case "forget-all":
                library.remove([document_id], whole=True)
                return ""
            case "show":
                pass
            case _:
                raise UsageError("Thao tác này không còn nữa. Hãy tải lại trang rồi làm lại.")
        return other

    @requires(Role.ADMINISTRATOR)
    def rebuild(self, request: gr.Request) -> Iterator[str]:
        """Make the index anew by the configured model, while the old one answers."""
        yield from self._followed(lambda tell: self._knowledge_base.rebuild(tell), "Đang lập lại chỉ mục")
        yield message_html("Đã lập lại chỉ mục.", tone="good") + self._upkeep()

    @requires(Role.ADMINISTRATOR)
    def reparse(self, request: gr.Request) -> Iterator[str]:
        """Read anew what another parser read."""
        results: list[str] = []

        def work(tell: Callable[[int, int], None]) -> None:
            report = self._application.reparse(on_progress=tell)
            results.append(
                f"Đã đọc lại: {len(report.changed)} văn bản thay đổi, {len(report.unchanged)} như cũ, "
                f"{len(report.failed)} không đọc được (giữ nguyên bản đã có)."
            )

        yield from self._followed(work, "Đang đọc lại các tệp")
        yield message_html(results[0], tone="good") + self._upkeep()

    @requires(Role.ADMINISTRATOR)
    def verify(self, request: gr.Request) -> str:
        """Compare every store with the catalogue."""
        return verification_html(self._knowledge_base.verify()) + self._upkeep()

    def _upkeep(self) -> str:
        return upkeep_html(self._knowledge_base.notice, len(self._application.outdated_documents()))

    def _followed(self, work: Callable[[Callable[[int, int], None]], object], what: str) -> Iterator[str]:
        """How far `work` has come, until it is done."""
        states: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="upkeep") as worker:
            running = worker.submit(work, lambda done, total: states.put((done, total)))
            running.add_done_callback(lambda _: states.put(None))
            yield message_html(f"{what}…")
            while (state := states.get()) is not None:
                done, total = state
                yield message_html(f"{what}: {done}/{total}.") + f'<progress max="{total}" value="{done}"></progress>'
        running.result()
