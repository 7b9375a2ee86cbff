"""Tập huấn: an outline or a quiz from documents or a topic, the quiz taken and both downloaded."""

import gradio as gr

from core.errors import UsageError
from training.types import Outline, Quiz, Selection
from web.access import Access, requires
from web.accounts import Role
from web.application import Application
from web.downloads import Downloads
from web.pages.components import live_html, reported_fields
from web.training_view import downloads_html, outline_html, quiz_form_html, quiz_preview_html, quiz_result_html

_QUIZ_FILES = (("cau-hoi.docx", "Tải đề và đáp án (DOCX)"), ("cau-hoi.gift", "Tải cho Moodle (GIFT)"))
_OUTLINE_FILES = (("de-cuong.docx", "Tải đề cương (DOCX)"),)


class TrainingPage:
    """Handlers of the page; `build` lays it out within the current `gr.Blocks`."""

    def __init__(self, application: Application, access: Access, downloads: Downloads) -> None:
        self.access = access
        self._application = application
        self._downloads = downloads

    def build(self, tab: gr.Tab) -> None:
        """Lay the page out and bind its events."""
        made = gr.State(None)
        documents = gr.Dropdown(label="Văn bản (chọn một hoặc nhiều)", choices=[], multiselect=True, elem_id="sources")
        topic = gr.Textbox(
            label="Hoặc chủ đề", placeholder="Ví dụ: tập huấn kỹ năng AI cho cán bộ cấp xã", elem_id="topic"
        )
        count = gr.Slider(label="Số câu hỏi", minimum=5, maximum=50, step=1, value=10)
        with gr.Row():
            make_quiz = gr.Button("Soạn câu hỏi", variant="primary")
            make_outline = gr.Button("Lập đề cương", variant="primary")
        files = gr.HTML(elem_id="downloads")
        with gr.Row(visible=False, elem_classes="quiet-buttons") as modes:
            take = gr.Button("Làm bài", size="sm", elem_id="take-quiz")
            preview = gr.Button("Xem đáp án", size="sm", elem_id="preview-quiz")
        material = live_html(elem_id="material", follow=True)

        tab.select(self.refresh, None, documents, show_progress="hidden")
        shown = [material, files, modes, made]
        make_quiz.click(
            self.make_quiz,
            [documents, topic, count],
            shown,
            concurrency_limit=2,
            show_progress="minimal",
            api_name="soan_cau_hoi",
        )
        make_outline.click(
            self.make_outline,
            [documents, topic],
            shown,
            concurrency_limit=2,
            show_progress="minimal",
            api_name="lap_de_cuong",
        )
        take.click(self.take, made, material, show_progress="hidden")
        preview.click(self.preview, made, material, show_progress="hidden")
        material.select(self.score, made, material, show_progress="hidden", api_name="nop_bai")

    @requires(Role.TRAINER)
    def refresh(self, request: gr.Request) -> object:
        """The documents there are to choose from."""
        choices = []
        for document in self._application.knowledge_base.documents():
            title = document.metadata.title
            choices.append(
                (f"{document.name}: {title}" if title and title != document.name else document.name, document.id)
            )
        return gr.update(choices=sorted(choices))

    @requires(Role.TRAINER)
    def make_quiz(
        self, request: gr.Request, documents: list[str] | None, topic: str, count: float
    ) -> tuple[object, object, object, object]:
        """A quiz with its keys, and its files."""
        quiz = self._application.materials.quiz(_selection(documents, topic), count=max(1, min(int(count), 50)))
        if not quiz.items:
            raise UsageError(
                "Chưa soạn được câu hỏi nào từ lựa chọn này. Hãy chọn thêm văn bản hoặc nêu chủ đề rộng hơn."
            )
        links = downloads_html(self._downloads.offer(quiz, self._account(request)), _QUIZ_FILES)
        return quiz_preview_html(quiz), links, gr.update(visible=True), quiz

    @requires(Role.TRAINER)
    def make_outline(
        self, request: gr.Request, documents: list[str] | None, topic: str
    ) -> tuple[object, object, object, object]:
        """A course outline, and its file."""
        outline: Outline = self._application.materials.outline(_selection(documents, topic))
        links = downloads_html(self._downloads.offer(outline, self._account(request)), _OUTLINE_FILES)
        return outline_html(outline), links, gr.update(visible=False), None

    @requires(Role.TRAINER)
    def take(self, request: gr.Request, quiz: Quiz | None) -> str:
        """The quiz as a form without keys."""
        return quiz_form_html(_made(quiz))

    @requires(Role.TRAINER)
    def preview(self, request: gr.Request, quiz: Quiz | None) -> str:
        """The quiz with its keys."""
        return quiz_preview_html(_made(quiz))

    @requires(Role.TRAINER)
    def score(self, request: gr.Request, event: gr.EventData, quiz: Quiz | None) -> str:
        """The result of the form that was handed in."""
        return quiz_result_html(_made(quiz), reported_fields(event))

    def _account(self, request: gr.Request) -> str:
        account = self.access.of_event(request)
        return account.name if account else ""


def _selection(documents: list[str] | None, topic: str) -> Selection:
    selection = Selection(tuple(documents or ()), topic.strip())
    if not selection.document_ids and not selection.topic:
        raise UsageError("Chưa chọn văn bản hay chủ đề nào. Hãy chọn ít nhất một văn bản hoặc nhập chủ đề.")
    return selection


def _made(quiz: Quiz | None) -> Quiz:
    if quiz is None:
        raise UsageError("Chưa có bộ câu hỏi nào. Hãy bấm Soạn câu hỏi trước.")
    return quiz
