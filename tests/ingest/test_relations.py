"""What a document says that it does to others, and where it says so."""

from datetime import date

import pytest

from core.types import Metadata, Relation, RelationKind
from ingest.metadata import read_metadata
from ingest.structure import find_sections

HEAD = """CHÍNH PHỦ
Số: 12/2026/NĐ-CP
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Hà Nội, ngày 02 tháng 02 năm 2026
NGHỊ ĐỊNH
"""


def _read(title: str, body: str) -> tuple[str, Metadata]:
    text = f"{HEAD}{title}\nCăn cứ Luật Dữ liệu số 60/2024/QH15;\n{body}"
    return text, read_metadata(text, find_sections(text, (0,)))[0]


def _stated(body: str, title: str = "Về dữ liệu mở") -> list[tuple[str, str, str]]:
    _, metadata = _read(title, body)
    return [(r.kind.value, r.target, r.scope) for r in metadata.relations if r.kind is not RelationKind.BASED_ON]


def _only(body: str, title: str = "Về dữ liệu mở") -> tuple[str, Relation]:
    text, metadata = _read(title, body)
    (relation,) = [r for r in metadata.relations if r.kind is not RelationKind.BASED_ON]
    assert relation.span
    return text[relation.span.start : relation.span.end], relation


def test_points_of_an_amending_clause_take_document_and_article_from_above() -> None:
    assert _stated(
        "Điều 1. Sửa đổi, bổ sung một số điều của Nghị định số 5/2020/NĐ-CP\n"
        "1. Sửa đổi, bổ sung một số khoản của Điều 13 như sau:\na) Sửa đổi khoản 1 như sau:\n“1. Mới.”.\n"
        "b) Bổ sung các khoản 5 và 6 vào sau khoản 4 như sau:\n“5. Thêm.\n6. Thêm nữa.”.\n"
        "2. Điều 3 được bổ sung khoản 12 như sau:\n“12. Nữa.”.\nĐiều 2. Hiệu lực\nNghị định này có hiệu lực từ ngày ký."
    ) == [
        ("amends", "5/2020/NĐ-CP", ""),
        ("amends", "5/2020/NĐ-CP", "khoản 1 Điều 13"),
        ("amends", "5/2020/NĐ-CP", "khoản 5 Điều 13"),
        ("amends", "5/2020/NĐ-CP", "khoản 6 Điều 13"),
        ("amends", "5/2020/NĐ-CP", "khoản 12 Điều 3"),
    ]


def test_new_wording_states_no_relations_of_its_own() -> None:
    assert _stated(
        "Điều 1. Sửa đổi khoản 2 Điều 16 của Nghị định số 5/2020/NĐ-CP như sau:\n"
        "“2. Nghị định này thay thế Nghị định số 9/2010/NĐ-CP.\n3. Bãi bỏ Điều 4 Nghị định số 8/2010/NĐ-CP.”.\n"
        "Điều 2. Hiệu lực\nNghị định này có hiệu lực từ ngày ký."
    ) == [("amends", "5/2020/NĐ-CP", "khoản 2 Điều 16")]


def test_a_list_of_provisions_and_documents_that_expire() -> None:
    assert _stated(
        "Điều 1. Tên\nNội dung.\nĐiều 2. Hiệu lực\n1. Nghị định này có hiệu lực từ ngày ký.\n"
        "2. Các quy định sau đây hết hiệu lực kể từ ngày Nghị định này có hiệu lực thi hành:\n"
        "a) Điều 11; khoản 1 Điều 12 của Nghị định số 5/2020/NĐ-CP;\n"
        "b) Nghị định số 6/2020/NĐ-CP về sửa đổi Nghị định số 7/2015/NĐ-CP;\n"
        "c) Các điều của Nghị định số 8/2020/NĐ-CP, bao gồm:\nc1) Điều 4, trừ khoản 2;\nc2) Phụ lục II."
    ) == [
        ("repeals", "5/2020/NĐ-CP", "Điều 11"),
        ("repeals", "5/2020/NĐ-CP", "khoản 1 Điều 12"),
        ("repeals", "6/2020/NĐ-CP", ""),
        ("repeals", "8/2020/NĐ-CP", "Điều 4"),
        ("repeals", "8/2020/NĐ-CP", "Phụ lục II"),
    ]


def test_provisions_of_the_next_document_are_not_those_of_the_one_before() -> None:
    assert _stated(
        "Điều 1. Tên\nNội dung.\nĐiều 2. Hiệu lực\nBãi bỏ Điều 2 của Luật số 34/2009/QH12 sửa đổi Điều 126 "
        "của Luật Nhà "
        "ở; Điều 4 của Luật số 38/2009/QH12; các quy định về trưng dụng trong Luật Trưng mua số 15/2008/QH12."
    ) == [
        ("repeals", "34/2009/QH12", "Điều 2"),
        ("repeals", "38/2009/QH12", "Điều 4"),
        ("repeals", "15/2008/QH12", "các quy định về trưng dụng"),
    ]


def test_replacing_words_amends_the_provisions_that_hold_them() -> None:
    assert _stated(
        "Điều 1. Sửa đổi\n1. Thay thế cụm từ “bản “gốc” cũ” bằng cụm từ “bản mới” tại khoản 3 Điều 19 và "
        "điểm a khoản 1 "
        "Điều 20 của Nghị định số 5/2020/NĐ-CP đã được sửa đổi theo Nghị định số 6/2022/NĐ-CP.\n"
        "2. Bãi bỏ một số điều của Nghị định số 7/2020/NĐ-CP."
    ) == [
        ("amends", "5/2020/NĐ-CP", "khoản 3 Điều 19"),
        ("amends", "5/2020/NĐ-CP", "điểm a khoản 1 Điều 20"),
        ("amends", "7/2020/NĐ-CP", ""),
    ]


def test_two_acts_of_one_sentence() -> None:
    assert _stated(
        "Điều 1. Tên\nNội dung.\nĐiều 2. Nghị định này có hiệu lực từ ngày ký, thay thế Nghị định số "
        "5/2020/NĐ-CP và bãi "
        "bỏ khoản 2 Điều 3 Nghị định số 6/2020/NĐ-CP."
    ) == [("replaces", "5/2020/NĐ-CP", ""), ("repeals", "6/2020/NĐ-CP", "khoản 2 Điều 3")]


def test_the_sentence_that_states_a_relation_can_be_quoted() -> None:
    said = "Nghị định số 5/2020/NĐ-CP hết hiệu lực kể từ ngày 01 tháng 7 năm 2027, trừ khoản 2 Điều 9."
    quote, relation = _only(f"Điều 1. Tên\nNội dung.\nĐiều 2. Hiệu lực\nNghị định này có hiệu lực từ ngày ký. {said}")
    assert quote == said
    assert (relation.effective_on, relation.exception) == (date(2027, 7, 1), "khoản 2 Điều 9")


def test_an_item_is_quoted_with_the_head_of_its_list() -> None:
    text, metadata = _read(
        "Về dữ liệu",
        "Điều 1. Tên\nNội dung.\nĐiều 2. Hiệu lực\n1. Nghị định này bãi bỏ các Nghị định sau:\n"
        "a) Nghị định số 5/2020/NĐ-CP;\nb) Nghị định số 6/2020/NĐ-CP.",
    )
    spans = [r.span for r in metadata.relations if r.kind is RelationKind.REPEALS]
    quotes = [text[span.start : span.end] for span in spans if span]
    assert all(quote.startswith("Nghị định này bãi bỏ") for quote in quotes)
    assert [quote[-14:] for quote in quotes] == [" 5/2020/NĐ-CP;", " 6/2020/NĐ-CP."]


def test_what_an_article_with_its_own_day_does_counts_from_that_day() -> None:
    text = (
        "Điều 1. Bãi bỏ Điều 4 Nghị định số 5/2020/NĐ-CP\nBãi bỏ Điều 4 Nghị định số 5/2020/NĐ-CP.\nĐiều 2. Hiệu lực\n"
        "1. Nghị định này có hiệu lực từ ngày 01 tháng 3 năm 2026, trừ khoản 2 Điều này.\n"
        "2. Quy định tại Điều 1 Nghị định này có hiệu lực thi hành từ ngày 01 tháng 01 năm 2027."
    )
    assert _only(text)[1].effective_on == date(2027, 1, 1)


@pytest.mark.parametrize("number", ["", " số 60/2024/QH15"])
def test_the_article_on_scope_names_the_provisions_that_are_detailed(number: str) -> None:
    assert _stated(
        f"Điều 1. Phạm vi\nNghị định này quy định chi tiết khoản 2, khoản 3 Điều 2; Điều 35 Luật Dữ "
        f"liệu{number} và quy "
        "định các biện pháp thi hành.\nĐiều 2. Tên\nNội dung theo khoản 9 Điều 9 Luật Dữ liệu.",
        title="Quy định chi tiết một số điều của Luật Dữ liệu",
    ) == [
        ("guides", "60/2024/QH15", ""),
        ("guides", "60/2024/QH15", "khoản 2 Điều 2"),
        ("guides", "60/2024/QH15", "khoản 3 Điều 2"),
        ("guides", "60/2024/QH15", "Điều 35"),
    ]


def test_a_law_without_a_number_keeps_the_year_that_tells_it_from_its_successor() -> None:
    quote, relation = _only("Điều 1. Tên\nNội dung.\nĐiều 2. Bãi bỏ Điều 5 của Luật Xây dựng năm 2014.")
    assert (relation.kind, relation.target, relation.scope) == (
        RelationKind.REPEALS,
        "Luật Xây dựng năm 2014",
        "Điều 5",
    )
    assert quote == "Bãi bỏ Điều 5 của Luật Xây dựng năm 2014."


def test_an_announced_extension_is_a_relation() -> None:
    assert _stated(
        "Điều 1. Công bố Nghị định số 24/2016/NĐ-CP, được sửa đổi bởi Nghị định số 14/2025/NĐ-CP, tiếp tục "
        "có hiệu lực thi "
        "hành.\nĐiều 2. Nghị định này có hiệu lực từ ngày ký."
    ) == [("extends", "24/2016/NĐ-CP", "")]


@pytest.mark.parametrize(
    "sentence",
    [
        "Bổ sung trường hợp thu hồi đất quy định tại Điều 79 Luật Đất đai.",
        "Chính phủ đã ban hành Nghị định số 126/2024/NĐ-CP, thay thế Nghị định số 45/2010/NĐ-CP.",
        "Khi Nghị định số 5/2020/NĐ-CP hết hiệu lực thì áp dụng Nghị định này.",
        "Hồ sơ nộp trước ngày Nghị định này có hiệu lực thì theo Nghị định số 5/2020/NĐ-CP.",
        "Nghị định này quy định việc thực hiện Nghị định số 5/2020/NĐ-CP thay thế Nghị định số 6/2010/NĐ-CP.",
        "Các quy định trước đây trái với Nghị định này đều bãi bỏ.",
    ],
)
def test_what_is_told_of_others_is_no_act(sentence: str) -> None:
    assert _stated(f"Điều 1. Tên\n1. {sentence}\n2. Nội dung khác.") == []


def test_a_party_document_is_based_on_what_it_carries_out() -> None:
    text = (
        "BAN CHẤP HÀNH TRUNG ƯƠNG\nVĂN PHÒNG\nSố 36-HD/VPTW\nĐẢNG CỘNG SẢN VIỆT NAM\nHà Nội, ngày 03 tháng 4 năm 2018\n"
        "HƯỚNG DẪN\nvề thể thức\nThực hiện Quy định số 66-QĐ/TW, ngày 06/02/2017 của Ban Bí thư;\nI- "
        "CHUNG\n1. Nội dung.\n"
        "2. Hướng dẫn này có hiệu lực từ ngày ký, thay thế Hướng dẫn số 11-HD/VPTW và Công văn số 2587-CV/VPTW/nb."
    )
    metadata = read_metadata(text, find_sections(text, (0,)))[0]
    assert [(r.kind.value, r.target) for r in metadata.relations] == [
        ("based_on", "66-QĐ/TW"),
        ("replaces", "11-HD/VPTW"),
        ("replaces", "2587-CV/VPTW/nb"),
    ]
