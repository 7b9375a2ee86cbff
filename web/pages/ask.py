"""Hỏi đáp: the conversation, its citations opened beside it, and the thumbs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

import gradio as gr

from answering.conversation import Turn
from core.errors import AssistantError, UsageError
from core.types import Answer, SearchFilter
from web.access import Access, requires
from web.accounts import Role
from web.application import Application
from web.examples import example_questions
from web.feedback import Feedback
from web.pages.components import live_html, read_date, reported, reported_index
from web.rendering import answer_html, evidence_html, message_html, no_evidence_html, question_buttons
from web.streaming import interruptible

_EXAMPLES = 4
# Older turns are dropped from the page; follow-ups look at the latest ones only.
_MAX_TURNS = 30


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn on the page with the thumb it got."""

    turn: Turn
    helpful: bool | None = None


Conversation = tuple[ShownTurn, ...]


class AskPage:
    """Handlers of the page; `build` lays it out within the current `gr.Blocks`."""

    def __init__(self, application: Application, access: Access, feedback: Feedback) -> None:
        self.access = access
        self._application = application
        self._feedback = feedback

    def build(self, blocks: gr.Blocks) -> None:
        """Lay the page out and bind its events."""
        conversation = gr.State(())
        with gr.Row(elem_id="ask"):
            with gr.Column(scale=3, min_width=320):
                log = live_html(_log_html(()), elem_id="conversation", live=True)
                examples = live_html(elem_id="examples")
                question = gr.Textbox(
                    value="",
                    label="Câu hỏi",
                    placeholder="Ví dụ: Thời hạn báo cáo kết quả là khi nào?",
                    lines=1,
                    max_lines=6,
                    submit_btn="Hỏi",
                    autofocus=True,
                    elem_id="question",
                )
                with gr.Row(elem_classes="quiet-buttons"):
                    stop = gr.Button("Dừng trả lời", size="sm", variant="secondary", min_width=120)
                    clear = gr.Button("Cuộc trò chuyện mới", size="sm", variant="secondary", min_width=120)
                with gr.Accordion("Tùy chọn tìm kiếm", open=False):
                    as_of = gr.Textbox(
                        value="", label="Xét hiệu lực tại ngày (trống là hôm nay)", placeholder="31/12/2025"
                    )
                    only_in_force = gr.Checkbox(label="Chỉ trả lời từ văn bản đang có hiệu lực", value=False)
            with gr.Column(scale=2, min_width=300, elem_id="evidence-column"):
                evidence = live_html(no_evidence_html(), elem_id="evidence")

        asked = [question, as_of, only_in_force, conversation]
        shown = [log, examples, question, evidence, conversation]
        submit = question.submit(self.ask, asked, shown, show_progress="hidden", concurrency_limit=4, api_name="hoi")
        example = examples.select(
            self.ask_example, asked, shown, show_progress="hidden", concurrency_limit=4, api_name="hoi_vi_du"
        )
        suggestion = log.select(
            self.ask_suggested, asked, shown, show_progress="hidden", concurrency_limit=4, api_name="hoi_goi_y"
        )
        for event in (submit, example, suggestion):
            event.failure(self.show_saved, conversation, log)
        stop.click(self.show_saved, conversation, log, cancels=[submit, example, suggestion])
        clear.click(self.start_over, None, shown)
        log.select(self.use, conversation, [evidence, conversation], show_progress="hidden", api_name="can_cu")
        # Nothing but the examples: a question may be under way before the page has finished loading.
        blocks.load(self.suggest, None, examples, show_progress="hidden")

    @requires(Role.OFFICIAL)
    def ask(
        self, request: gr.Request, question: str, as_of: str, only_in_force: bool, conversation: Conversation
    ) -> Iterator[tuple[object, ...]]:
        """Answer as it grows; a refused question goes back into its box."""
        yield from self._answered(question, as_of, only_in_force, conversation)

    @requires(Role.OFFICIAL)
    def ask_example(
        self,
        request: gr.Request,
        event: gr.EventData,
        _question: str,
        as_of: str,
        only_in_force: bool,
        conversation: Conversation,
    ) -> Iterator[tuple[object, ...]]:
        """Ask the example that was clicked."""
        yield from self._answered(reported(event).get("question", ""), as_of, only_in_force, conversation)

    @requires(Role.OFFICIAL)
    def ask_suggested(
        self,
        request: gr.Request,
        event: gr.EventData,
        _question: str,
        as_of: str,
        only_in_force: bool,
        conversation: Conversation,
    ) -> Iterator[tuple[object, ...]]:
        """Ask what a refusal suggested; the log's other buttons are those of `use`."""
        data = reported(event)
        if data.get("action") == "ask":
            yield from self._answered(data.get("question", ""), as_of, only_in_force, conversation)
        else:
            yield (gr.skip(),) * 5

    @requires(Role.OFFICIAL)
    def show_saved(self, request: gr.Request, conversation: Conversation) -> str:
        """The conversation as far as it was answered."""
        return _log_html(conversation)

    @requires(Role.OFFICIAL)
    def suggest(self, request: gr.Request) -> str:
        """Examples from the library as it is now."""
        return _examples_html(example_questions(self._application.knowledge_base, count=_EXAMPLES))

    @requires(Role.OFFICIAL)
    def start_over(self, request: gr.Request) -> tuple[object, ...]:
        """An empty conversation with examples."""
        questions = example_questions(self._application.knowledge_base, count=_EXAMPLES)
        return _log_html(()), _examples_html(questions), "", no_evidence_html(), ()

    @requires(Role.OFFICIAL)
    def use(self, request: gr.Request, event: gr.EventData, conversation: Conversation) -> tuple[object, object]:
        """A citation was opened or a thumb given."""
        data = reported(event)
        if data.get("action") == "ask":
            return gr.skip(), gr.skip()  # what `ask_suggested` does
        index = reported_index(event, "turn", len(conversation))
        shown = conversation[index]
        if data.get("action") == "cite":
            return self._evidence(
                shown.turn.answer, int(data["marker"]) if data["marker"].isdecimal() else 0
            ), gr.skip()
        helpful = data.get("helpful") == "true"
        account = self.access.of_event(request)
        self._feedback.record(account.name if account else "", shown.turn.question, shown.turn.answer, helpful=helpful)
        gr.Info("Đã ghi nhận đánh giá của anh/chị. Xin cảm ơn.", duration=4)
        judged = replace(shown, helpful=helpful)
        return gr.skip(), (*conversation[:index], judged, *conversation[index + 1 :])

    def _answered(
        self, question: str, as_of: str, only_in_force: bool, conversation: Conversation
    ) -> Iterator[tuple[object, ...]]:
        conversation = conversation[-_MAX_TURNS:]
        question = question.strip()
        try:
            if not question:
                raise UsageError("Câu hỏi đang trống. Hãy gõ câu hỏi rồi bấm Hỏi.")
            search_filter = SearchFilter(as_of=read_date(as_of, "Ngày xét hiệu lực"), only_in_force=only_in_force)
            # The box keeps the question until something is answered: whoever stops before that has not lost it.
            yield _log_html(conversation, pending=question), "", gr.skip(), gr.skip(), gr.skip()
            history = [shown.turn for shown in conversation]
            longer = conversation
            answers = self._application.chain.stream(question, history=history, search_filter=search_filter)
            for answer in interruptible(iter(answers)):
                if answer is None:
                    yield (gr.skip(),) * 5
                    continue
                longer = (*conversation, ShownTurn(Turn(question, answer)))
                yield _log_html(longer, growing=True), gr.skip(), "", gr.skip(), longer
        except AssistantError as error:
            yield (
                _log_html(conversation) + message_html(str(error), tone="bad"),
                gr.skip(),
                question,
                gr.skip(),
                gr.skip(),
            )
            return
        answer = longer[-1].turn.answer
        # The last quote of a statement is the point itself; those before it open its list.
        first = next((statement.markers[-1] for statement in answer.statements if statement.markers), 0)
        yield _log_html(longer), "", gr.skip(), self._evidence(answer, first), longer

    def _evidence(self, answer: Answer, marker: int) -> str:
        citation = next((citation for citation in answer.citations if citation.marker == marker), None)
        if citation is None:
            return no_evidence_html()
        knowledge_base = self._application.knowledge_base
        document_id = citation.document.id
        return evidence_html(citation, knowledge_base.text(document_id), knowledge_base.sections(document_id))


def _log_html(conversation: Conversation, *, pending: str = "", growing: bool = False) -> str:
    if not conversation and not pending:
        return (
            '<div class="welcome"><h2>Hỏi về văn bản chính sách</h2><p>Câu trả lời trích nguyên văn từ kho văn bản, '
            "kèm điều khoản, trang và hiệu lực. Kho không có thì trợ lý nói rõ là không có.</p></div>"
        )
    parts = []
    for number, shown in enumerate(conversation):
        last = number == len(conversation) - 1
        parts.append(_question_html(shown.turn.question))
        parts.append(answer_html(shown.turn.answer, number, helpful=shown.helpful, complete=not (growing and last)))
    if pending:
        parts += [_question_html(pending), '<p class="pending">Đang tìm trong kho văn bản…</p>']
    return "".join(parts)


def _question_html(question: str) -> str:
    return f'<p class="question"><span class="visually-hidden">Câu hỏi: </span>{escape(question)}</p>'


def _examples_html(questions: list[str]) -> str:
    if not questions:
        return message_html("Kho văn bản đang trống. Người quản trị thêm văn bản ở trang Kho văn bản.")
    return f'<div class="examples"><p>Thử hỏi:</p>{question_buttons(questions)}</div>'
