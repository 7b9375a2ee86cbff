"""What the library page says of documents that lack something."""

from dataclasses import replace
from datetime import date

from core.types import Document, Metadata, Validity, ValidityState
from ingest.metadata import read_metadata
from ingest.structure import find_sections
from tests.web.values import make_document
from web.library_view import document_html, documents_table, open_warnings

DRAFT = (
    "BỘ TÀI CHÍNH\nSố:    /2026/TT-BTC\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
    "Hà Nội, ngày   tháng   năm 2026\nTHÔNG TƯ\nVề phí\nĐiều 1. Mức phí\nMức phí là 100 đồng."
)
UNKNOWN = Validity(ValidityState.UNKNOWN)


def draft() -> Document:
    metadata, warnings = read_metadata(DRAFT, find_sections(DRAFT, (0,)))
    return replace(make_document(), metadata=metadata, warnings=(*warnings, "Trang 3 là ảnh quét."))


def test_a_document_that_lacks_something_is_marked_in_the_list_and_says_what() -> None:
    incomplete = draft()
    assert "cần bổ sung" in documents_table([(incomplete, UNKNOWN)])
    page = document_html(incomplete, UNKNOWN, ())
    assert "Số hiệu để trống" in page
    assert "Không tìm thấy ngày ban hành" in page


def test_what_was_asked_for_is_settled_once_it_is_filled_in_and_other_warnings_stay() -> None:
    filled = replace(draft().metadata, number="7/2026/TT-BTC", issued_on=date(2026, 3, 5))
    complete = replace(draft(), metadata=filled)
    assert open_warnings(complete) == ["Trang 3 là ảnh quét."]
    assert "cần bổ sung" not in documents_table([(complete, UNKNOWN)])


def test_a_field_emptied_by_hand_is_asked_for_again() -> None:
    emptied = replace(
        make_document(), metadata=Metadata(kind="Thông tư", number="7/2026/TT-BTC", issuer="Bộ Tài chính")
    )
    assert open_warnings(emptied) == ["Không tìm thấy ngày ban hành của văn bản. Hãy bổ sung ở mục thông tin văn bản."]


def test_office_place_and_field_are_shown() -> None:
    metadata = replace(
        make_document().metadata, signer="Lê Thị Hà", signer_title="PHÓ CHỦ TỊCH", place="Phú Thọ", domain="Nội <b>vụ"
    )
    page = document_html(replace(make_document(), metadata=metadata), UNKNOWN, ())
    assert "Lê Thị Hà, PHÓ CHỦ TỊCH" in page
    assert "Phú Thọ" in page
    assert "Nội &lt;b&gt;vụ" in page
