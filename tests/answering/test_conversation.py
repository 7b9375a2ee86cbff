"""Follow-ups made to stand alone by rules."""

from datetime import UTC, datetime

import pytest

from answering.conversation import Turn, standalone
from core.types import Answer, AnswerMethod, Citation, Document, Metadata, Span, Statement, Validity, ValidityState

PLAN = Document(
    "d",
    "k.docx",
    "0",
    "docx",
    Metadata(kind="Kế hoạch", number="12/KH-UBND"),
    1,
    1,
    1.0,
    (),
    datetime(2026, 1, 1, tzinfo=UTC),
)


def asked(question: str) -> Turn:
    citation = Citation(1, PLAN, "khoản 2 Điều 5", 1, "q", Span(0, 1), True, Validity(ValidityState.IN_FORCE))
    return Turn(question, Answer(question, (Statement("…"),), AnswerMethod.EXTRACTIVE, (citation,)))


@pytest.mark.parametrize(
    ("follow_up", "expected"),
    [
        ("Còn cấp xã thì sao?", "Cán bộ cấp xã được đào tạo bao nhiêu buổi?"),
        ("thế cấp xã thì sao?", "Cán bộ cấp xã được đào tạo bao nhiêu buổi?"),
        ("Còn cấp xã?", "Cán bộ cấp xã được đào tạo bao nhiêu buổi?"),
        ("vậy còn cấp huyện thì thế nào", "Cán bộ cấp huyện được đào tạo bao nhiêu buổi?"),
        ("Đối với cấp xã thì sao?", "Cán bộ cấp xã được đào tạo bao nhiêu buổi?"),
        ("Còn công chức thì sao?", "Công chức cấp tỉnh được đào tạo bao nhiêu buổi?"),
        ("vì sao?", "Vì sao có quy định tại khoản 2 Điều 5 Kế hoạch 12/KH-UBND?"),
        ("tại sao lại vậy?", "Vì sao có quy định tại khoản 2 Điều 5 Kế hoạch 12/KH-UBND?"),
        ("vi sao", "Vì sao có quy định tại khoản 2 Điều 5 Kế hoạch 12/KH-UBND?"),
        ("Lý do là gì?", "Vì sao có quy định tại khoản 2 Điều 5 Kế hoạch 12/KH-UBND?"),
        ("cho ví dụ", "Ví dụ về quy định tại khoản 2 Điều 5 Kế hoạch 12/KH-UBND?"),
        ("Cho tôi một ví dụ cụ thể", "Ví dụ về quy định tại khoản 2 Điều 5 Kế hoạch 12/KH-UBND?"),
        ("cho vi du", "Ví dụ về quy định tại khoản 2 Điều 5 Kế hoạch 12/KH-UBND?"),
        ("Chi tiết hơn?", "Khoản 2 Điều 5 Kế hoạch 12/KH-UBND quy định cụ thể thế nào?"),
        ("noi ro hon", "Khoản 2 Điều 5 Kế hoạch 12/KH-UBND quy định cụ thể thế nào?"),
        ("điều đó có hiệu lực từ khi nào?", "Kế hoạch 12/KH-UBND có hiệu lực từ khi nào?"),
        ("dieu do co hieu luc tu khi nao", "Kế hoạch 12/KH-UBND co hieu luc tu khi nao"),
        ("Kế hoạch đó có hiệu lực từ khi nào?", "Kế hoạch 12/KH-UBND có hiệu lực từ khi nào?"),
        ("Văn bản này do ai ký?", "Kế hoạch 12/KH-UBND do ai ký?"),
        ("van ban nay do ai ky", "Kế hoạch 12/KH-UBND do ai ky"),
        ("khoản này có ngoại lệ không?", "khoản 2 Điều 5 Kế hoạch 12/KH-UBND có ngoại lệ không?"),
        ("Quy định đó có bắt buộc không?", "khoản 2 Điều 5 Kế hoạch 12/KH-UBND có bắt buộc không?"),
        ("thế còn kinh phí?", "Kinh phí thế nào (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?"),
        ("the con kinh phi", "Kinh phi thế nào (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?"),
        ("Còn thời hạn thì sao?", "Thời hạn thế nào (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?"),
        (
            "Thế còn tiền ăn của học viên thì chi theo mức nào?",
            "Tiền ăn của học viên thì chi theo mức nào (Kế hoạch 12/KH-UBND)?",
        ),
        ("Rồi ai kiểm tra?", "Ai kiểm tra (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?"),
        (
            "Phải nộp mấy bản?",
            "Phải nộp mấy bản (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?",
        ),
        (
            "ai chịu trách nhiệm việc này?",
            "ai chịu trách nhiệm việc này (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?",
        ),
        (
            "ai chiu trach nhiem viec nay",
            "ai chiu trach nhiem viec nay (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?",
        ),
        (
            "Việc đó phải hoàn thành khi nào?",
            "Việc đó phải hoàn thành khi nào (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?",
        ),
        ("Họ có được hỗ trợ không?", "Họ có được hỗ trợ không (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?"),
        ("Sau đó làm gì?", "Sau đó làm gì (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?"),
        (
            "Mức đó áp dụng từ năm nào?",
            "Mức đó áp dụng từ năm nào (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?",
        ),
        ("Nếu không nộp thì sao?", "Nếu không nộp thì sao (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?"),
        ("Ai ký?", "Ai ký (Kế hoạch 12/KH-UBND)?"),
        ("Kinh phí bao nhiêu?", "Kinh phí bao nhiêu (Kế hoạch 12/KH-UBND)?"),
        ("kinh phi bao nhieu", "kinh phi bao nhieu (Kế hoạch 12/KH-UBND)?"),
        ("Có hiệu lực từ khi nào?", "Có hiệu lực từ khi nào (Kế hoạch 12/KH-UBND)?"),
        ("Có ngoại lệ không?", "Có ngoại lệ không (Kế hoạch 12/KH-UBND)?"),
        ("Khi nào?", "Khi nào (cán bộ cấp tỉnh được đào tạo, Kế hoạch 12/KH-UBND)?"),
        ("Điều 7 thì sao?", "Điều 7 Kế hoạch 12/KH-UBND quy định gì?"),
        ("Còn Kế hoạch 68/KH-UBND thì sao?", "Cán bộ cấp tỉnh được đào tạo bao nhiêu buổi (theo Kế hoạch 68/KH-UBND)?"),
    ],
)
def test_a_follow_up_takes_what_it_leaves_out_from_the_turn_before(follow_up: str, expected: str) -> None:
    assert standalone(follow_up, [asked("Cán bộ cấp tỉnh được đào tạo bao nhiêu buổi?")]) == expected


@pytest.mark.parametrize(
    ("first", "follow_up", "expected"),
    [
        ("Mục tiêu năm 2026 là gì?", "thế còn năm 2027 thì sao", "Mục tiêu năm 2027 là gì?"),
        (
            "Nhiệm kỳ của thành viên nòng cốt AI là mấy năm?",
            "Còn tổ trưởng thì sao?",
            "Nhiệm kỳ của tổ trưởng nòng cốt AI là mấy năm?",
        ),
        (
            "Sáng kiến loại khá được thưởng bao nhiêu?",
            "còn loại xuất sắc?",
            "Sáng kiến loại xuất sắc được thưởng bao nhiêu?",
        ),
        ("Trách nhiệm của Sở Nội vụ là gì?", "Còn Sở Tài chính thì sao?", "Trách nhiệm của Sở Tài chính là gì?"),
        ("Sở Khoa học và Công nghệ chủ trì việc gì?", "Còn UBND cấp xã?", "UBND cấp xã chủ trì việc gì?"),
        (
            "Kế hoạch 68/KH-UBND có mục tiêu gì?",
            "Còn Kế hoạch 214/KH-UBND thì sao?",
            "Kế hoạch 214/KH-UBND có mục tiêu gì?",
        ),
        ("Học viên khóa cơ bản học mấy buổi?", "Còn khóa nâng cao?", "Học viên khóa nâng cao học mấy buổi?"),
    ],
)
def test_what_is_asked_about_anew_takes_the_place_of_its_like(first: str, follow_up: str, expected: str) -> None:
    assert standalone(follow_up, [asked(first)]) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Nghị định 13/2023/NĐ-CP quy định gì về dữ liệu cá nhân?",
        "Mức hỗ trợ học viên tham gia khóa đào tạo giảng viên nguồn là bao nhiêu?",
        "Nghỉ thai sản được bao nhiêu tháng?",
        "nghi thai san duoc bao nhieu thang",
        "Phở bò là gì?",
        "Luật Đất đai là gì?",
        "Tuyển sinh đại học năm nay thế nào?",
        "Chính sách hiện nay cho con em cán bộ thế nào?",
        "Đề án do cơ quan nào lập?",
        "de an do co quan nao lap",
        "Kế hoạch do ai ký?",
        "Mức hỗ trợ trên địa bàn tỉnh là bao nhiêu?",
        "Việc cấp thẻ căn cước cho trẻ em thế nào?",
        "Quy trình cấp giấy phép xây dựng?",
        "Cảm ơn",
    ],
)
def test_a_question_of_its_own_is_left_alone(question: str) -> None:
    assert standalone(question, [asked("Cán bộ cấp tỉnh được đào tạo bao nhiêu buổi?")]) == question


def test_the_first_question_is_left_alone() -> None:
    assert standalone("Còn cấp xã thì sao?", []) == "Còn cấp xã thì sao?"
