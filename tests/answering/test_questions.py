"""What a question asks for, typed with and without diacritics."""

import pytest

from answering.questions import QuestionKind, content_words, question_kind
from core.text import fold_diacritics

ASKED = [
    ("Mức hỗ trợ giảng viên là bao nhiêu?", QuestionKind.QUANTITY),
    ("Khi nào phải nộp báo cáo?", QuestionKind.TIME),
    ("Những cơ quan nào phối hợp thực hiện?", QuestionKind.LIST),
    ("Ban Chỉ đạo gồm những ai?", QuestionKind.LIST),
    ("Lực lượng nòng cốt AI là gì?", QuestionKind.DEFINITION),
    ("Cơ quan nào thẩm định hồ sơ?", QuestionKind.WHO),
    ("Viên chức có được cử đi học không?", QuestionKind.YES_NO),
    ("So sánh mục tiêu của hai kế hoạch", QuestionKind.COMPARISON),
    ("Bao lâu có chứng nhận, KH 214 so với KH 68 cái nào nhanh hơn?", QuestionKind.COMPARISON),
    ("Mức hỗ trợ tăng từ bao nhiêu lên bao nhiêu giữa hai nghị quyết?", QuestionKind.COMPARISON),
    ("Kế hoạch này còn hiệu lực không?", QuestionKind.VALIDITY),
    ("Có được nhận hỗ trợ hai lần không, theo Quy chế?", QuestionKind.YES_NO),
    ("Có bao nhiêu lớp được mở không thu phí?", QuestionKind.QUANTITY),
    ("Lớp học tổ chức ở đâu?", QuestionKind.PLACE),
    ("Vì sao phải tạm dừng hỗ trợ?", QuestionKind.REASON),
    ("Theo Quy chế, ai có quyền công nhận thành viên?", QuestionKind.WHO),
    ("Điều 7 Quy chế", QuestionKind.OTHER),
]


@pytest.mark.parametrize(("question", "kind"), ASKED)
def test_kind_is_read_with_and_without_diacritics(question: str, kind: QuestionKind) -> None:
    assert question_kind(question) is kind
    assert question_kind(fold_diacritics(question)) is kind


def test_function_words_carry_nothing() -> None:
    assert content_words("Mức hỗ trợ là bao nhiêu?") == ["mức", "hỗ", "trợ"]
