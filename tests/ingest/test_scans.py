"""Scans and pictures of pages: what is recognised, page by page, and what is said of it."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from fpdf import FPDF
from fpdf.fonts import FontFace
from PIL import Image, ImageDraw

from core.errors import OcrUnavailableError, UnreadableFileError
from evaluation.sample import SAMPLE_CORPUS
from evaluation.scans import DPI, STYLES, character_error_rate, make_scan
from ingest.readers.lines import Line
from ingest.readers.page_images import clean_page, skew_degrees
from ingest.readers.pdf_scans import with_holes_filled
from ingest.reading import ReadLimits, extract_text
from tests.ingest.conftest import Read
from tests.ingest.sample_files import close_pdf, make_pdf, open_pdf

PARAGRAPHS = [
    "Điều 1. Phạm vi điều chỉnh",
    "Quyết định này quy định mức hỗ trợ 1.250.000 đồng cho thành viên lực lượng nòng cốt trí tuệ nhân tạo của tỉnh.",
    "Điều 2. Hiệu lực thi hành",
    "Quyết định này có hiệu lực kể từ ngày 15 tháng 8 năm 2025 và thay thế các quy định trước đây của tỉnh.",
]


def page_picture(paragraphs: list[str] = PARAGRAPHS) -> Image.Image:
    document = pypdfium2.PdfDocument(make_pdf(paragraphs))
    try:
        return document[0].render(scale=DPI / 72).to_pil().convert("RGB")
    finally:
        document.close()


def as_file(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def typed_then_scanned(*, hidden_text: str = "", typed: bool = True) -> bytes:
    """A PDF with a page of typed text and a page that is a picture over `hidden_text`."""
    pdf = open_pdf()
    if typed:
        pdf.add_page()
        pdf.multi_cell(0, 6, "\n".join(PARAGRAPHS))
    _add_picture(pdf, hidden_text)
    return close_pdf(pdf)


def _add_picture(pdf: FPDF, hidden_text: str) -> None:
    pdf.add_page()
    if hidden_text:
        pdf.multi_cell(0, 6, hidden_text)
    pdf.image(page_picture(), x=0, y=0, w=pdf.w)


# --- the sample corpus ---


@pytest.mark.parametrize(("style", "most"), [("clean", 0.02), ("worn", 0.06)])
def test_scans_of_a_sample_are_read_within_the_error_rate(style: str, most: float) -> None:
    pdf = (SAMPLE_CORPUS / "nghi-quyet-27-2026-nq-hdnd.pdf").read_bytes()
    truth = extract_text(pdf, "a.pdf", ReadLimits())
    read = extract_text(make_scan(pdf, STYLES[style]), "a.pdf", ReadLimits())
    assert len(read.page_starts) == len(truth.page_starts)
    assert character_error_rate(truth.text, read.text) <= most
    assert any("Trang 1–3 được nhận dạng" in warning for warning in read.warnings)


# --- page by page ---


def test_only_the_scanned_page_of_a_mixed_file_is_recognised(read: Read) -> None:
    seen: list[tuple[int, int]] = []
    extracted = extract_text(
        typed_then_scanned(), "a.pdf", ReadLimits(), on_page=lambda done, total: seen.append((done, total))
    )
    lines = extracted.text.split("\n")
    assert lines[: len(PARAGRAPHS)] == PARAGRAPHS
    assert character_error_rate("\n".join(PARAGRAPHS), "\n".join(lines[len(PARAGRAPHS) :])) < 0.02
    assert seen == [(1, 1)]
    assert [warning for warning in extracted.warnings if "Trang 2 được nhận dạng" in warning]


@pytest.mark.parametrize(
    "layer",
    [
        "Dieu 1. Pham vi dieu chinh Quyet dinh nay quy dinh muc ho tro doi voi thanh vien luc luong nong cot cua tinh",
        "CQNG HoAxA H()I CHiJ NGHiA vrer NAM DQc lQp Tu do Hanh phric QUYiT DlNH vA vi6c ban hanh quy dlnh mric h6 trg",
        "Người ký: CỔNG THÔNG TIN ĐIỆN TỬ Email: thongtin@lamgiang.gov.vn Thời gian ký: 12.08.2025 09:14:22 +07:00",
    ],
    ids=["diacritics lost", "garbage", "signature box"],
)
def test_a_useless_text_layer_over_a_scan_gives_way_to_recognition(layer: str) -> None:
    extracted = extract_text(typed_then_scanned(hidden_text=layer, typed=False), "a.pdf", ReadLimits())
    assert character_error_rate("\n".join(PARAGRAPHS), extracted.text) < 0.02


def test_a_good_text_layer_over_a_scan_is_kept() -> None:
    layer = "Điều 9. Lớp chữ này đúng chính tả và khác với ảnh để nhận ra được. " * 3
    extracted = extract_text(typed_then_scanned(hidden_text=layer, typed=False), "a.pdf", ReadLimits())
    assert extracted.text.startswith("Điều 9. Lớp chữ này")
    assert "đối chiếu với bản gốc" in extracted.warnings[0]


def test_holes_of_a_font_are_filled_from_the_picture_and_nothing_else_changes() -> None:
    typed = [Line("Luật này đ\ufffd sửa 12 điều, c\ufffdng như x\ufffd")]
    recognised = [Line("Luat nay đã sửa 13 điều, cũng như")]
    assert [line.text for line in with_holes_filled(typed, recognised)] == ["Luật này đã sửa 12 điều, cũng như x\ufffd"]


# --- pictures as files ---


@pytest.mark.parametrize(("name", "kind"), [("a.png", "PNG"), ("a.jpg", "JPEG")])
def test_a_picture_of_a_page_is_read(read: Read, name: str, kind: str) -> None:
    extracted = read(name, as_file(page_picture(), kind))
    assert extracted.format == "image"
    assert character_error_rate("\n".join(PARAGRAPHS), extracted.text) < 0.02


def test_each_frame_of_a_tiff_is_a_page_and_a_turned_one_is_set_upright(read: Read) -> None:
    picture = page_picture(PARAGRAPHS * 3)
    turned = picture.rotate(90, expand=True)
    data = as_file(picture, "TIFF", save_all=True, append_images=[turned], compression="tiff_lzw", dpi=(DPI, DPI))
    extracted = read("a.tif", data)
    assert len(extracted.page_starts) == 2
    assert character_error_rate("\n".join(PARAGRAPHS * 6), extracted.text) < 0.03


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"\xff\xd8\xff\xe0" + b"\0" * 50])
def test_a_damaged_picture_is_said_to_be_damaged(read: Read, content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="hỏng"):
        read("a.png", content)


def test_a_cut_picture_is_said_to_be_damaged(read: Read) -> None:
    content = as_file(page_picture(), "JPEG")
    with pytest.raises(UnreadableFileError, match="hỏng"):
        read("a.jpg", content[: len(content) // 2])


# --- the program is missing, or too slow ---


def test_without_tesseract_a_scan_names_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OcrUnavailableError, match="apt install tesseract-ocr tesseract-ocr-vie"):
        extract_text(typed_then_scanned(typed=False), "a.pdf", ReadLimits())
    with pytest.raises(OcrUnavailableError, match="apt install"):
        extract_text(as_file(page_picture(), "PNG"), "a.png", ReadLimits())
    mixed = extract_text(typed_then_scanned(), "a.pdf", ReadLimits())
    assert mixed.text.split("\n") == PARAGRAPHS
    assert "Trang 2" in mixed.warnings[0]
    assert "apt install" in mixed.warnings[0]


def test_a_page_that_takes_too_long_is_left_out_and_named() -> None:
    extracted = extract_text(typed_then_scanned(), "a.pdf", ReadLimits(ocr_page_timeout_s=0.01))
    assert extracted.text.split("\n") == PARAGRAPHS
    assert "Trang 2 không nhận dạng được" in extracted.warnings[0]


# --- the picture made ready ---


def test_coloured_ink_goes_and_black_print_under_it_stays() -> None:
    page = page_picture()
    inked = page.copy()
    draw = ImageDraw.Draw(inked)
    draw.ellipse((300, 100, 700, 500), outline=(205, 40, 50), width=8)
    for x in range(0, page.width, 40):
        draw.line((x, 0, x + 30, 400), fill=(40, 60, 190), width=3)
    # Ink never lightens what is under it.
    over_print = Image.fromarray(np.minimum(np.asarray(page), np.asarray(inked)))
    cleaned, plain = (np.asarray(clean_page(picture, dpi=DPI).picture) < 128 for picture in (over_print, page))
    assert (cleaned & plain).sum() > 0.97 * plain.sum()
    assert (cleaned & ~plain).sum() < 0.03 * plain.sum()


@pytest.mark.parametrize("angle", [-4.5, -2.0, 0.0, 1.3, 5.0])
def test_skew_is_measured_to_a_tenth_of_a_degree(angle: float) -> None:
    turned = page_picture(PARAGRAPHS * 4).convert("L").rotate(-angle, fillcolor=255)
    assert skew_degrees(np.asarray(turned)) == pytest.approx(angle, abs=0.1)


def test_rows_of_a_scanned_table_stay_rows() -> None:
    pdf = open_pdf()
    pdf.add_page()
    rows = [["TT", "Nhiệm vụ", "Kinh phí"], ["1", "Tập huấn kỹ năng số cho cán bộ", "1.250"], ["2", "Mua sắm", "300"]]
    with pdf.table(col_widths=(15, 100, 40), headings_style=FontFace()) as table:
        for cells in rows:
            table.row(cells)
    pdf.multi_cell(0, 6, "\n".join(PARAGRAPHS))
    text = extract_text(make_scan(close_pdf(pdf), STYLES["clean"]), "a.pdf", ReadLimits()).text
    # The serial numbers are left out: a figure standing alone in its cell is often missed or taken for another.
    assert [line.split("| ", 1)[1] for line in text.split("\n")[:3]] == [" | ".join(row[1:]) for row in rows]
