"""Section trees of normative texts, plans, attached regulations, appendices and texts without any numbering."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import PathStep, Section, SectionKind
from ingest.structure import find_sections

DECREE = """CHÍNH PHỦ
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Căn cứ Luật Tổ chức Chính phủ;
Chương I
QUY ĐỊNH CHUNG
Điều 1. Phạm vi điều chỉnh
Nghị định này quy định việc dùng trợ lý số theo
Điều 28 Luật Giao dịch điện tử.
Điều 2. Giải thích từ ngữ
1. Trợ lý số là phần mềm.
2. Người dùng gồm:
a) Cán bộ;
b) Công chức;
c) Viên chức;
d) Giảng viên;
đ) Người lao động;
e) Người dân.
2025. Số này không mở khoản nào.
Điều 2a. Điều được bổ sung
1. Nội dung thứ nhất.
1a. Nội dung chèn thêm.
2. Nội dung thứ hai.
Chương II
ĐIỀU KHOẢN THI HÀNH
Mục 1. TỔ CHỨC
Điều 3. Hiệu lực thi hành
Nghị định này có hiệu lực từ ngày ký./.
Nơi nhận:
- Lưu: VT.
TM. CHÍNH PHỦ
THỦ TƯỚNG
Nguyễn Văn A"""


def _labels(text: str) -> list[str]:
    return [section.label for section in find_sections(text, (0,))]


def _by_label(text: str, label: str) -> Section:
    return next(section for section in find_sections(text, (0,)) if section.label == label)


def _text(text: str, label: str) -> str:
    span = _by_label(text, label).span
    return text[span.start : span.end]


def test_normative_text_gets_chapters_articles_clauses_and_points() -> None:
    assert _labels(DECREE) == [
        "Chương I",
        "Điều 1",
        "Điều 2",
        "khoản 1 Điều 2",
        "khoản 2 Điều 2",
        *(f"điểm {letter} khoản 2 Điều 2" for letter in "abcdđe"),
        "Điều 2a",
        "khoản 1 Điều 2a",
        "khoản 1a Điều 2a",
        "khoản 2 Điều 2a",
        "Chương II",
        "Mục 1 Chương II",
        "Điều 3",
    ]


def test_path_heading_and_span_of_a_point() -> None:
    point = _by_label(DECREE, "điểm đ khoản 2 Điều 2")
    assert point.path == (
        PathStep(SectionKind.CHAPTER, "I"),
        PathStep(SectionKind.ARTICLE, "2"),
        PathStep(SectionKind.CLAUSE, "2"),
        PathStep(SectionKind.POINT, "đ"),
    )
    assert _text(DECREE, point.label) == "đ) Người lao động;"
    assert _by_label(DECREE, "Điều 2").heading == "Giải thích từ ngữ"
    assert _by_label(DECREE, "Chương I").heading == "QUY ĐỊNH CHUNG"
    assert point.heading == ""


def test_reference_at_the_start_of_a_line_opens_no_article() -> None:
    assert "Điều 28 Luật Giao dịch điện tử." in _text(DECREE, "Điều 1")


def test_number_out_of_sequence_stays_in_the_text_above() -> None:
    assert _text(DECREE, "Điều 2").endswith("2025. Số này không mở khoản nào.")


def test_recipients_and_signature_belong_to_no_section() -> None:
    assert _text(DECREE, "Điều 3").endswith("có hiệu lực từ ngày ký./.")
    assert _text(DECREE, "Chương II").endswith("có hiệu lực từ ngày ký./.")


def test_first_section_starts_at_its_own_label_on_its_page() -> None:
    first, *_, last = find_sections(DECREE, (0, DECREE.index("Điều 3")))
    assert DECREE[: first.span.start].endswith("Luật Tổ chức Chính phủ;\n")
    assert (first.page, last.page) == (1, 2)


def test_quoted_articles_belong_to_the_amending_clause() -> None:
    text = """Điều 1. Sửa đổi, bổ sung một số điều của Nghị định số 10/2022/NĐ-CP
1. Sửa đổi Điều 2 như sau:
“Điều 2. Đối tượng
1. Tổ chức.
2. Cá nhân.”.
2. Bổ sung khoản 3 Điều 5 như sau: “3. Nội dung mới
a) Thứ nhất;
b) Thứ hai.”.
Điều 2. Hiệu lực
Nghị định này có hiệu lực từ ngày ký."""
    assert _labels(text) == ["Điều 1", "khoản 1 Điều 1", "khoản 2 Điều 1", "Điều 2"]
    assert _text(text, "khoản 1 Điều 1").endswith("2. Cá nhân.”.")
    assert _text(text, "Điều 2").startswith("Điều 2. Hiệu lực")


def test_quotation_mark_that_never_closes_does_not_hide_the_rest() -> None:
    text = "Điều 1. Tên gọi\nTên gọi như sau:\n“Trợ lý số\nĐiều 2. Hiệu lực\nCó hiệu lực từ ngày ký."
    assert _labels(text) == ["Điều 1", "Điều 2"]


def test_lost_heading_does_not_hide_the_articles_after_it() -> None:
    text = "\n".join(f"Điều {n}. Tiêu đề số {n}\nNội dung." for n in (1, 2, 4, 5))
    assert _labels(text) == ["Điều 1", "Điều 2", "Điều 4", "Điều 5"]


def test_part_file_may_begin_in_the_middle() -> None:
    text = "\n".join(f"Điều {n}. Tiêu đề số {n}\nNội dung." for n in (51, 52, 53))
    assert _labels(text) == ["Điều 51", "Điều 52", "Điều 53"]


def test_old_ordinal_articles_are_numbered() -> None:
    text = "Điều thứ nhất: Lập một quỹ.\nĐiều thứ hai: Giao Bộ Tài chính thi hành."
    sections = find_sections(text, (0,))
    assert [(s.label, s.path[-1].number) for s in sections] == [("Điều thứ nhất", "1"), ("Điều thứ hai", "2")]


def test_footnote_marks_of_consolidated_texts_do_not_break_clauses() -> None:
    text = "Điều 1.5 Khiếu nại\n1. Nội dung một.\n2.6 Khiếu nại là việc công dân đề nghị.\n3.[7] Nội dung ba."
    assert _labels(text) == ["Điều 1", "khoản 1 Điều 1", "khoản 2 Điều 1", "khoản 3 Điều 1"]


def test_articles_quoted_in_footnotes_are_not_the_documents() -> None:
    body = "Điều 1. Tên\nNội dung.\nChương II\nĐIỀU KHOẢN THI HÀNH³³\nĐiều 2. Hiệu lực⁸\n1.² Ngày ký.\n2. Hết năm."
    notes = "33 Điều 35 của Luật số 1 quy định:\n“Điều 35. Hiệu lực\n1. Từ ngày ký.”.\nĐiều 3. Khác\n34 Khoản được sửa."
    sections = find_sections(f"{body}\n{notes}", (0,), len(body) + 1)
    assert [section.label for section in sections] == [
        "Điều 1", "Chương II", "Điều 2", "khoản 1 Điều 2", "khoản 2 Điều 2", "Chú thích", "Chú thích 33",
        "Chú thích 34",
    ]  # fmt: skip
    assert [section.heading for section in sections[1:3]] == ["ĐIỀU KHOẢN THI HÀNH", "Hiệu lực"]
    assert (body + "\n" + notes)[sections[-2].span.start : sections[-2].span.end].endswith("Điều 3. Khác")


@pytest.mark.parametrize(
    ("lines", "labels"),
    [
        (["Điều thứ nhất: Lập quỹ.", "Điều thứ 2: Giao Bộ.", "Điều thứ 3: Thi hành."], ["Điều thứ nhất", "Điều thứ 2"]),
        (["Điều I: Trưng thu.", "Điều II: Trưng dụng.", "Điều thứ III: Bồi thường."], ["Điều I", "Điều II"]),
        (["Khoản thứ nhất: Lập quỹ.", "Khoản thứ hai: Giao Bộ."], ["khoản thứ nhất", "khoản thứ hai"]),
    ],
)
def test_old_forms_of_articles_and_clauses(lines: list[str], labels: list[str]) -> None:
    assert _labels("\n".join(lines))[:2] == labels
    assert len(_labels("\n".join(lines))) == len(lines)


def test_slips_of_character_recognition_do_not_lose_provisions() -> None:
    text = """Điêu 1. Phạm vi
l. Nội dung một.
2. Nội dung hai:
a) Thứ nhất;
b) Thứ hai;
c) Thứ ba;
d) Thứ tư;
d) Thứ năm;
e) Thứ sáu.
Ðiều 2. Đối tượng
I. Cơ quan nhà nước.
2. Cá nhân.
Điều 3. Hiệu lực
Từ ngày ký."""
    assert _labels(text) == [
        "Điều 1", "khoản 1 Điều 1", "khoản 2 Điều 1", *(f"điểm {letter} khoản 2 Điều 1" for letter in "abcdđe"),
        "Điều 2", "khoản 1 Điều 2", "khoản 2 Điều 2", "Điều 3",
    ]  # fmt: skip


def test_a_sum_cut_at_its_first_dot_opens_no_clause() -> None:
    text = "Điều 1. Phạt tiền\n1. Phạt từ 5.000.000 đồng đến\n2. 000.000 đồng.\n2. Phạt gấp đôi."
    assert _text(text, "khoản 1 Điều 1").endswith("2. 000.000 đồng.")
    assert _text(text, "khoản 2 Điều 1") == "2. Phạt gấp đôi."


def test_straight_quotation_mark_that_never_closes_hides_nothing() -> None:
    text = """Điều 1. Sửa đổi
1. Bổ sung khoản 2a như sau: "2a. Hình thức xử phạt
2. Sửa đổi khoản 6 như sau:
"6. Nội dung mới".
3. Bãi bỏ khoản 7."""
    assert _labels(text) == ["Điều 1", "khoản 1 Điều 1", "khoản 2 Điều 1", "khoản 3 Điều 1"]


PLAN = """KẾ HOẠCH
Phát triển lực lượng nòng cốt
I. MỤC ĐÍCH, YÊU CẦU
1. Mục đích
Nâng cao năng lực.
2. Yêu cầu
a) Thiết thực;
b) Tiết kiệm.
II. NHIỆM VỤ
1. Đào tạo:
1.1. Đào tạo cơ bản
- Mở 10 lớp.
1.2. Đào tạo nâng cao
- Mở 5 lớp.
2. Hạ tầng
III. TỔ CHỨC THỰC HIỆN
Giao Sở Khoa học và Công nghệ chủ trì./.
Nơi nhận:
- Lưu: VT."""


def test_plan_gets_roman_sections_items_and_letters() -> None:
    assert _labels(PLAN) == [
        "Mục I", "Mục I.1", "Mục I.2", "Mục I.2.a", "Mục I.2.b", "Mục II", "Mục II.1", "Mục II.1.1", "Mục II.1.2",
        "Mục II.2", "Mục III",
    ]  # fmt: skip
    assert _by_label(PLAN, "Mục II.1").heading == "Đào tạo"
    assert _by_label(PLAN, "Mục I.2.b").path[-1] == PathStep(SectionKind.LETTER, "b")


def test_party_numbering_with_hyphens_and_capital_letters() -> None:
    text = """A- TÌNH HÌNH
1- Kết quả đạt được.
2- Hạn chế.
2.1- Về thể chế.
2.2- Về nguồn lực.
B- NHIỆM VỤ
I- QUAN ĐIỂM
1- Thứ nhất.
II- MỤC TIÊU
1- Tổng quát."""
    assert _labels(text) == [
        "Phần A", "Mục 1 Phần A", "Mục 2 Phần A", "Mục 2.1 Phần A", "Mục 2.2 Phần A", "Phần B", "Mục I Phần B",
        "Mục I.1 Phần B", "Mục II Phần B", "Mục II.1 Phần B",
    ]  # fmt: skip


def test_programme_approved_inside_an_article_is_an_outline_below_it() -> None:
    text = """Điều 1. Phê duyệt Đề án với nội dung sau:
I. MỤC TIÊU
1. Mục tiêu chung
Nội dung.
II. NHIỆM VỤ
1. Tuyên truyền
Nội dung.
Điều 2. Quyết định này có hiệu lực kể từ ngày ký."""
    assert _labels(text) == ["Điều 1", "Mục I Điều 1", "Mục I.1 Điều 1", "Mục II Điều 1", "Mục II.1 Điều 1", "Điều 2"]


ATTACHED = """Điều 1. Ban hành kèm theo Quyết định này Quy chế phối hợp.
Điều 2. Quyết định này có hiệu lực kể từ ngày ký.
Nơi nhận:
- Như Điều 2.
CHỦ TỊCH
Trần Văn B
ỦY BAN NHÂN DÂN
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
QUY CHẾ
Phối hợp khai thác dữ liệu
(Ban hành kèm theo Quyết định số 12/QĐ-UBND)
Chương I
QUY ĐỊNH CHUNG
Điều 1. Phạm vi
1. Quy chế này quy định việc phối hợp.
2. Quy chế này không áp dụng cho bí mật nhà nước.
Điều 2. Nguyên tắc
Đúng thẩm quyền.
Phụ lục I
DANH MỤC DỮ LIỆU
(Kèm theo Quy chế)
I. Dữ liệu mở
II. Dữ liệu dùng chung"""


def test_attached_regulation_numbers_its_articles_anew() -> None:
    assert _labels(ATTACHED) == [
        "Điều 1", "Điều 2", "Quy chế", "Chương I Quy chế", "Điều 1 Quy chế", "khoản 1 Điều 1 Quy chế",
        "khoản 2 Điều 1 Quy chế", "Điều 2 Quy chế", "Phụ lục I Quy chế", "Mục I Phụ lục I Quy chế",
        "Mục II Phụ lục I Quy chế",
    ]  # fmt: skip
    assert _by_label(ATTACHED, "Quy chế").heading == "QUY CHẾ Phối hợp khai thác dữ liệu"
    assert _text(ATTACHED, "Điều 2") == "Điều 2. Quyết định này có hiệu lực kể từ ngày ký."


@pytest.mark.parametrize(
    ("heading", "label"),
    [
        ("Phụ lục I", "Phụ lục I"),
        ("PHỤ LỤC", "Phụ lục"),
        ("Phụ lục số 08", "Phụ lục 08"),
        ("PHỤ LỤC II. DANH MỤC", "Phụ lục II"),
        ("Mẫu số 03a", "Mẫu số 03a"),
    ],
)
def test_appendix_headings(heading: str, label: str) -> None:
    text = f"Điều 1. Tên\nNội dung.\nĐiều 2. Hiệu lực\nNội dung.\n{heading}\nDANH MỤC NHIỆM VỤ\n1. Việc thứ nhất."
    assert _labels(text)[2:] == [label, f"Mục 1 {label}"]


def test_reference_to_an_appendix_opens_none() -> None:
    text = "Điều 1. Mẫu\nMẫu theo\nPhụ lục I ban hành kèm theo Nghị định này.\nMẫu số 02 được lưu tại cơ quan."
    assert _labels(text) == ["Điều 1"]


def test_news_article_gets_its_title_lines_as_headings() -> None:
    paragraph = "Tỉnh đã mở nhiều lớp học về trí tuệ nhân tạo cho cán bộ các xã, phường trong năm qua. " * 3
    lines = ["Tin tức", "Tạo hành lang pháp lý", "Ảnh: Báo tỉnh.jpg", "Phát triển nhân lực"]
    text = "".join(f"{line}\n{paragraph}\n" for line in lines)
    assert _labels(text) == ["Tạo hành lang pháp lý", "Phát triển nhân lực"]
    assert find_sections(text, (0,))[0].path == (PathStep(SectionKind.HEADING, "1"),)


def test_questions_of_a_faq_are_sections_with_their_own_lists() -> None:
    text = "Câu hỏi 1: Cần giấy tờ gì?\nTrả lời:\n1. Tờ khai.\n2. Hợp đồng.\nCâu hỏi 2: Mất bao lâu?\n1. Bảy ngày."
    assert _labels(text) == [
        "Câu hỏi 1", "Mục 1 Câu hỏi 1", "Mục 2 Câu hỏi 1", "Câu hỏi 2", "Mục 1 Câu hỏi 2",
    ]  # fmt: skip


def test_text_without_headings_has_no_sections() -> None:
    assert find_sections("", (0,)) == ()
    assert find_sections("Kính gửi: Sở Nội vụ.\nĐề nghị quý Sở cho ý kiến.", (0,)) == ()


def test_table_rows_are_never_headings() -> None:
    text = "Điều 1. Bảng\n1. | Diện tích | 5\n2. | Dân số | 7\nĐiều 2. Hết\nNội dung."
    assert _labels(text) == ["Điều 1", "Điều 2"]


_PIECES = st.sampled_from(
    [
        "Điều {n}. Tiêu đề", "Điều {n}", "Chương I", "CHƯƠNG II. QUY ĐỊNH", "Mục {n}. TÊN MỤC", "Phần thứ nhất",
        "A. PHẦN", "I. MỤC TIÊU", "II. NHIỆM VỤ", "III- KẾT", "{n}. Nội dung", "{n}.1. Nội dung", "1.{n} Nội dung",
        "a) Điểm", "b) Điểm", "đ) Điểm", "- Gạch", "Phụ lục I", "PHỤ LỤC", "Mẫu số 0{n}", "QUY CHẾ",
        "(Ban hành kèm theo Quyết định)", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Nơi nhận:", "TM. ỦY BAN",
        "“Điều {n}. Trích", "kết thúc.”.", "như sau: “", "TT | Tên | Số", "Câu hỏi {n}: Gì?", "Văn bản thường", "",
    ]
)  # fmt: skip
_LINES = st.lists(st.tuples(_PIECES, st.integers(0, 6)).map(lambda piece: piece[0].format(n=piece[1])), max_size=60)


@given(st.one_of(_LINES.map("\n".join), st.text(max_size=400)))
def test_any_text_gives_a_proper_tree(text: str) -> None:
    sections = find_sections(text, (0, len(text) // 2))
    paths = [section.path for section in sections]
    assert len(set(paths)) == len(paths)
    assert [section.span.start for section in sections] == sorted(section.span.start for section in sections)
    by_path = {section.path: section for section in sections}
    last_sibling_end: dict[tuple[PathStep, ...], int] = {}
    for section in sections:
        assert section.label
        assert 0 <= section.span.start < section.span.end <= len(text)
        assert text[section.span.start : section.span.end] == text[section.span.start : section.span.end].strip()
        parent = section.path[:-1]
        if parent:
            assert by_path[parent].span.start < section.span.start
            assert section.span.end <= by_path[parent].span.end
        assert section.span.start >= last_sibling_end.get(parent, 0)
        last_sibling_end[parent] = section.span.end


@pytest.mark.parametrize("line", ["I. MỤC", "Điều {n}. Tên", "như sau: “", "a | b", "a) Điểm", "Tên bài"])
def test_repetition_does_not_take_minutes(line: str) -> None:
    text = "\n".join(line.format(n=5000 - n) for n in range(5000))
    started = time.perf_counter()
    find_sections(text, (0,))
    assert time.perf_counter() - started < 5
