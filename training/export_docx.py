"""Training materials as Word documents: a question paper with a separate key, and a course outline."""

from collections.abc import Sequence
from io import BytesIO
from string import ascii_uppercase

from docx import Document as new_document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from training.types import Outline, Quiz, QuizItem

_FONT = "Times New Roman"  # Decree 30/2020/NĐ-CP, appendix I: the type of official documents
_KEY_WIDTHS = (1.6, 1.6, 2.6, 10.7)
_SESSION_WIDTHS = (1.2, 5.6, 2.2, 7.5)


def quiz_docx(quiz: Quiz) -> bytes:
    """Question paper with lines for name and unit, and on a new page the key with the quoted provisions."""
    word = _page()
    _heading(word, quiz.title, size=15)
    _paragraph(word, "Họ và tên: …………………………………………  Đơn vị: …………………………………", after=4)
    _paragraph(word, f"Số câu hỏi: {len(quiz.items)}. Mỗi câu chọn một đáp án đúng.", italic=True, after=10)
    for number, item in enumerate(quiz.items, 1):
        _question(word, number, item)
    _heading(word, "Đáp án", size=15, new_page=True)
    for warning in quiz.warnings:
        _paragraph(word, f"Lưu ý: {warning}", italic=True)
    _key(word, quiz)
    return _saved(word)


def outline_docx(outline: Outline) -> bytes:
    """Objectives, a timetable, each session with its quotes, and the sources."""
    word = _page()
    _heading(word, outline.title, size=15)
    for warning in outline.warnings:
        _paragraph(word, f"Lưu ý: {warning}", italic=True)
    _subheading(word, "I. MỤC TIÊU")
    _paragraph(word, "Kết thúc khóa tập huấn, học viên:")
    for objective in outline.objectives:
        _item(word, objective)
    _subheading(word, f"II. KHUNG THỜI GIAN ({outline.total_minutes} phút)")
    rows = [
        (str(number), session.title, f"{session.minutes} phút", session.activity)
        for number, session in enumerate(outline.sessions, 1)
    ]
    _table(word, (("STT", "Nội dung", "Thời lượng", "Hoạt động"), *rows), _SESSION_WIDTHS)
    _subheading(word, "III. NỘI DUNG CHI TIẾT")
    for number, session in enumerate(outline.sessions, 1):
        _paragraph(word, f"{number}. {session.title}", bold=True, before=8, keep=True)
        for topic in session.topics:
            _item(word, topic)
        if session.key_provisions:
            _paragraph(word, "Quy định cần nhớ:", italic=True, keep=True)
        for quote in session.key_provisions:
            _paragraph(word, f"“{quote.quote}” ({quote.reference})", indent=1)
    _subheading(word, "IV. NGUỒN")
    for source in outline.sources:
        _item(word, source)
    return _saved(word)


def _question(word: WordDocument, number: int, item: QuizItem) -> None:
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_before = Pt(6)
    paragraph.add_run(f"Câu {number}. ").bold = True
    paragraph.add_run(item.question)
    for index, (letter, option) in enumerate(zip(ascii_uppercase, item.options, strict=False)):
        _paragraph(word, f"{letter}. {option}", indent=0.8, after=1, keep=index < len(item.options) - 1)


def _key(word: WordDocument, quiz: Quiz) -> None:
    rows = [
        (str(number), ascii_uppercase[item.options.index(item.key)], item.difficulty.capitalize(), item.explanation)
        for number, item in enumerate(quiz.items, 1)
    ]
    _table(word, (("Câu", "Đáp án", "Mức độ", "Căn cứ"), *rows), _KEY_WIDTHS)


def _page() -> WordDocument:
    word = new_document()
    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.5), Cm(2)
    section.top_margin, section.bottom_margin = Cm(2), Cm(2)
    style = word.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(12)
    # Word takes the font of Vietnamese letters from the East Asian slot in some versions.
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.paragraph_format.space_after = Pt(3)
    return word


def _heading(word: WordDocument, text: str, *, size: int, new_page: bool = False) -> None:
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.page_break_before = new_page
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_after = Pt(10)
    run = paragraph.add_run(text)
    run.bold, run.font.size = True, Pt(size)


def _subheading(word: WordDocument, text: str) -> None:
    _paragraph(word, text, bold=True, before=12, after=4, keep=True)


def _item(word: WordDocument, text: str) -> None:
    _paragraph(word, f"- {text}", indent=0.6, after=1)


def _paragraph(
    word: WordDocument,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    indent: float = 0,
    before: float = 0,
    after: float = 3,
    keep: bool = False,
) -> None:
    paragraph = word.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.italic = bold, italic
    shape = paragraph.paragraph_format
    shape.left_indent, shape.space_before, shape.space_after = Cm(indent), Pt(before), Pt(after)
    shape.keep_with_next = keep


def _table(word: WordDocument, rows: Sequence[tuple[str, ...]], widths: tuple[float, ...]) -> None:
    """A ruled table whose first row is the head."""
    table = word.add_table(rows=len(rows), cols=len(widths))
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)  # LibreOffice goes by the columns, Word by the cells
    for index, (row, texts) in enumerate(zip(table.rows, rows, strict=True)):
        for cell, text, width in zip(row.cells, texts, widths, strict=True):
            cell.width = Cm(width)
            run = cell.paragraphs[0].add_run(text)
            run.bold, run.font.size = index == 0, Pt(11)


def _saved(word: WordDocument) -> bytes:
    buffer = BytesIO()
    word.save(buffer)
    return buffer.getvalue()
