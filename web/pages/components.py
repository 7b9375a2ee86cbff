"""What the pages share: HTML whose buttons report to handlers, and fields that hold dates."""

from datetime import date
from pathlib import Path

import gradio as gr

from core.errors import UsageError
from core.references import find_dates

_CONTROLS = (Path(__file__).parent.parent / "static" / "controls.js").read_text(encoding="utf-8")


def live_html(value: str = "", *, elem_id: str, live: bool = False, follow: bool = False) -> gr.HTML:
    """An HTML component whose `select` event carries the `data-…` of the button or form that was used.

    Args:
        value: Escaped HTML.
        elem_id: Its id on the page.
        live: Announce changes to screen readers and keep the last question in view.
        follow: Scroll the page to it when it changes.
    """
    return gr.HTML(value, elem_id=elem_id, js_on_load=_CONTROLS, live=live, follow=follow)


def reported(event: gr.EventData) -> dict[str, str]:
    """What the used control reported, as text; anything that is no text is left out (the client may send anything)."""
    return {str(key): value for key, value in _data(event).items() if isinstance(value, str)}


def reported_fields(event: gr.EventData) -> dict[str, str]:
    """The fields of the form that was sent."""
    fields = _data(event).get("fields")
    if not isinstance(fields, dict):
        return {}
    return {str(key): value for key, value in fields.items() if isinstance(value, str)}


def reported_index(event: gr.EventData, key: str, length: int) -> int:
    """The reported index into a sequence of `length`.

    Raises:
        UsageError: it is missing or out of range, for instance because the page is stale.
    """
    text = reported(event).get(key, "")
    if not text.isdecimal() or int(text) >= length:
        raise UsageError("Trang này đã cũ so với máy chủ. Hãy tải lại trang rồi làm lại.")
    return int(text)


def read_date(text: str, name: str) -> date | None:
    """The date typed as dd/mm/yyyy; `None` for an empty field.

    Raises:
        UsageError: it is no such date; `name` is the field's.
    """
    if not text.strip():
        return None
    dates = find_dates(text.strip())
    if len(dates) != 1:
        raise UsageError(f"{name} “{text.strip()}” không phải là ngày. Hãy nhập theo mẫu 31/12/2025.")
    return dates[0][0]


def _data(event: gr.EventData) -> dict[object, object]:
    return event._data if isinstance(event._data, dict) else {}
