"""The calibration as one HTML page that needs nothing else: risk over coverage, and what each threshold refuses."""

from collections.abc import Mapping
from html import escape
from typing import Any

from matplotlib.figure import Figure

from evaluation.drawing import as_svg

_CURVES = {"curve": "trọng số học từ các bộ khác", "curve_in_use": "trọng số đang dùng"}


def draw_page(report: Mapping[str, Any]) -> str:
    """The page for what `evaluation.calibration` reports."""
    parts = [
        "<!doctype html><html lang='vi'><meta charset='utf-8'><title>Độ tin cậy của câu trả lời</title>",
        "<style>body{font:16px/1.5 sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}"
        "svg{max-width:100%;height:auto}</style><h1>Độ tin cậy của câu trả lời</h1>",
        f"<p>Ngưỡng đang dùng: {report['threshold']:.2f}. Bên trái: trong các câu được trả lời, bao nhiêu phần sai. "
        "Bên phải: mỗi ngưỡng từ chối đúng và từ chối oan bao nhiêu.</p>",
    ]
    for name, label in _CURVES.items():
        parts.append(f"<h2>{escape(label.capitalize())}</h2>{as_svg(_figure(report, name))}")
    return "".join([*parts, "</html>\n"])


def _figure(report: Mapping[str, Any], curve: str) -> Figure:
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    risks, refusals = figure.subplots(1, 2)
    for number, (name, record) in enumerate(report["sets"].items()):
        points = record[curve]
        colour = f"C{number}"
        risks.plot([p["coverage"] for p in points], [p["risk"] for p in points], colour, label=name)
        for key, style in (("correct_refusals", "-"), ("wrong_refusals", "--")):
            known = [(p["threshold"], p[key]) for p in points if p[key] is not None]
            refusals.plot(*zip(*known, strict=True), color=colour, linestyle=style)
    refusals.axvline(report["threshold"], color="black", linewidth=0.8)
    risks.set(xlabel="phần câu hỏi được trả lời", ylabel="phần trả lời sai", xlim=(0, 1), ylim=(0, 1))
    refusals.set(xlabel="ngưỡng", ylabel="từ chối đúng (liền), oan (đứt)", xlim=(0, 1), ylim=(0, 1))
    risks.legend(fontsize="small")
    for axes in (risks, refusals):
        axes.grid(alpha=0.3)
    return figure
