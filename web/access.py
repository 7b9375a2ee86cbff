"""Who is asking, and whether they may: the gate before every route and the role check of every handler.

Bound to a loopback address the assistant serves whoever sits at the machine, as administrator; bound to anything else
it demands an account. `Gate` stands before the whole web app, Gradio's own routes included; `requires` stands in every
handler, because a tab that is not shown still answers over Gradio's API.
"""

import functools
import inspect
import ipaddress
import logging
from collections.abc import Callable, Iterator
from http.cookies import CookieError, SimpleCookie
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import gradio as gr
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import AssistantError, PermissionDeniedError
from web.accounts import Account, Accounts, Role

SESSION_COOKIE = "phien"
SIGN_IN_PATH = "/dang-nhap"

_LOCAL_ACCOUNT = Account("tai-may", Role.ADMINISTRATOR)
# What a signed-out visitor may fetch.
_OPEN_PATHS = (SIGN_IN_PATH, "/favicon.ico")
# The first rule whose prefix fits says what role a route needs; `None` is not served at all. Gradio offers many routes
# that this app does not use (proxying, deep links, run history, monitoring); what is not listed stays shut.
_ROUTE_ROLES: tuple[tuple[str, Role | None], ...] = (
    ("/gradio_api/upload", Role.ADMINISTRATOR),
    ("/gradio_api/file", Role.ADMINISTRATOR),
    ("/tai-ve/", Role.TRAINER),
    *(
        (f"/gradio_api/{route}", Role.OFFICIAL)
        for route in ("queue/", "call/", "run/", "heartbeat/", "cancel", "reset", "startup-events", "info", "app_id")
    ),
    ("/gradio_api/", None),
    *((route, Role.OFFICIAL) for route in ("/assets/", "/static/", "/config", "/theme.css", "/manifest.json")),
    *(
        (route, Role.OFFICIAL)
        for route in ("/van-ban/", "/tep-goc/", "/dang-xuat", "/doi-mat-khau", "/robots.txt", "/pwa_icon")
    ),
)
# Gradio's page needs inline scripts and evaluates `js_on_load`; no other host is ever asked for anything.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}

logger = logging.getLogger(__name__)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Access:
    """Tells who a request comes from.

    Args:
        accounts: Where accounts are kept; `None` where the server is reachable from its own machine only.
    """

    def __init__(self, accounts: Accounts | None) -> None:
        self.accounts = accounts

    def of_headers(self, headers: Headers) -> Account | None:
        """The account that sent `headers`; `None` when it must sign in first."""
        if self.accounts is None:
            return _LOCAL_ACCOUNT
        token = session_token(headers)
        return self.accounts.signed_in(token) if token else None

    def of_event(self, request: gr.Request) -> Account | None:
        """The account behind a Gradio event, as it stands now."""
        if self.accounts is None:
            return _LOCAL_ACCOUNT
        # Set from the session cookie by the dependency given to `mount_gradio_app`, on every call.
        return self.accounts.get(request.username) if request.username else None


def session_token(headers: Headers) -> str:
    """The session token in a request's cookies; empty when there is none."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


class _HasAccess(Protocol):
    @property
    def access(self) -> Access: ...


_Page = TypeVar("_Page", bound=_HasAccess)
_Rest = ParamSpec("_Rest")
_Result = TypeVar("_Result")
_Handler = Callable[Concatenate[_Page, gr.Request, _Rest], _Result]


def requires(role: Role) -> Callable[[_Handler[_Page, _Rest, _Result]], _Handler[_Page, _Rest, _Result]]:
    """Let a page's handler run only for accounts of at least `role`, and show its errors in Vietnamese.

    The handler takes the `gr.Request` first. Works on plain and on generator methods.
    """

    def decorate(handler: _Handler[_Page, _Rest, _Result]) -> _Handler[_Page, _Rest, _Result]:
        if inspect.isgeneratorfunction(handler):

            @functools.wraps(handler)
            def stream(page: _Page, request: gr.Request, *args: _Rest.args, **kwargs: _Rest.kwargs) -> Iterator[object]:
                with _ShownErrors(handler.__qualname__):
                    _check(page.access, request, role)
                    yield from cast("Iterator[object]", handler(page, request, *args, **kwargs))

            return cast("_Handler[_Page, _Rest, _Result]", stream)

        @functools.wraps(handler)
        def run(page: _Page, request: gr.Request, *args: _Rest.args, **kwargs: _Rest.kwargs) -> _Result:
            with _ShownErrors(handler.__qualname__):
                _check(page.access, request, role)
                return handler(page, request, *args, **kwargs)

        return cast("_Handler[_Page, _Rest, _Result]", run)

    return decorate


def _check(access: Access, request: gr.Request, role: Role) -> Account:
    account = access.of_event(request)
    if account is None:
        raise PermissionDeniedError("Phiên làm việc đã hết. Hãy tải lại trang và đăng nhập.")
    if not account.role.includes(role):
        raise PermissionDeniedError(
            f"Tài khoản “{account.name}” ({account.role.vietnamese_name}) không được làm việc này. "
            f"Hãy nhờ người có vai trò {role.vietnamese_name}."
        )
    return account


class _ShownErrors:
    """Turns errors into the messages Gradio shows; what was not expected is logged and told without details."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, AssistantError):
            raise gr.Error(str(error), title="Chưa thực hiện được", print_exception=False) from error
        if isinstance(error, Exception) and not isinstance(error, gr.Error):
            logger.error("Unexpected error in %s", self._where, exc_info=error)
            message = "Có lỗi ngoài dự kiến, đã ghi vào nhật ký máy chủ. Hãy thử lại hoặc báo người quản trị."
            raise gr.Error(message, title="Chưa thực hiện được", print_exception=False) from error


class Gate:
    """ASGI middleware before everything: right host, same origin, signed in, high enough a role."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request, pass any other on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # Gradio streams over HTTP; nothing here speaks WebSocket

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = await run_in_threadpool(self._refusal, scope, Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        path, host = scope["path"], headers.get("host", "")
        # A foreign name that resolves to this machine (DNS rebinding) would make a web page act as its owner.
        if self._access.accounts is None and not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return PlainTextResponse("Địa chỉ không hợp lệ. Hãy mở http://127.0.0.1 với cổng đã báo.", 421)
        origin = headers.get("origin")
        if scope["method"] not in {"GET", "HEAD"} and origin is not None and urlsplit(origin).netloc != host:
            return PlainTextResponse("Yêu cầu đến từ trang khác nên bị từ chối. Hãy mở thẳng trang trợ lý.", 403)
        if path in _OPEN_PATHS:
            return None
        account = self._access.of_headers(headers)
        if account is None:
            if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
                return RedirectResponse(SIGN_IN_PATH, 303)
            return PlainTextResponse("Phiên làm việc đã hết. Hãy tải lại trang và đăng nhập.", 401)
        return _role_refusal(account, path)


def _role_refusal(account: Account, path: str) -> Response | None:
    required = (
        Role.OFFICIAL if path == "/" else next((r for prefix, r in _ROUTE_ROLES if path.startswith(prefix)), None)
    )
    if required is None:
        return PlainTextResponse(f"Không có trang {path}. Hãy mở trang đầu.", 404)
    if not account.role.includes(required):
        return PlainTextResponse(f"Việc này cần vai trò {required.vietnamese_name}. Hãy nhờ người có vai trò ấy.", 403)
    return None
