"""The pages that are not Gradio's: signing in and out, changing the password, a document's whole text, downloads."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.datastructures import Headers

from core.errors import AssistantError, DocumentNotFoundError
from core.types import Document, Section, SectionKind, Span, Standing
from web.access import SESSION_COOKIE, SIGN_IN_PATH, Access, session_token
from web.accounts import MIN_PASSWORD_CHARS, SESSION_LIFETIME
from web.application import Application
from web.downloads import Downloads
from web.rendering import validity_badge, vietnamese_date, whole_text

_STATIC_DIR = Path(__file__).parent / "static"
_STYLES = "".join((_STATIC_DIR / name).read_text(encoding="utf-8") for name in ("base.css", "plain.css"))
_STANDING_NOTES = {
    Standing.FORMER: "<p><strong>Bản cũ, không còn được dùng để trả lời.</strong></p>",
    Standing.COPY: "<p><strong>Bản sao của một văn bản khác trong kho; bản kia được dùng để trả lời.</strong></p>",
}
# Headings shown in the contents of a long text; deeper levels would make the list longer than the text.
_CONTENTS_KINDS = frozenset(
    {
        SectionKind.ATTACHMENT,
        SectionKind.APPENDIX,
        SectionKind.PART,
        SectionKind.CHAPTER,
        SectionKind.DIVISION,
        SectionKind.ARTICLE,
        SectionKind.ROMAN,
    }
)


def plain_pages(application: Application, access: Access, downloads: Downloads) -> APIRouter:
    """Routes beside Gradio's; the gate has already checked who asks."""
    router = APIRouter()

    @router.get("/van-ban/{document_id}")
    def document_text(document_id: str, tu: int = 0, den: int = 0) -> Response:
        try:
            return HTMLResponse(_document_page(application, document_id, Span(max(tu, 0), den)))
        except DocumentNotFoundError as error:
            return HTMLResponse(_page("Không có văn bản", f"<p>{escape(str(error))}</p>"), 404)

    @router.get("/tep-goc/{document_id}")
    def original(document_id: str) -> Response:
        try:
            document = application.knowledge_base.document(document_id)
        except DocumentNotFoundError as error:
            return HTMLResponse(_page("Không có văn bản", f"<p>{escape(str(error))}</p>"), 404)
        path = application.knowledge_base.original(document_id)
        if path is None:
            return HTMLResponse(
                _page("Không có tệp gốc", "<p>Tệp gốc của văn bản này không được giữ trong kho.</p>"), 404
            )
        # Always a download: a stored web page must not run as one of ours.
        return FileResponse(path, media_type="application/octet-stream", filename=document.source.rsplit("/", 1)[-1])

    @router.get("/tai-ve/{token}/{name}")
    def download(token: str, name: str, request: Request) -> Response:
        account = access.of_headers(request.headers)
        try:
            content, media_type = downloads.read(token, name, account.name if account else "")
        except AssistantError as error:
            return HTMLResponse(_page("Không tải được", f"<p>{escape(str(error))}</p>"), 404)
        return Response(
            content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    if access.accounts is not None:
        _add_account_pages(router, access)
    return router


def _add_account_pages(router: APIRouter, access: Access) -> None:
    accounts = access.accounts
    assert accounts is not None  # noqa: S101 (the caller looked)

    @router.get(SIGN_IN_PATH)
    def sign_in_form() -> Response:
        return HTMLResponse(_sign_in_page())

    @router.post(SIGN_IN_PATH)
    def sign_in(
        request: Request, ten: Annotated[str, Form(max_length=100)], mat_khau: Annotated[str, Form(max_length=1000)]
    ) -> Response:
        try:
            token = accounts.sign_in(ten, mat_khau, _client(request))
        except AssistantError as error:
            return HTMLResponse(_sign_in_page(str(error)), 403)
        response = RedirectResponse("/", 303)
        response.set_cookie(
            SESSION_COOKIE,
            token,
            max_age=int(SESSION_LIFETIME.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    @router.post("/dang-xuat")
    def sign_out(request: Request) -> Response:
        accounts.sign_out(session_token(request.headers))
        response = RedirectResponse(SIGN_IN_PATH, 303)
        response.delete_cookie(SESSION_COOKIE)
        return response

    @router.get("/doi-mat-khau")
    def password_form() -> Response:
        return HTMLResponse(_password_page())

    @router.post("/doi-mat-khau")
    def change_password(
        request: Request,
        cu: Annotated[str, Form(max_length=1000)],
        moi: Annotated[str, Form(max_length=1000)],
        lap_lai: Annotated[str, Form(max_length=1000)],
    ) -> Response:
        account = access.of_headers(Headers(scope=request.scope))
        if account is None:
            return RedirectResponse(SIGN_IN_PATH, 303)
        if moi != lap_lai:
            return HTMLResponse(_password_page("Hai lần nhập mật khẩu mới không giống nhau. Hãy nhập lại."), 400)
        try:
            accounts.change_password(account.name, cu, moi, _client(request))
        except AssistantError as error:
            return HTMLResponse(_password_page(str(error)), 400)
        return HTMLResponse(_sign_in_page("Đã đổi mật khẩu. Hãy đăng nhập lại.", tone="note"))


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _page(title: str, body: str, *, narrow: bool = False) -> str:
    return f"""<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><link rel="icon" href="/favicon.ico"><style>{_STYLES}</style></head>
<body><main{' class="narrow"' if narrow else ""}>{body}</main></body></html>"""


def _sign_in_page(message: str = "", *, tone: str = "bad") -> str:
    said = f'<p class="message-{tone}" role="alert">{escape(message)}</p>' if message else ""
    return _page(
        "Đăng nhập · Trợ lý văn bản chính sách",
        f"""<h1>Trợ lý văn bản chính sách</h1>{said}
<form method="post" action="{SIGN_IN_PATH}">
<label>Tên đăng nhập <input name="ten" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>Mật khẩu <input name="mat_khau" type="password" autocomplete="current-password" required></label>
<button>Đăng nhập</button></form>""",
        narrow=True,
    )


def _password_page(message: str = "") -> str:
    said = f'<p class="message-bad" role="alert">{escape(message)}</p>' if message else ""
    return _page(
        "Đổi mật khẩu",
        f"""<h1>Đổi mật khẩu</h1>{said}
<form method="post" action="/doi-mat-khau">
<label>Mật khẩu hiện tại <input name="cu" type="password" autocomplete="current-password" required autofocus></label>
<label>Mật khẩu mới (ít nhất {MIN_PASSWORD_CHARS} ký tự)
<input name="moi" type="password" autocomplete="new-password" minlength="{MIN_PASSWORD_CHARS}" required></label>
<label>Nhập lại mật khẩu mới <input name="lap_lai" type="password" autocomplete="new-password" required></label>
<button>Đổi mật khẩu</button></form><p><a href="/">Về trang chính</a></p>""",
        narrow=True,
    )


def _document_page(application: Application, document_id: str, quoted: Span) -> str:
    knowledge_base = application.knowledge_base
    document, text = knowledge_base.document(document_id), knowledge_base.text(document_id)
    listed = [s for s in knowledge_base.sections(document_id) if s.path[-1].kind in _CONTENTS_KINDS]
    badge = validity_badge(knowledge_base.validity(document))
    title = document.metadata.title
    subtitle = f"<p>{escape(title)}</p>" if title and title != document.name else ""
    quoted = Span(quoted.start, min(quoted.end, len(text)))
    notes = _STANDING_NOTES.get(document.standing, "")
    if knowledge_base.original(document_id) is not None:
        notes += f'<p><a href="/tep-goc/{escape(document_id)}" download>Tải tệp gốc</a></p>'
    return _page(
        document.name,
        f"""<p class="back"><a href="/">Trợ lý văn bản chính sách</a></p>
<h1>{escape(document.name)} {badge}</h1>{subtitle}{notes}{_facts(document)}{_contents(listed)}
<article class="text">{whole_text(text, [section.span.start for section in listed], quoted)}</article>""",
    )


def _facts(document: Document) -> str:
    known = {
        "Cơ quan ban hành": document.metadata.issuer,
        "Người ký": document.metadata.signer,
        "Ngày ban hành": vietnamese_date(document.metadata.issued_on),
        "Có hiệu lực từ": vietnamese_date(document.metadata.effective_from),
        "Tệp": document.source.rsplit("/", 1)[-1],
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in known.items() if value)
    return f'<dl class="facts">{rows}</dl>'


def _contents(listed: Sequence[Section]) -> str:
    if len(listed) < 2:
        return ""
    titles = [(section.span.start, " – ".join(filter(None, (section.label, section.heading)))) for section in listed]
    items = "".join(f'<li><a href="#p{start}">{escape(title)}</a></li>' for start, title in titles)
    return f"<nav><details><summary>Mục lục ({len(listed)})</summary><ul>{items}</ul></details></nav>"
