"""The three pages in a real browser, doing what each person does."""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Server
from web.feedback import Feedback

OpenPage = Callable[..., Page]


def ask(page: Page, question: str) -> None:
    answered = page.locator(".actions").count()
    page.get_by_role("textbox", name="Câu hỏi").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".actions")).to_have_count(answered + 1, timeout=60_000)


def open_library(page: Page) -> None:
    page.get_by_role("tab", name="Kho văn bản").click()
    expect(page.locator("#documents table")).to_be_visible()


def upload(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("Chọn tệp để thêm")).click()
    chooser.value.set_files(path)
    ended = page.locator("#queue tr", has_text=path.name).locator(".badge-good, .badge-bad")
    expect(ended.first).to_be_visible(timeout=120_000)


def test_badge_tells_when_the_model_is_loaded(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url)
    expect(page.locator("#header .badge")).to_have_text("Sẵn sàng", timeout=60_000)
    assert page.locator("html").get_attribute("lang") == "vi"


def test_official_asks_opens_a_citation_and_gives_a_thumb(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url)
    ask(page, "Thành viên tổ nòng cốt được hỗ trợ bao nhiêu mỗi tháng?")
    expect(page.locator(".answer-text")).to_contain_text("650.000 đồng")

    page.locator(".answer .cite").first.click()
    expect(page.locator("#evidence mark")).to_contain_text("650.000 đồng mỗi tháng")
    expect(page.locator("#evidence .provision")).to_contain_text("Mức hỗ trợ hằng tháng")
    expect(page.locator("#evidence .evidence-where")).to_contain_text("Điều 2")
    expect(page.locator("#evidence .badge")).to_be_visible()

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Mở toàn văn").click()
    whole = opened.value
    expect(whole.locator("mark#trich")).to_contain_text("650.000 đồng mỗi tháng")
    expect(whole.locator("mark#trich")).to_be_in_viewport()
    expect(whole.locator("article.text")).to_contain_text("Hiệu lực thi hành")

    page.get_by_role("button", name="Hữu ích").click()
    expect(page.get_by_text("Đã ghi nhận đánh giá")).to_be_visible()
    judgement = Feedback(local_server.data_dir / "feedback.sqlite").judgements()[0]
    assert judgement.helpful
    assert judgement.question == "Thành viên tổ nòng cốt được hỗ trợ bao nhiêu mỗi tháng?"
    assert "650.000 đồng" in judgement.answer
    assert any("12/2026/QĐ-UBND" in citation for citation in judgement.citations)


def test_copied_answer_holds_the_quote_and_its_provision(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url)
    ask(page, "Hồ sơ đề nghị hỗ trợ nộp trước ngày nào?")
    page.get_by_role("button", name="Sao chép").click()
    expect(page.get_by_role("button", name="Đã sao chép")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "ngày 10 hằng tháng" in copied
    assert re.search(r"\[1\] .*Điều 3.*12/2026/QĐ-UBND", copied)


def test_question_the_library_cannot_answer_looks_different_and_names_documents(
    local_server: Server, open_page: OpenPage
):
    page = open_page(local_server.url)
    ask(page, "Giá vé tàu cao tốc từ Hà Nội đi Vinh là bao nhiêu?")
    abstained = page.locator(".answer-abstained")
    expect(abstained).to_be_visible()
    expect(abstained.locator(".cite")).to_have_count(0)
    expect(abstained.locator(".nearest a").first).to_be_visible()


def test_refused_question_comes_back_into_its_box(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url)
    long_question = "Mức hỗ trợ là bao nhiêu? " * 400
    page.get_by_role("textbox", name="Câu hỏi").fill(long_question)
    page.keyboard.press("Enter")
    expect(page.locator("#conversation [role=alert]")).to_be_visible()
    expect(page.get_by_role("textbox", name="Câu hỏi")).to_have_value(long_question.strip())


def test_example_questions_come_from_the_library_and_are_asked_with_one_click(
    local_server: Server, open_page: OpenPage
):
    page = open_page(local_server.url)
    example = page.locator("#examples button").first
    question = example.inner_text()
    assert re.search(r"12/2026/QĐ-UBND|45/KH-UBND", question)
    example.click()
    expect(page.locator(".actions")).to_have_count(1, timeout=60_000)
    expect(page.locator(".question")).to_contain_text(question)
    expect(page.locator("#examples button")).to_have_count(0)


def test_follow_up_keeps_the_conversation_and_starting_over_clears_it(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url)
    ask(page, "Tổ trưởng tổ nòng cốt được hỗ trợ bao nhiêu mỗi tháng?")
    ask(page, "Còn người hướng dẫn thì sao?")
    expect(page.locator(".question")).to_have_count(2)
    page.get_by_role("button", name="Cuộc trò chuyện mới").click()
    expect(page.locator(".question")).to_have_count(0)
    expect(page.locator("#examples button").first).to_be_visible()


def test_page_is_used_by_keyboard_alone(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url)
    expect(page.locator("#examples button").first).to_be_visible()
    ask(page, "Tổ trưởng tổ nòng cốt được hỗ trợ bao nhiêu mỗi tháng?")
    cite = page.locator(".answer .cite").last
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if cite.evaluate("cite => cite === document.activeElement"):
            break
    else:
        pytest.fail("the citation cannot be reached with the Tab key")
    assert cite.evaluate("cite => getComputedStyle(cite).outlineStyle") != "none"
    page.keyboard.press("Enter")
    expect(page.locator("#evidence mark")).to_contain_text("900.000 đồng")
    assert page.locator("[aria-live=polite]").filter(has=page.locator(".answer")).count() == 1


def test_date_option_refuses_what_is_no_date(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url)
    page.get_by_role("button", name="Tùy chọn tìm kiếm").click()
    page.get_by_label("Xét hiệu lực tại ngày").fill("hôm qua")
    page.get_by_role("textbox", name="Câu hỏi").fill("Mức hỗ trợ là bao nhiêu?")
    page.keyboard.press("Enter")
    expect(page.locator("#conversation [role=alert]")).to_contain_text("31/12/2025")


def test_administrator_adds_corrects_asks_about_and_removes_a_document(
    local_server: Server, open_page: OpenPage, word_file: Path
):
    page = open_page(local_server.url)
    open_library(page)
    upload(page, word_file)
    expect(page.locator("#queue")).to_contain_text("77/2026/QĐ-UBND")
    expect(page.locator("#documents")).to_contain_text("77/2026/QĐ-UBND")

    page.get_by_label("Tìm trong kho").fill("77/2026")
    expect(page.locator("#documents tbody tr")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Xem Quyết định 77")).click()
    expect(page.locator("#document .tree")).to_contain_text("Giải thưởng")
    # The file names no issuer: the form stands open and asks for it.
    page.get_by_label("Chỉ văn bản cần bổ sung").check()
    expect(page.locator("#documents tbody tr")).to_have_count(1)
    page.get_by_label("Cơ quan ban hành – cần bổ sung").fill("Ủy ban nhân dân Tỉnh Thử Nghiệm")
    page.get_by_label("Người ký").fill("Nguyễn Thị <b>Thử</b>")
    page.get_by_label("Có hiệu lực từ ngày").fill("10/03/2026")
    page.get_by_role("button", name="Lưu thông tin").click()
    expect(page.locator("#document table")).to_contain_text("Nguyễn Thị <b>Thử</b>")
    expect(page.locator("#document table")).to_contain_text("10/03/2026")
    expect(page.locator("#document")).not_to_contain_text("Không tìm thấy")
    expect(page.locator("#documents tbody tr")).to_have_count(0)
    page.get_by_label("Chỉ văn bản cần bổ sung").uncheck()

    page.get_by_role("tab", name="Hỏi đáp").click()
    ask(page, "Giải nhì của cuộc thi sáng kiến trị giá bao nhiêu?")
    expect(page.locator(".answer-text")).to_contain_text("12.500.000 đồng")

    open_library(page)
    page.get_by_role("button", name="Xóa khỏi kho…").click()
    expect(page.locator("#remove-warning")).to_contain_text("77/2026/QĐ-UBND")
    page.get_by_role("button", name="Xóa hẳn").click()
    expect(page.locator("#library-report")).to_contain_text("Đã xóa")
    page.get_by_label("Tìm trong kho").fill("")
    expect(page.locator("#documents tbody tr")).to_have_count(2)
    kept = {path.name for path in (local_server.data_dir / "files").iterdir()}
    assert sha256(word_file.read_bytes()).hexdigest() not in kept


def test_bad_file_is_reported_with_its_reason_and_the_rest_is_taken(
    local_server: Server, open_page: OpenPage, tmp_path: Path
):
    bad = tmp_path / "hong.pdf"
    bad.write_bytes(b"%PDF-1.7 khong phai PDF")
    page = open_page(local_server.url)
    open_library(page)
    upload(page, bad)
    expect(page.locator("#queue tr", has_text="hong.pdf").locator(".message-bad")).to_contain_text("PDF bị hỏng")


def test_queue_tells_what_happens_to_a_file_and_is_steered(local_server: Server, open_page: OpenPage, tmp_path: Path):
    bad = tmp_path / "khong-doc-duoc.pdf"
    bad.write_bytes(b"%PDF-1.7 khong doc duoc")
    page = open_page(local_server.url, width=390, height=844)
    open_library(page)
    upload(page, bad)
    expect(page.locator("#upload-report .message")).to_have_text(re.compile("^Đã nhận 1 tệp vào hàng đợi"))
    row = page.locator("#queue tr", has_text=bad.name)
    row.get_by_role("button", name="Nhật ký").click()
    log = page.locator("#queue-log li")
    expect(log).to_have_text([re.compile(text) for text in ("Đã nhận vào hàng đợi", "Bắt đầu đọc", "PDF bị hỏng")])
    row.get_by_role("button", name="Thử lại").click()
    expect(log.filter(has_text="Được yêu cầu thử lại")).to_be_visible()
    expect(row.locator(".badge-bad")).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    another = open_page(local_server.url)  # another administrator sees the same, and what this one does
    open_library(another)
    expect(another.locator("#queue tr", has_text=bad.name)).to_be_visible()
    page.get_by_role("button", name="Dọn các tệp đã kết thúc").click()
    expect(another.locator("#queue tr")).to_have_count(0)
    expect(page.locator("#queue tr")).to_have_count(0)


def test_markup_inside_a_document_is_shown_never_run(local_server: Server, open_page: OpenPage, tmp_path: Path):
    hostile = tmp_path / "doc-hai.txt"
    hostile.write_text(
        "THÔNG BÁO\nSố: 91/TB-UBND\nVề việc <img src=x onerror=window.hacked=1> lịch trực\n\n"
        "Điều 1. Lịch trực phòng máy chủ\n"
        "Ca trực phòng máy chủ <img src=x onerror=window.hacked=1> bắt đầu lúc 06 giờ 30 phút "
        "[bấm](javascript:window.hacked=1) <script>window.hacked=1</script>.\n",
        encoding="utf-8",
    )
    page = open_page(local_server.url)
    open_library(page)
    upload(page, hostile)
    page.locator("#documents tr", has_text="91/TB-UBND").get_by_role("button").click()
    expect(page.locator("#document .tree")).to_contain_text("Điều 1")
    page.get_by_role("tab", name="Hỏi đáp").click()
    ask(page, "Ca trực phòng máy chủ bắt đầu lúc mấy giờ?")
    expect(page.locator(".answer-text")).to_contain_text("<img src=x onerror=window.hacked=1>")
    page.locator(".answer .cite").first.click()
    expect(page.locator("#evidence mark")).to_contain_text("<img src=x")
    assert page.locator(".answer img, #evidence img, .answer-text a, #documents img, #document img").count() == 0
    assert page.evaluate("window.hacked") is None
    open_library(page)
    page.get_by_role("button", name="Xóa khỏi kho…").click()
    page.get_by_role("button", name="Xóa hẳn").click()
    expect(page.locator("#library-report")).to_contain_text("Đã xóa")


def test_trainer_makes_takes_and_downloads_a_quiz(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url)
    page.get_by_role("tab", name="Tập huấn").click()
    page.get_by_label("Văn bản (chọn một hoặc nhiều)").click()
    page.get_by_role("option").filter(has_text="12/2026/QĐ-UBND").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Soạn câu hỏi").click()
    expect(page.locator("#material blockquote").first).to_be_visible(timeout=60_000)
    key = page.locator("#material ol > li").first.locator(".key").inner_text().split("Đáp án:")[-1].strip(" ✓\n")

    page.get_by_role("button", name="Làm bài").click()
    form = page.locator("#material form")
    expect(form).to_be_visible()
    assert page.locator("#material .key, #material blockquote").count() == 0
    first = form.locator("fieldset").first
    first.locator("label").filter(has_text=re.compile(f"^\\s*{re.escape(key)}\\s*$")).locator("input").check()
    page.get_by_role("button", name="Nộp bài").click()
    result = page.locator("#material .message-good")
    expect(result).to_contain_text(re.compile(r"1/\d+ câu đúng"))
    expect(page.locator("#material li").first).to_contain_text("Theo ")

    for link, beginning in (("DOCX", b"PK"), ("GIFT", None)):
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile(link)).click()
        content = Path(download.value.path()).read_bytes()
        assert content.startswith(beginning) if beginning else "{" in content.decode("utf-8")


def test_trainer_makes_an_outline_for_a_topic(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url)
    page.get_by_role("tab", name="Tập huấn").click()
    page.get_by_label("Hoặc chủ đề").fill("tập huấn kỹ năng trí tuệ nhân tạo cho cán bộ cấp xã")
    page.get_by_role("button", name="Lập đề cương").click()
    outline = page.locator("#material .outline")
    expect(outline).to_contain_text("45/KH-UBND", timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("DOCX")).click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")


def test_nothing_scrolls_sideways_on_a_phone(local_server: Server, open_page: OpenPage):
    page = open_page(local_server.url, width=390, height=844)

    def expect_fitting() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    expect(page.locator("#examples button").first).to_be_visible()
    expect_fitting()
    ask(page, "Hồ sơ đề nghị hỗ trợ gồm những gì?")
    page.locator(".answer .cite").first.click()
    expect(page.locator("#evidence mark").first).to_be_in_viewport()
    expect_fitting()
    open_library(page)
    page.get_by_role("button", name=re.compile("^Xem Quyết định 12")).click()
    expect(page.locator("#document .tree")).to_be_visible()
    expect_fitting()
    page.get_by_role("tab", name="Tập huấn").click()
    expect_fitting()
