"""Copies and versions as the administrator decides on them in the browser."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.web.conftest import DECISION, Server


def test_a_copy_is_shown_beside_its_document_and_may_lead(
    local_server: Server, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    copy = tmp_path / "ban-quet-lai.md"
    copy.write_text(DECISION.replace("hằng tháng", "mỗi tháng", 1), encoding="utf-8")
    page = open_page(local_server.url)
    page.get_by_role("tab", name="Kho văn bản").click()
    page.locator("#upload input[type=file], input[type=file]").first.set_input_files(copy)
    expect(page.locator("#queue tr", has_text=copy.name)).to_contain_text("Trùng với", timeout=30_000)
    page.locator("#documents button[aria-label*='12/2026']").click()
    relatives = page.locator("#relatives")
    expect(relatives).to_contain_text("Bản sao của cùng văn bản")
    expect(relatives).to_contain_text("Tải tệp gốc")
    leads_first = "(ban-quet-lai.md)" in relatives.inner_text()
    relatives.locator("button[data-action=lead]").click()
    expect(relatives).to_contain_text("(quyet-dinh-12.md)" if leads_first else "(ban-quet-lai.md)")
    relatives.locator("summary", has_text="Xóa bản này").click()
    relatives.locator("button[data-action=forget]").click()
    expect(relatives).not_to_contain_text("Bản sao của")
    page.get_by_role("button", name="Bảo trì kho").click()
    page.locator("#verify").click()
    expect(page.locator("#upkeep")).to_contain_text("Kho nguyên vẹn")
    page.locator("#rebuild").click()
    expect(page.locator("#upkeep")).to_contain_text("Đã lập lại chỉ mục")


def test_the_original_is_downloaded_and_never_shown(local_server: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(local_server.url)
    page.get_by_role("tab", name="Kho văn bản").click()
    page.locator("#documents button[aria-label*='45/KH']").click()
    address = page.locator("#relatives a", has_text="Tải tệp gốc").get_attribute("href")
    answer = page.request.get(f"{local_server.url}{address}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "Mở 24 lớp tập huấn" in answer.text()
    assert page.request.get(f"{local_server.url}/tep-goc/khong-co").status == 404
