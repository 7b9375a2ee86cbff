"""Serves the web app: the gate, the plain pages and Gradio behind one port."""

import errno
import os
import socket
from collections.abc import Callable

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request

from core.errors import ConfigurationError
from web.access import Access, Gate, is_loopback
from web.accounts import Accounts
from web.application import Application
from web.downloads import Downloads
from web.pages.layout import HEAD, STYLE, Pages, theme
from web.plain_pages import plain_pages
from web.warm_up import WarmUp

_BACKLOG = 128


def serve(application: Application, *, announce: Callable[[str], None]) -> None:
    """Serve the assistant until interrupted, where its settings say; on any but a loopback host accounts are demanded.

    Args:
        application: The assistant.
        announce: Gets the lines for whoever started it: the first administrator's password, shown this once, and the
            address when pages can be opened.

    Raises:
        ConfigurationError: the port is taken or the host is not of this machine.
        StoreError: the accounts cannot be read or written.
    """
    settings = application.settings
    with _listen(settings.host, settings.port) as listener:
        accounts = None if is_loopback(settings.host) else Accounts(settings.data_dir / "accounts.sqlite")
        if accounts and (first := accounts.ensure_administrator()):
            name, password = first
            announce(f"Tài khoản quản trị đầu tiên: {name}, mật khẩu: {password} (chỉ hiện lần này, hãy đổi ngay)")
        warm_up = WarmUp(application)
        config = uvicorn.Config(
            build_server(application, Access(accounts), warm_up),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        shown_host = f"[{settings.host}]" if ":" in settings.host else settings.host
        ready_line = f"Sẵn sàng: http://{shown_host}:{settings.port}"
        _AnnouncedServer(config, lambda: announce(ready_line), warm_up.start).run(sockets=[listener])


def build_server(application: Application, access: Access, warm_up: WarmUp) -> FastAPI:
    """The whole web app as one ASGI application."""
    # Uploads wait here until they are taken in; the system's own folder for such may be small or shared.
    os.environ["GRADIO_TEMP_DIR"] = str((application.settings.data_dir / "tmp").absolute())
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Gate, access=access)
    downloads = Downloads()
    app.include_router(plain_pages(application, access, downloads))

    def account_name(request: Request) -> str | None:
        account = access.of_headers(request.headers)
        return account.name if account else None

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        Pages(application, access, warm_up, downloads).build(),
        path="/",
        footer_links=[],
        run_history=False,
        auth_dependency=account_name,
        show_error=True,
        max_file_size=f"{application.settings.max_file_mb}mb",
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
        css=STYLE,
        head=HEAD,
    )
    return mounted


class _AnnouncedServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, *when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            for call in self._when_ready:
                call()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything slow starts, so that a busy port is told at once."""
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        if error.errno == errno.EADDRINUSE:
            message = f"Cổng {port} đang có chương trình khác dùng. Hãy chọn cổng khác, ví dụ: --port {port + 1}."
        elif error.errno in {errno.EACCES, errno.EPERM}:
            message = f"Không được phép mở cổng {port} ({error}). Hãy chọn cổng từ 1024 trở lên bằng --port."
        else:
            message = f"Không mở được địa chỉ {host}:{port} ({error}). Hãy kiểm tra --host và --port."
        raise ConfigurationError(message) from error
    return listener
