import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.references import cite_provision, joint_label
from training.wording import comparable, holds, is_catch_all, is_self_contained, likeness, tidy


@pytest.mark.parametrize(
    "sentence",
    [
        "Mỗi lớp có không quá 40 học viên.",
        "Nghị định này có hiệu lực từ ngày 01 tháng 7 năm 2026.",
        "Tổ công nghệ số (sau đây gọi là Tổ) hỗ trợ người dân.",
    ],
)
def test_whole_sentences_stand_alone(sentence: str) -> None:
    assert is_self_contained(sentence)


@pytest.mark.parametrize(
    "fragment",
    [
        "Các trường hợp nêu trên phải báo cáo trong 03 ngày.",
        "Thời hạn quy định tại khoản này là 05 ngày.",
        "Tuy nhiên, thời hạn không quá 10 ngày.",
        "sau đó, cứ mỗi năm tăng thêm 03 tháng",
        "Đối với hồ sơ, tài liệu khác: trong thời hạn 01 năm",
        "Họ và tên: ........................",
        "Thông báo khi phát hiện người mất tích...",
        "“Mỗi lớp có không quá 35 học viên",
        "1 | Thuê hạ tầng | 420",
        "SO SÁNH KẾT QUẢ VỚI CHỈ TIÊU NĂM 2026",
    ],
)
def test_fragments_do_not(fragment: str) -> None:
    assert not is_self_contained(fragment)


def test_catch_all_items_fit_any_list() -> None:
    assert is_catch_all("Các hành vi khác theo quy định của pháp luật")
    assert not is_catch_all("Xử lý dữ liệu cá nhân trái quy định")


@given(st.text())
def test_tidying_twice_equals_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.text(), st.text())
def test_likeness_is_a_share_and_symmetric(first: str, second: str) -> None:
    assert 0 <= likeness(first, second) <= 1
    assert likeness(first, second) == likeness(second, first)


def test_options_are_compared_without_form() -> None:
    assert comparable("05 Ngày làm việc.") == comparable("5 ngày  làm việc")
    assert comparable("Uỷ ban hoà giải") == comparable("ủy ban hòa giải")
    assert holds("trong thời hạn 05 ngày", "5 ngày") and not holds("trong 15 ngày", "5 ngày")


def test_provisions_are_cited_as_officials_do() -> None:
    assert cite_provision("khoản 2 Điều 5", "Nghị định 13/2023/NĐ-CP") == "khoản 2 Điều 5 Nghị định 13/2023/NĐ-CP"
    assert (
        cite_provision("Điều 5 Quy chế", "Quyết định 31/2025/QĐ-UBND")
        == "Điều 5 Quy chế kèm theo Quyết định 31/2025/QĐ-UBND"
    )
    assert cite_provision("", "Kế hoạch 4/KH-UBND") == "Kế hoạch 4/KH-UBND"
    assert joint_label("khoản 1 Điều 2", "khoản 4 Điều 2") == "khoản 1 đến khoản 4 Điều 2"
    assert joint_label("Mục I", "Mục I") == "Mục I"
