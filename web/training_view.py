"""Training materials as HTML: the outline, the quiz with its keys, the quiz to be taken and its result."""

from collections.abc import Mapping, Sequence
from html import escape

from core.types import Span
from training.types import Outline, Quiz, QuizItem, SourceQuote
from web.rendering import document_url, message_html


def outline_html(outline: Outline) -> str:
    """A course outline with the quotes it rests on."""
    objectives = "".join(f"<li>{escape(objective)}</li>" for objective in outline.objectives)
    sessions = "".join(
        f"<li><h4>{escape(session.title)} <small>({session.minutes} phút)</small></h4>"
        f"<p>{escape(session.objective)}</p><ul>{''.join(f'<li>{escape(topic)}</li>' for topic in session.topics)}</ul>"
        f"{''.join(_quote_html(quote) for quote in session.key_provisions)}"
        f"<p><strong>Hoạt động:</strong> {escape(session.activity)}</p></li>"
        for session in outline.sessions
    )
    sources = "".join(f"<li>{escape(source)}</li>" for source in outline.sources)
    return (
        f'<section class="outline"><h3>{escape(outline.title)}</h3>{_warnings(outline.warnings)}'
        f"<p>Tổng thời lượng: {outline.total_minutes} phút, {len(outline.sessions)} buổi.</p>"
        f"<h4>Mục tiêu</h4><ul>{objectives}</ul><h4>Các buổi</h4><ol>{sessions}</ol>"
        f"<h4>Tài liệu</h4><ul>{sources}</ul></section>"
    )


def quiz_preview_html(quiz: Quiz) -> str:
    """Each question with its key marked and the quote that proves it."""
    items = "".join(
        f"<li>{_question_html(item)}<ul>{''.join(_option_html(option, item.key) for option in item.options)}</ul>"
        f"{_quote_html(item.citation)}</li>"
        for item in quiz.items
    )
    dropped = f" {quiz.dropped} câu bị loại vì chưa chứng minh được đáp án." if quiz.dropped else ""
    return (
        f'<section class="quiz"><h3>{escape(quiz.title)}</h3>{_warnings(quiz.warnings)}'
        f"<p>{len(quiz.items)} câu hỏi.{dropped}</p><ol>{items}</ol></section>"
    )


def quiz_form_html(quiz: Quiz) -> str:
    """The quiz to be taken; nothing in it tells the keys."""
    items = "".join(_form_item(number, item) for number, item in enumerate(quiz.items))
    return (
        f'<form class="quiz quiz-form" data-action="submit"><h3>{escape(quiz.title)}</h3><ol>{items}</ol>'
        '<button class="primary">Nộp bài</button></form>'
    )


def quiz_result_html(quiz: Quiz, answers: Mapping[str, str]) -> str:
    """The score and, for each question, the choice, the key and its explanation.

    Args:
        quiz: What was asked.
        answers: Index of the chosen option by index of the question, both as text, as the form reports them.
    """
    right = 0
    items = []
    for number, item in enumerate(quiz.items):
        chosen = _chosen(item, answers.get(str(number), ""))
        right += chosen == item.key
        verdict, tone = ("Đúng", "good") if chosen == item.key else ("Sai" if chosen else "Chưa trả lời", "bad")
        given = f"<p>Đã chọn: {escape(chosen)}</p>" if chosen and chosen != item.key else ""
        items.append(
            f'<li>{_question_html(item)}<p><span class="badge badge-{tone}">{verdict}</span></p>{given}'
            f"<p>Đáp án: <strong>{escape(item.key)}</strong></p><p>{escape(item.explanation)}</p></li>"
        )
    score = f"Kết quả: {right}/{len(quiz.items)} câu đúng ({right / max(len(quiz.items), 1):.0%})."
    return f'<section class="quiz">{message_html(score, tone="good")}<ol>{"".join(items)}</ol></section>'


def downloads_html(token: str, names: Sequence[tuple[str, str]]) -> str:
    """Links to the files offered under `token`; `names` are file names with what to call them."""
    links = "".join(
        f'<a class="action" href="/tai-ve/{token}/{name}" download>{escape(said)}</a>' for name, said in names
    )
    return f'<p class="downloads">{links}</p>'


def _question_html(item: QuizItem) -> str:
    question = escape(item.question).replace("\n", "<br>")
    return f'<p class="quiz-question">{question} <small>({escape(item.difficulty.value)})</small></p>'


def _option_html(option: str, key: str) -> str:
    sign = '<strong class="key">✓ <span class="visually-hidden">Đáp án:</span> ' if option == key else ""
    return f"<li>{sign}{escape(option)}{'</strong>' if sign else ''}</li>"


def _form_item(number: int, item: QuizItem) -> str:
    choices = "".join(
        f'<label><input type="radio" name="{number}" value="{choice}"> <span>{escape(option)}</span></label>'
        for choice, option in enumerate(item.options)
    )
    legend = f"<legend><small>Câu {number + 1}</small>{_question_html(item)}</legend>"
    return f"<li><fieldset>{legend}{choices}</fieldset></li>"


def _chosen(item: QuizItem, answer: str) -> str:
    return item.options[int(answer)] if answer.isdecimal() and int(answer) < len(item.options) else ""


def _quote_html(quote: SourceQuote) -> str:
    url = document_url(quote.document_id, Span(quote.start, quote.end))
    return (
        f'<blockquote>“{escape(quote.quote)}”<footer><a href="{url}" target="_blank" rel="noopener">'
        f"{escape(quote.reference)}</a></footer></blockquote>"
    )


def _warnings(warnings: Sequence[str]) -> str:
    return "".join(message_html(warning) for warning in warnings)
