"""Training materials as Markdown, for reading and for pasting elsewhere."""

import re
from string import ascii_uppercase

from training.types import Outline, Quiz

_MARKUP = re.compile(r"([\\`*_\[\]<>#|])")


def quiz_markdown(quiz: Quiz) -> str:
    """Question paper, then the answers with their quotes."""
    lines = [f"# {_plain(quiz.title)}", ""]
    lines += [f"> {_plain(warning)}\n" for warning in quiz.warnings]
    for number, item in enumerate(quiz.items, 1):
        lines += [f"**Câu {number}.** {_plain(item.question)}", ""]
        lines += [
            f"- {letter}. {_plain(option)}" for letter, option in zip(ascii_uppercase, item.options, strict=False)
        ]
        lines.append("")
    lines += ["## Đáp án", ""]
    for number, item in enumerate(quiz.items, 1):
        letter = ascii_uppercase[item.options.index(item.key)]
        lines += [f"**Câu {number}: {letter}** ({item.difficulty}). {_plain(item.explanation)}", ""]
    return "\n".join(lines)


def outline_markdown(outline: Outline) -> str:
    """Objectives, sessions with topics, time and quotes, sources."""
    lines = [f"# {_plain(outline.title)}", "", f"Thời lượng: {outline.total_minutes} phút.", ""]
    lines += [f"> {_plain(warning)}\n" for warning in outline.warnings]
    lines += ["## Mục tiêu", ""] + [f"- {_plain(objective)}" for objective in outline.objectives] + [""]
    for number, session in enumerate(outline.sessions, 1):
        lines += [f"## Phần {number}. {_plain(session.title)} ({session.minutes} phút)", "", "Nội dung:", ""]
        lines += [f"- {_plain(topic)}" for topic in session.topics]
        lines += ["", f"Hoạt động: {session.activity}", ""]
        if session.key_provisions:
            lines += ["Quy định cần nhớ:", ""]
            lines += [f"- “{_plain(quote.quote)}” ({_plain(quote.reference)})" for quote in session.key_provisions]
            lines.append("")
    lines += ["## Nguồn", ""] + [f"- {_plain(source)}" for source in outline.sources]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """`text` without Markdown meaning; line breaks become hard ones."""
    return _MARKUP.sub(r"\\\1", text).replace("\n", "  \n")
