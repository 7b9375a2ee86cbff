"""Upload and the queue of files on their way into the library, as a part of the library page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import gradio as gr

from core.errors import UsageError
from ingest.intake import accept
from ingest.jobs import JobState
from ingest.reading import read_limits
from web.access import Access, requires
from web.accounts import Role
from web.application import Application, worker_count
from web.pages.components import live_html, reported
from web.queue_view import accepted_html, log_html, queue_html
from web.uploads import with_sources

_LOOK_EVERY_S = 2
_MOST_LISTED = 100


class QueuePart:
    """Handlers of this part; `build` lays it out within the page."""

    def __init__(self, application: Application, access: Access) -> None:
        self.access = access
        self._application = application
        self._queue = application.queue

    def build(self, tab: gr.Tab) -> gr.State:
        """Lay it out and bind its events; gives the state that changes when the library has changed."""
        changed, shown, opened = gr.State(0), gr.State(""), gr.State(0)
        timer = gr.Timer(_LOOK_EVERY_S, active=False)
        with gr.Accordion("Thêm văn bản", open=True):
            replacing = gr.Checkbox(
                label="Thay bản cũ khi trùng tên tệp",
                info="Bỏ trống thì bản cũ được giữ, tệp mới được đánh số.",
                value=False,
            )
            # Not gr.File: its texts are English in every browser that is not set to one of Gradio's languages.
            upload = gr.UploadButton(
                "Chọn tệp để thêm (PDF, Word, RTF, ODT, HTML, TXT, MD, ảnh, ZIP)",
                file_count="multiple",
                variant="primary",
                elem_id="upload",
            )
            said = live_html(elem_id="upload-report")
            queue = live_html(elem_id="queue")
            log = live_html(elem_id="queue-log", follow=True)
        known, now = [shown, opened], [queue, shown, changed, timer, log]
        upload.upload(self.add, [upload, replacing], [said, upload], show_progress="hidden", api_name="kho_them").then(
            self.look, known, now, show_progress="hidden"
        )
        tab.select(self.look, known, now, show_progress="hidden")
        timer.tick(self.look, known, now, show_progress="hidden", api_name="hang_doi")
        queue.select(self.steer, opened, [log, opened], show_progress="hidden", api_name="hang_doi_lam").then(
            self.look, known, now, show_progress="hidden"
        )
        log.select(self.close_log, None, [log, opened], show_progress="hidden")
        return changed

    @requires(Role.ADMINISTRATOR)
    def add(self, request: gr.Request, files: Sequence[str] | None, replacing: bool) -> tuple[object, object]:
        """Hand uploaded files in."""
        if not files:
            raise UsageError("Chưa có tệp nào được chọn. Hãy chọn ít nhất một tệp.")
        temporary = [Path(file) for file in files]
        placed = with_sources(temporary, replacing=replacing, held_sha256=self._held_sha256)
        accepted = accept(self._queue, placed, read_limits(self._application.settings))
        for file in temporary:
            file.unlink(missing_ok=True)
        return accepted_html(accepted), None

    @requires(Role.ADMINISTRATOR)
    def look(self, request: gr.Request, shown: str, opened: int) -> tuple[object, ...]:
        """The queue as it is, where it differs from what is shown, and the opened log with what was added to it."""
        counts = self._queue.counts()
        html = queue_html(
            self._queue.listed(most=_MOST_LISTED),
            counts,
            mean_duration_s=self._queue.mean_duration_s(),
            workers=worker_count(self._application.settings),
            now=datetime.now(UTC),
        )
        update = (gr.skip(), gr.skip()) if html == shown else (html, html)
        # Another administrator may have cleared the opened file away.
        log = gr.skip() if html == shown or not opened else self._log(opened) if self._queue.jobs([opened]) else ""
        return *update, counts[JobState.DONE], gr.Timer(active=True), log

    @requires(Role.ADMINISTRATOR)
    def steer(self, request: gr.Request, event: gr.EventData, opened: int) -> tuple[object, object]:
        """Do what the used button says: cancel, try again, clear, or show what happened."""
        used = reported(event)
        if used.get("action") == "clear":
            self._queue.clear()
            return "", 0
        job_id = used.get("job", "")
        if not job_id.isdecimal():
            raise UsageError("Trang này đã cũ so với máy chủ. Hãy tải lại trang rồi làm lại.")
        match used.get("action"):
            case "cancel":
                self._queue.cancel(int(job_id))
            case "retry":
                self._queue.retry(int(job_id))
            case "log":
                return self._log(int(job_id)), int(job_id)
        return self._log(opened) if opened else gr.skip(), gr.skip()

    @requires(Role.ADMINISTRATOR)
    def close_log(self, request: gr.Request) -> tuple[str, int]:
        """No log."""
        return "", 0

    def _held_sha256(self, source: str) -> str | None:
        return self._queue.pending_sha256(source) or self._application.knowledge_base.sha256_of(source)

    def _log(self, job_id: int) -> str:
        return log_html(self._queue.job(job_id), self._queue.log(job_id))
