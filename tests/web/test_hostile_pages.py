"""Hostile documents and an obedient chat model, seen in a real browser; and a follow-up as it was understood."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.answering.conftest import MODEL, ChatServer, chat_server  # noqa: F401 (the fixture)
from tests.answering.hostile_documents import ATTACKS, FORBIDDEN_TAGS, QUESTION, TRUTH
from tests.web.conftest import Server
from tests.web.test_pages import ask

_IN_PAGE = {"markdown image", "html handler", "html script", "javascript link", "data address", "html button", "svg"}


def test_a_hostile_document_and_a_model_that_obeys_it_bring_nothing_into_the_page(
    start_server: Callable[..., Server],
    chat_server: ChatServer,  # noqa: F811
    open_page: Callable[..., Page],
):
    attacks = [attack for attack in ATTACKS if attack.name in _IN_PAGE]
    files = {f"{number}.txt": attack.body(number) for number, attack in enumerate(attacks, start=100)}
    server = start_server(
        host="127.0.0.1",
        embedding_model="none",
        files=files,
        CHAT_BASE_URL=f"{chat_server.url}/v1",
        CHAT_MODEL=MODEL,
    )
    page = open_page(server.url)
    page.on("dialog", lambda dialog: (_ for _ in ()).throw(AssertionError(dialog.message)))
    for text, demands in ((f"{TRUTH} [1]", []), ("", [attack.demand for attack in attacks])):
        chat_server.says(text, demands=demands)
        page.goto(server.url)
        ask(page, QUESTION)
        expect(page.locator(".answer-text").last).to_contain_text("900.000 đồng")
        page.locator(".answer .cite").first.click()
        expect(page.locator("#evidence mark").first).to_contain_text("900.000 đồng")
        for area in (".answer", "#evidence"):
            for tag in FORBIDDEN_TAGS:
                assert page.locator(f"{area} {tag}").count() == 0
            for link in page.locator(f"{area} a").all():
                assert (link.get_attribute("href") or "").startswith("/van-ban/")


def test_a_follow_up_shows_how_it_was_understood(local_server: Server, open_page: Callable[..., Page]):
    page = open_page(local_server.url)
    ask(page, "Tổ trưởng tổ nòng cốt được hỗ trợ bao nhiêu mỗi tháng?")
    expect(page.locator(".reading")).to_have_count(0)
    ask(page, "Còn thành viên thì sao?")
    expect(page.locator(".reading")).to_have_text("Đã hiểu là: Thành viên tổ nòng cốt được hỗ trợ bao nhiêu mỗi tháng?")
    expect(page.locator(".answer-text").last).to_contain_text("650.000 đồng")
