"""The real server in a process of its own, over a small real library, and a real browser to use it with."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from docx import Document as WordFile
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 90
_CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

DECISION = """# QUYẾT ĐỊNH

Số: 12/2026/QĐ-UBND

Tỉnh Thử Nghiệm, ngày 15 tháng 01 năm 2026

QUYẾT ĐỊNH

Về việc ban hành Quy định hỗ trợ thành viên lực lượng nòng cốt trí tuệ nhân tạo

Điều 1. Phạm vi điều chỉnh

Quyết định này quy định mức hỗ trợ đối với thành viên lực lượng nòng cốt trí tuệ nhân tạo cấp xã.

Điều 2. Mức hỗ trợ hằng tháng

1. Tổ trưởng tổ nòng cốt được hỗ trợ 900.000 đồng mỗi tháng.

2. Thành viên tổ nòng cốt được hỗ trợ 650.000 đồng mỗi tháng.

3. Người hướng dẫn được hỗ trợ 120.000 đồng mỗi buổi.

Điều 3. Hồ sơ đề nghị

1. Hồ sơ đề nghị hỗ trợ gồm:

a) Đơn đề nghị theo mẫu;

b) Bảng chấm công của tổ;

c) Xác nhận của Ủy ban nhân dân cấp xã.

2. Hồ sơ được nộp trước ngày 10 hằng tháng.

Điều 4. Trách nhiệm thực hiện

1. Sở Khoa học và Công nghệ chủ trì kiểm tra việc chi trả.

2. Sở Tài chính bố trí kinh phí trong dự toán hằng năm.

Điều 5. Hiệu lực thi hành

Quyết định này có hiệu lực kể từ ngày 01 tháng 02 năm 2026.
"""
PLAN = """# KẾ HOẠCH

Số: 45/KH-UBND

Tỉnh Thử Nghiệm, ngày 20 tháng 02 năm 2026

KẾ HOẠCH

Tập huấn kỹ năng trí tuệ nhân tạo cho cán bộ cấp xã năm 2026

I. MỤC TIÊU

1. Mở 24 lớp tập huấn với 960 lượt học viên.

2. Ít nhất 85% cán bộ, công chức cấp xã được tập huấn trước ngày 30 tháng 11 năm 2026.

II. NỘI DUNG

1. Kỹ năng đặt câu hỏi cho trợ lý trí tuệ nhân tạo: 04 tiết.

2. An toàn thông tin khi sử dụng trí tuệ nhân tạo: 06 tiết.

III. KINH PHÍ

Tổng kinh phí thực hiện là 1.450 triệu đồng từ ngân sách tỉnh.
"""


@dataclass
class Server:
    """A running server."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def log(self) -> str:
        return "".join(self.lines)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_app(*arguments: str, data_dir: Path, **environment: str) -> "subprocess.Popen[str]":
    """`app.py` started with its output kept apart from the tests'."""
    return subprocess.Popen(
        [sys.executable, "app.py", *arguments, "--data-dir", str(data_dir)],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts `app.py serve` over a fresh library, of two documents unless others are given; stopped at the end."""
    servers: list[Server] = []

    def start(*, host: str, embedding_model: str, files: Mapping[str, str] | None = None, **environment: str) -> Server:
        folder = tmp_path_factory.mktemp("server")
        documents, data_dir = folder / "van-ban", folder / "data"
        documents.mkdir()
        for name, text in (files or {"quyet-dinh-12.md": DECISION, "ke-hoach-45.md": PLAN}).items():
            (documents / name).write_text(text, encoding="utf-8")
        ingesting = run_app("ingest", str(documents), data_dir=data_dir, EMBEDDING_MODEL=embedding_model)
        said, _ = ingesting.communicate(timeout=START_TIMEOUT_S)
        assert ingesting.returncode == 0, said
        port = free_port()
        process = run_app(
            *("serve", "--host", host, "--port", str(port)),
            data_dir=data_dir,
            EMBEDDING_MODEL=embedding_model,
            **environment,
        )
        server = Server(f"http://127.0.0.1:{port}", data_dir, process)
        servers.append(server)
        ready = threading.Event()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                server.lines.append(line)
                if "Sẵn sàng" in line:
                    ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        assert ready.wait(START_TIMEOUT_S) and process.poll() is None, server.log
        return server

    yield start
    for server in servers:
        server.process.terminate()
        server.process.wait(timeout=20)
        if server.process.stdout:
            server.process.stdout.close()


@pytest.fixture(scope="session")
def local_server(start_server: Callable[..., Server]) -> Server:
    """Bound to loopback, with the bundled model: no account is needed."""
    return start_server(host="127.0.0.1", embedding_model="bundled")


@pytest.fixture(scope="session")
def guarded_server(start_server: Callable[..., Server]) -> Server:
    """Bound to every address, so that it demands accounts; reached over loopback."""
    return start_server(host="0.0.0.0", embedding_model="none")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "Chromium is missing: apt-get install chromium"
    browser = playwright.chromium.launch(executable_path=chromium, args=_CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages; afterwards none may have asked another host for anything or had an error in its scripts."""
    contexts = []
    faults: list[str] = []

    def open_(url: str, *, width: int = 1280, height: int = 900) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, permissions=["clipboard-read", "clipboard-write"]
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: faults.extend(_foreign(request.url)))
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


def _foreign(url: str) -> list[str]:
    return [] if re.match(r"http://127\.0\.0\.1[:/]|data:|blob:", url) else [f"request to {url}"]


@pytest.fixture
def word_file(tmp_path: Path) -> Path:
    """A decision as a Word file, not yet in any library."""
    document = WordFile()
    for line in (
        "QUYẾT ĐỊNH",
        "Số: 77/2026/QĐ-UBND",
        "Tỉnh Thử Nghiệm, ngày 05 tháng 3 năm 2026",
        "Về việc tổ chức cuộc thi sáng kiến chuyển đổi số",
        "Điều 1. Giải thưởng",
        "1. Giải nhất của cuộc thi sáng kiến trị giá 18.000.000 đồng.",
        "2. Giải nhì của cuộc thi sáng kiến trị giá 12.500.000 đồng.",
        "Điều 2. Thời gian",
        "Cuộc thi sáng kiến nhận bài dự thi đến hết ngày 20 tháng 9 năm 2026.",
    ):
        document.add_paragraph(line)
    path = tmp_path / "quyet-dinh-77.docx"
    document.save(str(path))
    return path
