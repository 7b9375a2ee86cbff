import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document as open_docx
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from tests.training.conftest import Library
from training.export import export
from training.export_gift import escape_gift, quiz_gift
from training.materials import Selection
from training.types import Difficulty, Outline, QuestionKind, Quiz, QuizItem, SourceQuote

UNESCAPE = re.compile(r"\\([\\~=#{}:n])")
QUESTION = re.compile(
    r"::(?P<title>(?:\\.|[^\\:])*)::\[plain\](?P<text>(?:\\.|[^\\{}])*)\{\n(?P<answers>.*)\n\}", re.DOTALL
)


def unescaped(text: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[~=#{}:]", text), text
    return UNESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], text)


def parse_gift(content: str) -> tuple[str, list[dict[str, object]]]:
    """A strict reader: what does not follow the grammar fails."""
    category, *blocks = content.rstrip("\n").split("\n\n")
    assert category.startswith("$CATEGORY: ")
    questions = []
    for block in blocks:
        match = QUESTION.fullmatch(block)
        assert match, block
        *answers, feedback = [line.removeprefix("\t") for line in match["answers"].split("\n")]
        assert feedback.startswith("####")
        options, pairs, right = [], [], []
        for answer in answers:
            if answer in ("TRUE", "FALSE"):
                right.append("Đúng" if answer == "TRUE" else "Sai")
            elif " -> " in answer:
                term, meaning = answer.removeprefix("=").split(" -> ")
                pairs.append((unescaped(term), unescaped(meaning)))
            else:
                assert answer[0] in "=~"
                options.append(unescaped(answer[1:]))
                right += [options[-1]] if answer[0] == "=" else []
        questions.append(
            {
                "text": unescaped(match["text"]),
                "options": options,
                "pairs": pairs,
                "right": right,
                "feedback": unescaped(feedback.removeprefix("####")),
            }
        )
    return category, questions


def one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", "\n", text.strip().replace("->", "→"))


@pytest.fixture(scope="module")
def quiz(library: Library) -> Quiz:
    return library.maker.quiz(Selection(document_ids=library.ids()), count=40)


@pytest.fixture(scope="module")
def outline(library: Library) -> Outline:
    return library.maker.outline(Selection(document_ids=(library.id_of("15/2026/QĐ-UBND"),)))


def an_item(**changes: object) -> QuizItem:
    item = QuizItem(
        QuestionKind.NUMBER, "Hỏi?", ("1", "2", "3", "4"), "1", "Theo Điều 1: “1”", Difficulty.EASY,
        SourceQuote("d", "Kế hoạch 1/KH-UBND", "Điều 1", "1", 0, 1),
    )  # fmt: skip
    return replace(item, **changes)  # type: ignore[arg-type]


def test_gift_reads_back_as_the_same_questions(quiz: Quiz) -> None:
    category, questions = parse_gift(quiz_gift(quiz))
    assert "/" not in category.removeprefix("$CATEGORY: $course$/top/")
    assert len(questions) == len(quiz.items)
    assert {item.kind for item in quiz.items} >= {QuestionKind.TRUE_FALSE, QuestionKind.MATCHING, QuestionKind.NUMBER}
    for item, question in zip(quiz.items, questions, strict=True):
        assert question["feedback"] == one_line(item.explanation)
        if item.kind is QuestionKind.MATCHING:
            assert question["pairs"] == list(item.pairs)
            assert question["text"] == item.question.split("\n")[0]
        else:
            assert question["text"] == one_line(item.question)
            assert question["right"] == [item.key]
            assert item.kind is QuestionKind.TRUE_FALSE or question["options"] == list(item.options)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("~=#{}:\\\n->")))
def test_any_text_survives_gift(text: str) -> None:
    line = f"a{text}b"
    item = an_item(question=line, options=(line, "2", "3", "4"), key=line, explanation=line)
    (question,) = parse_gift(quiz_gift(Quiz("Bài", (item,), 0)))[1]
    assert question["text"] == question["feedback"] == one_line(line)
    assert question["right"] == [one_line(line)]


def test_gift_escapes_exactly_the_control_characters() -> None:
    assert escape_gift("50% ~ a=b {c} #1: D\\E\nG") == r"50% \~ a\=b \{c\} \#1\: D\\E\nG"


def test_a_category_name_makes_no_subcategory() -> None:
    assert quiz_gift(Quiz("Quyết định 15/2026/QĐ-UBND", (), 0)).startswith(
        "$CATEGORY: $course$/top/Quyết định 15 2026 QĐ-UBND\n"
    )


def test_the_word_paper_keeps_the_key_off_the_question_pages(quiz: Quiz, tmp_path: Path) -> None:
    export(quiz, tmp_path / "de.docx")
    word = open_docx(str(tmp_path / "de.docx"))
    texts = [paragraph.text for paragraph in word.paragraphs]
    key_page = texts.index("Đáp án")
    assert word.paragraphs[key_page].paragraph_format.page_break_before
    paper = "\n".join(texts[:key_page])
    for number, item in enumerate(quiz.items, 1):
        assert f"Câu {number}. {item.question}" in paper
        assert all(option in paper for option in item.options)
        assert item.explanation not in paper
    rows = [[cell.text for cell in row.cells] for row in word.tables[0].rows]
    assert rows[0] == ["Câu", "Đáp án", "Mức độ", "Căn cứ"]
    for item, row in zip(quiz.items, rows[1:], strict=True):
        assert row[1] == "ABCD"[item.options.index(item.key)]
        assert row[3] == item.explanation


def test_the_word_outline_holds_sessions_quotes_and_sources(outline: Outline, tmp_path: Path) -> None:
    export(outline, tmp_path / "de-cuong.docx")
    word = open_docx(str(tmp_path / "de-cuong.docx"))
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert len(word.tables[0].rows) == len(outline.sessions) + 1
    for session in outline.sessions:
        assert session.title in text
        assert all(f"“{quote.quote}” ({quote.reference})" in text for quote in session.key_provisions)
    assert all(source in text for source in outline.sources)


@pytest.mark.parametrize("suffix", [".docx", ".gift", ".txt", ".md", ".json"])
def test_the_suffix_chooses_the_format_of_a_quiz(quiz: Quiz, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bai{suffix}"
    export(quiz, path)
    if suffix == ".docx":
        assert zipfile.is_zipfile(path)
    elif suffix == ".json":
        assert [item["key"] for item in json.loads(path.read_text("utf-8"))["items"]] == [i.key for i in quiz.items]
    elif suffix == ".md":
        assert path.read_text("utf-8").count("**Câu ") == 2 * len(quiz.items)
    else:
        assert path.read_text("utf-8") == quiz_gift(quiz)


def test_json_follows_the_contract(quiz: Quiz, outline: Outline) -> None:
    item = json.loads(json.dumps(quiz.as_json()))["items"][0]
    assert item.keys() >= {"kind", "question", "options", "key", "explanation", "difficulty", "citation"}
    assert item["citation"].keys() >= {"document_id", "label", "quote", "start", "end"}
    assert json.loads(json.dumps(outline.as_json()))["total_minutes"] == outline.total_minutes


def test_markdown_shows_markup_of_documents_as_text(tmp_path: Path) -> None:
    export(Quiz("<b>*Bài*</b>", (an_item(question="# <img src=x> [a](b)"),), 0), tmp_path / "bai.md")
    text = (tmp_path / "bai.md").read_text("utf-8")
    assert r"\<img src=x\> \[a\](b)" in text and r"\<b\>\*Bài\*\</b\>" in text


@pytest.mark.parametrize(("name", "named"), [("bai.pptx", ".docx, .gift"), ("bai", ".docx")])
def test_an_unknown_suffix_names_the_known_ones(quiz: Quiz, tmp_path: Path, name: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        export(quiz, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_outline_is_no_question_bank(outline: Outline, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"de-cuong\.gift"):
        export(outline, tmp_path / "de-cuong.gift")


def test_a_folder_that_does_not_exist_is_named(quiz: Quiz, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="khong-co"):
        export(quiz, tmp_path / "khong-co" / "bai.md")
