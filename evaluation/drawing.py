"""Figures as they stand in the pages of results."""

from io import StringIO

from matplotlib import rc_context
from matplotlib.figure import Figure


def as_svg(figure: Figure) -> str:
    """`figure` as an `<svg>` element: the same for the same figures, its letters the page's own."""
    buffer = StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "results", "font.family": "sans-serif"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawn = buffer.getvalue()
    return drawn[drawn.index("<svg") :]
