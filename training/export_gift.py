"""Moodle's GIFT text format.

Grammar: docs.moodle.org/en/GIFT_format; escapes as Moodle's own importer undoes them (question/format/gift/format.php).
"""

import re

from training.questions.statements import TRUE
from training.types import QuestionKind, Quiz, QuizItem

_SPECIAL = re.compile(r"[\\~=#{}:]")


def quiz_gift(quiz: Quiz) -> str:
    """The quiz as GIFT questions under one category; blank lines stand between questions and nowhere else."""
    category = re.sub(r"[/\s]+", " ", quiz.title).strip()
    blocks = [f"$CATEGORY: $course$/top/{category}"]
    blocks += [_question(number, item) for number, item in enumerate(quiz.items, 1)]
    return "\n\n".join(blocks) + "\n"


def escape_gift(text: str) -> str:
    r"""`text` so that Moodle reads it literally: control characters escaped, line breaks as `\n`, arrows as `→`."""
    # Moodle takes any answer with an arrow for a matching question, and the arrow has no escape.
    escaped = _SPECIAL.sub(lambda match: "\\" + match.group(), text.strip().replace("->", "→"))
    return re.sub(r"\s*\n\s*", r"\\n", escaped)


def _question(number: int, item: QuizItem) -> str:
    feedback = f"\t####{escape_gift(item.explanation)}\n"
    if item.kind is QuestionKind.TRUE_FALSE:
        answers = "\t" + ("TRUE" if item.key == TRUE else "FALSE") + "\n"
    elif item.kind is QuestionKind.MATCHING:
        answers = "".join(f"\t={escape_gift(term)} -> {escape_gift(meaning)}\n" for term, meaning in item.pairs)
    else:
        answers = "".join(f"\t{'=' if option == item.key else '~'}{escape_gift(option)}\n" for option in item.options)
    # A matching question's terms and meanings stand in its answers; its text keeps only the first line.
    text = item.question.split("\n")[0] if item.pairs else item.question
    # [plain]: "<" and "&" of the documents are no markup.
    return f"::Câu {number:03d}::[plain]{escape_gift(text)}{{\n{answers}{feedback}}}"
