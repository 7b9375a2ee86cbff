"""The one Gradio app: header, the three tabs, and which of them an account sees."""

from html import escape
from pathlib import Path

import gradio as gr

from core.errors import PermissionDeniedError
from retrieval.embeddings import model_notice
from web.access import Access, requires
from web.accounts import Role
from web.application import Application
from web.downloads import Downloads
from web.feedback import Feedback
from web.pages.ask import AskPage
from web.pages.library import LibraryPage
from web.pages.training import TrainingPage
from web.rendering import message_html
from web.warm_up import Readiness, WarmUp

TITLE = "Trợ lý văn bản chính sách"
_STATIC_DIR = Path(__file__).parent.parent / "static"
_SYSTEM_FONTS = [
    "system-ui",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "Liberation Sans",
    "DejaVu Sans",
    "Arial",
    "sans-serif",
]
_BADGES = {Readiness.LOADING: "busy", Readiness.READY: "good", Readiness.FAILED: "bad"}

STYLE = "".join((_STATIC_DIR / name).read_text(encoding="utf-8") for name in ("base.css", "pages.css"))
# Gradio's page calls itself English, which makes screen readers mispronounce Vietnamese.
HEAD = '<script>document.documentElement.lang = "vi";</script>'


def theme() -> gr.themes.Base:
    """Gradio's base theme in quiet blue with fonts that are on every machine."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.sky,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=_SYSTEM_FONTS,
        font_mono=["ui-monospace", "Consolas", "DejaVu Sans Mono", "monospace"],
    )


class Pages:
    """The header's handlers and the three pages together."""

    def __init__(self, application: Application, access: Access, warm_up: WarmUp, downloads: Downloads) -> None:
        data_dir = application.settings.data_dir
        self.access = access
        self._application = application
        self._warm_up = warm_up
        self._ask = AskPage(application, access, Feedback(data_dir / "feedback.sqlite"))
        self._library = LibraryPage(application, access)
        self._training = TrainingPage(application, access, downloads)

    def build(self) -> gr.Blocks:
        """The app, ready to be mounted; it asks no host for anything and forgets unused uploads after a day."""
        blocks = gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 24 * 3600), fill_width=True)
        with blocks:
            header = gr.HTML(_header("", ""), elem_id="header")
            notice = gr.HTML(elem_id="notice")
            timer = gr.Timer(1.5)
            with gr.Tabs(elem_id="pages"):
                with gr.Tab("Hỏi đáp", id="ask"):
                    self._ask.build(blocks)
                with gr.Tab("Kho văn bản", id="library", visible=False) as library:
                    self._library.build(library)
                with gr.Tab("Tập huấn", id="training", visible=False) as training:
                    self._training.build(training)
            greeting = [header, notice, timer, library, training]
            blocks.load(self.greet, None, greeting, show_progress="hidden")
            timer.tick(self.greet, None, greeting, show_progress="hidden")
        blocks.queue(default_concurrency_limit=4)
        return blocks

    @requires(Role.OFFICIAL)
    def greet(self, request: gr.Request) -> tuple[object, ...]:
        """Who is signed in, how far the model is, and the tabs this account may use."""
        account = self.access.of_event(request)
        if account is None:
            raise PermissionDeniedError("Phiên làm việc đã hết. Hãy tải lại trang và đăng nhập.")
        state = self._warm_up.state
        badge = f'<span class="badge badge-{_BADGES[state]}" role="status">{state.value}</span>'
        signed_in = f"{account.name} ({account.role.vietnamese_name})" if self.access.accounts else ""
        library = self._application.knowledge_base
        notice = self._warm_up.problem or library.notice or model_notice(self._application.settings)
        return (
            _header(badge, signed_in),
            message_html(notice) if notice else "",
            gr.Timer(active=state is Readiness.LOADING),
            gr.update(visible=account.role.includes(Role.ADMINISTRATOR)),
            gr.update(visible=account.role.includes(Role.TRAINER)),
        )


def _header(badge: str, signed_in: str) -> str:
    account = (
        f'<div class="account"><span>{escape(signed_in)}</span><a href="/doi-mat-khau">Đổi mật khẩu</a>'
        '<form method="post" action="/dang-xuat"><button class="action">Đăng xuất</button></form></div>'
        if signed_in
        else ""
    )
    return f'<header class="top"><h1>{TITLE}</h1>{badge}{account}</header>'
