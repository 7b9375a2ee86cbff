from datetime import date

import pytest

from retrieval.query import day_asked_about, split_question


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("Từ đầu năm 2027 thành viên được hỗ trợ bao nhiêu?", date(2027, 1, 1)),
        ("tu nam 2027 muc ho tro la bao nhieu", date(2027, 1, 1)),
        ("Vào cuối năm 2025 mức hỗ trợ là bao nhiêu?", date(2025, 12, 31)),
        ("Tại thời điểm 15/8/2025 quy định thế nào?", date(2025, 8, 15)),
        ("Kể từ ngày 01 tháng 7 năm 2026 ai cấp phép?", date(2026, 7, 1)),
        ("tính đến ngày 30/6/2026 quy chế nào đang áp dụng", date(2026, 6, 30)),
        # what follows asks about content, or names a document
        ("Kinh phí đào tạo năm 2028 là bao nhiêu?", None),
        ("Giai đoạn từ năm 2021 đến năm 2025 có mục tiêu gì?", None),
        ("Từ ngày 01/01/2025 đến ngày 31/12/2025 đã mở mấy lớp?", None),
        ("Quyết định 12/QĐ-UBND ngày 5/3/2024 quy định gì?", None),
        ("Hiện nay tổ cấp xã có mấy người?", None),
        ("", None),
    ],
)
def test_the_day_a_question_asks_about(question: str, day: date | None) -> None:
    found = day_asked_about(question)
    assert (found and found[0]) == day


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Mức hỗ trợ là bao nhiêu và ai chi trả kinh phí?",
            ("Mức hỗ trợ là bao nhiêu", "ai chi trả kinh phí?"),
        ),
        (
            "Cơ quan nào chủ trì? Báo cáo gửi khi nào?",
            ("Cơ quan nào chủ trì?", "Báo cáo gửi khi nào?"),
        ),
        # one thing: a list of nouns, a half that asks nothing or is too short, artificial intelligence
        ("Nhiệm vụ và quyền hạn của Tổ công nghệ số là gì?", ()),
        ("Dữ liệu và hạ tầng phục vụ AI cấp xã lấy từ đâu?", ()),
        ("Ai lập và ai duyệt kế hoạch đào tạo?", ()),
        ("Kế hoạch có mấy mục tiêu?", ()),
        # what is said after a question asks nothing
        ("Mức hỗ trợ là bao nhiêu? Xin cảm ơn.", ()),
        ("Ai chủ trì? (hỏi lần 2)", ()),
        ("", ()),
    ],
)
def test_a_question_that_asks_two_things_is_split(question: str, parts: tuple[str, ...]) -> None:
    assert split_question(question) == parts
