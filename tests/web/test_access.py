"""Who may what: over HTTP as a script would try it, and in the browser as people do."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import START_TIMEOUT_S, Server, run_app
from web.access import is_loopback
from web.accounts import Accounts, Role

PASSWORD = "mat-khau-du-dai"


@pytest.fixture(scope="module")
def accounts(guarded_server: Server) -> Accounts:
    accounts = Accounts(guarded_server.data_dir / "accounts.sqlite")
    accounts.add("can-bo", PASSWORD, Role.OFFICIAL)
    accounts.add("giang-vien", PASSWORD, Role.TRAINER)
    accounts.add("quan-tri", PASSWORD, Role.ADMINISTRATOR)
    return accounts


@pytest.fixture
def client(guarded_server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded_server.url, timeout=60, trust_env=False) as client:
        yield client


def sign_in(client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/dang-nhap", data={"ten": name, "mat_khau": password})


def call(client: httpx.Client, api_name: str, *values: object) -> str:
    """What Gradio's API says to a call of a handler, as its event stream."""
    started = client.post(f"/gradio_api/call/{api_name}", json={"data": list(values)})
    assert started.status_code == 200, started.text
    return client.get(f"/gradio_api/call/{api_name}/{started.json()['event_id']}").text


def open_signed_in(guarded_server: Server, open_page: Callable[..., Page], name: str) -> Page:
    page = open_page(guarded_server.url)
    page.get_by_label("Tên đăng nhập").fill(name)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("tab", name="Hỏi đáp")).to_be_visible()
    return page


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True), ("localhost", True)]
    + [(host, False) for host in ("0.0.0.0", "::", "10.0.0.5", "may-chu.tinh.gov.vn", "localhost.evil.example", "")],
)
def test_only_addresses_of_this_machine_are_loopback(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    "path",
    ["/config", "/gradio_api/info", "/gradio_api/file=/etc/passwd", "/van-ban/abc", "/tai-ve/x/y.docx", "/theme.css"],
)
def test_without_a_session_nothing_is_served(client, path):
    assert client.get(path).status_code == 401
    assert client.get("/", headers={"accept": "text/html"}).headers["location"] == "/dang-nhap"


def test_without_a_session_no_handler_runs_and_nothing_is_uploaded(client):
    assert client.post("/gradio_api/call/hoi", json={"data": ["?", "", False, None]}).status_code == 401
    assert client.post("/gradio_api/queue/join", json={"data": [], "fn_index": 0}).status_code == 401
    assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 401


def test_invented_session_is_no_session(client):
    client.cookies.set("phien", "khong-phai-phien")
    assert client.get("/config").status_code == 401


def test_first_administrator_signs_in_with_the_password_printed_at_the_start(guarded_server, client):
    (printed,) = re.findall(r"Tài khoản quản trị đầu tiên: (\S+), mật khẩu: (\S+) ", guarded_server.log)
    assert sign_in(client, *printed).headers["location"] == "/"
    assert client.get("/config").status_code == 200


def test_session_cookie_is_kept_from_scripts_and_other_sites(accounts, client):
    cookie = sign_in(client, "can-bo").headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie


def test_official_is_refused_by_every_handler_of_others_over_the_api(accounts, client):
    sign_in(client, "can-bo")
    config = client.get("/config").json()
    components = {component["id"]: component for component in config["components"]}
    handlers = {
        handler["api_name"]: [
            components[number]["props"].get("value")
            for number in handler["inputs"]
            if components[number]["type"] != "state"
        ]
        for handler in config["dependencies"]
        if handler["backend_fn"]
    }
    own = {"hoi", "hoi_goi_y", "hoi_vi_du", "can_cu", "greet", "greet_1", "suggest", "start_over"}
    own |= {name for name in handlers if name.startswith("show_saved")}
    assert own <= set(handlers)
    assert {"kho_tim", "kho_them", "kho_mo", "kho_sua", "kho_xoa", "soan_cau_hoi", "nop_bai"} <= set(handlers) - own
    for name in set(handlers) - own:
        said = call(client, name, *handlers[name])
        assert "event: error" in said, name
        error = json.loads(said.split("data: ", 1)[1].splitlines()[0])
        assert "không được làm việc này" in error["error"], (name, said)


def test_official_may_ask_over_the_api(accounts, client):
    sign_in(client, "can-bo")
    said = call(client, "hoi", "Tổ trưởng tổ nòng cốt được hỗ trợ bao nhiêu mỗi tháng?", "", False)
    assert "event: complete" in said
    assert "900.000" in said


def test_every_named_handler_refuses_an_account_that_was_disabled(accounts, client):
    accounts.add("sap-nghi", PASSWORD, Role.ADMINISTRATOR)
    sign_in(client, "sap-nghi")
    assert client.get("/config").status_code == 200
    accounts.set_disabled("sap-nghi", True)
    assert client.get("/config").status_code == 401


@pytest.mark.parametrize("name", ["can-bo", "giang-vien"])
def test_only_administrators_upload_and_reach_uploaded_files(accounts, client, name):
    sign_in(client, name)
    assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 403
    assert client.get("/gradio_api/file=/etc/passwd").status_code == 403


def test_gradio_routes_that_are_not_used_stay_shut(accounts, client):
    sign_in(client, "quan-tri")
    for path in (
        "/gradio_api/runs",
        "/gradio_api/proxy=http://x.hf.space/",
        "/monitoring",
        "/gradio_api/deep_link",
        "/login",
    ):
        assert client.get(path).status_code == 404, path
    assert client.get("/gradio_api/file=/etc/passwd").status_code in {403, 404}


def test_downloads_belong_to_the_account_that_made_them(accounts, guarded_server, client):
    sign_in(client, "giang-vien")
    said = call(client, "soan_cau_hoi", [], "hỗ trợ thành viên tổ nòng cốt", 5)
    path = re.search(r"/tai-ve/[\w-]+/cau-hoi.docx", said).group()
    assert client.get(path).content.startswith(b"PK")
    with httpx.Client(base_url=guarded_server.url, trust_env=False) as other:
        assert other.get(path).status_code == 401
        sign_in(other, "can-bo")
        assert other.get(path).status_code == 403
        sign_in(other, "quan-tri")
        assert other.get(path).status_code == 404


def test_requests_from_other_sites_are_refused(accounts, client):
    sign_in(client, "quan-tri")
    answer = client.post("/dang-xuat", headers={"origin": "http://xau.example"})
    assert answer.status_code == 403
    assert client.get("/config").status_code == 200, "still signed in"


def test_other_host_names_are_refused_where_no_account_is_needed(local_server):
    answer = httpx.get(local_server.url + "/config", headers={"host": "xau.example"}, trust_env=False)
    assert answer.status_code == 421


def test_pages_may_load_nothing_from_elsewhere(accounts, client):
    sign_in(client, "can-bo")
    page = client.get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert not re.search(r"<(?:script|link)[^>]+(?:src|href)=[\"']https?://", page.text)


def test_password_is_changed_and_the_old_one_is_dead(accounts, client):
    accounts.add("doi-mk", PASSWORD, Role.OFFICIAL)
    sign_in(client, "doi-mk")
    new = {"cu": PASSWORD, "moi": PASSWORD + "-moi", "lap_lai": PASSWORD + "-moi"}
    assert client.post("/doi-mat-khau", data=new | {"lap_lai": "khac"}).status_code == 400
    assert client.post("/doi-mat-khau", data=new | {"cu": "sai-mat-khau"}).status_code == 400
    assert client.post("/doi-mat-khau", data=new).status_code == 200
    assert client.get("/config").status_code == 401
    assert sign_in(client, "doi-mk").status_code == 403
    assert sign_in(client, "doi-mk", PASSWORD + "-moi").status_code == 303


def test_wrong_password_is_told_and_markup_in_it_is_not_run(client, accounts):
    answer = sign_in(client, "<script>alert(1)</script>", "sai-mat-khau-roi")
    assert answer.status_code == 403
    assert "không đúng" in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("name", "tabs"),
    [
        ("can-bo", ["Hỏi đáp"]),
        ("giang-vien", ["Hỏi đáp", "Tập huấn"]),
        ("quan-tri", ["Hỏi đáp", "Kho văn bản", "Tập huấn"]),
    ],
)
def test_each_role_sees_its_tabs_and_signs_out(accounts, guarded_server, open_page, name, tabs):
    page = open_signed_in(guarded_server, open_page, name)
    expect(page.locator(".account")).to_contain_text(name)
    expect(page.get_by_role("tab")).to_have_text(tabs)
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("button", name="Đăng nhập")).to_be_visible()


def test_sign_in_page_fits_a_phone(guarded_server, open_page):
    page = open_page(guarded_server.url, width=390, height=844)
    expect(page.get_by_label("Tên đăng nhập")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_busy_port_is_told_with_the_option_that_helps(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        process = run_app("serve", "--port", str(port), data_dir=tmp_path, EMBEDDING_MODEL="none")
        said, _ = process.communicate(timeout=START_TIMEOUT_S)
    assert process.returncode == 1
    assert f"Cổng {port}" in said and "--port" in said
    assert "Traceback" not in said
