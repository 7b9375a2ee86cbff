"""The picture of a page made ready for recognition: coloured ink out, text level, rules and drawings taken off."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

# Ink of stamps and pens: lighter than print in its own colour, and clearly coloured. Black print under a red stamp
# is dark in every channel and stays.
_INK_VALUE = 96
_INK_CHROMA = 56
_MAX_SKEW_DEGREES = 5.0
_LEAST_SKEW_DEGREES = 0.1  # less does not show: half a letter's height over a line
_SKEW_POINTS = 60_000
# Millimetres. Letters of official documents are 13–14 point: 5 mm with their diacritics.
_SHORTEST_RULE = 11.0
_THICKEST_RULE = 1.2
_TALLEST_PRINT = 11.0
_SPECK = 0.18
_SMALLEST_LETTER = 1.2
_DOT = 0.9  # full stops and the dots of letters are smaller, hyphens longer
_DOT_REACH = 2.0  # from a letter to its own dot, or the full stop after it
_MM_PER_INCH = 25.4

Bits = NDArray[np.bool_]
Greys = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, the vertical axis pointing down, right and bottom outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class CleanPage:
    """A grey picture of print only, and the straight rules that were taken off it."""

    picture: Image.Image
    rules: tuple[Box, ...]


def clean_page(picture: Image.Image, *, dpi: int) -> CleanPage:
    """`picture` without coloured ink, turned level, without rules, signatures, seals and specks.

    Args:
        picture: A whole page, upright but for a skew of at most 5°.
        dpi: Its resolution; what counts as large is measured in millimetres on paper.
    """
    grey = _without_coloured_ink(picture)
    angle = skew_degrees(grey)
    if abs(angle) >= _LEAST_SKEW_DEGREES:
        turned = Image.fromarray(grey).rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=_paper(grey))
        grey = np.array(turned)
    per_mm = dpi / _MM_PER_INCH
    dark = grey < _threshold(grey)
    rules, drawn = _find_rules(dark, round(_SHORTEST_RULE * per_mm), max(3, round(_THICKEST_RULE * per_mm)))
    unwanted = drawn | _no_print(dark & ~drawn, per_mm)
    # A stroke's grey edge is lighter than the threshold: take it along.
    edges = ndimage.binary_dilation(unwanted, iterations=2) & ~(dark & ~unwanted)
    grey[unwanted | edges] = _paper(grey)
    return CleanPage(Image.fromarray(grey), tuple(rules))


def _without_coloured_ink(picture: Image.Image) -> Greys:
    if picture.mode in {"1", "L"}:
        return np.array(picture.convert("L"))
    channels = np.asarray(picture.convert("RGB"))
    # The lightest channel: red ink is light in red, blue ink in blue, black in none.
    value: Greys = channels.max(axis=2)
    chroma = value - channels.min(axis=2)
    paper_chroma = int(np.median(chroma[::8, ::8]))  # tinted paper is not ink
    value[(chroma > _INK_CHROMA + paper_chroma) & (value > _INK_VALUE)] = _paper(value)
    return value


def _paper(grey: Greys) -> int:
    """The commonest light grey."""
    counts = np.bincount(grey[::4, ::4].ravel(), minlength=256)
    return int(128 + counts[128:].argmax())


def _threshold(grey: Greys) -> int:
    """Where ink ends and paper starts (N. Otsu, A threshold selection method from gray-level histograms, 1979)."""
    counts = np.bincount(grey[::2, ::2].ravel(), minlength=256).astype(np.float64)
    levels = np.arange(256)
    below = counts.cumsum()
    above = counts.sum() - below
    sums = (counts * levels).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return int(np.nan_to_num(spread).argmax()) + 1


def skew_degrees(grey: Greys) -> float:
    """The angle, at most 5° either way, by which turning the page anticlockwise makes its lines level."""
    step = max(1, grey.shape[1] // 1200)
    rows, columns = np.nonzero(grey[::step, ::step] < _threshold(grey))
    if len(rows) < 500:  # nearly blank
        return 0.0
    if len(rows) > _SKEW_POINTS:
        chosen = np.random.default_rng(0).choice(len(rows), _SKEW_POINTS, replace=False)
        rows, columns = rows[chosen], columns[chosen]

    def sharpness(angle: float) -> float:
        # Level lines give a profile of full and empty rows.
        shifted = rows - columns * np.tan(np.radians(angle))
        profile = np.bincount((shifted - shifted.min()).astype(np.int64))
        return float(np.square(np.diff(profile)).sum())

    best = max(np.arange(-_MAX_SKEW_DEGREES, _MAX_SKEW_DEGREES + 0.01, 0.25), key=sharpness)
    return float(max(np.arange(best - 0.25, best + 0.26, 0.05), key=sharpness))


def _find_rules(dark: Bits, shortest: int, thickest: int) -> tuple[list[Box], Bits]:
    """Straight rules along both axes, and their pixels."""
    rules: list[Box] = []
    drawn = np.zeros_like(dark)
    for axis in (1, 0):
        # A rule that is not quite level climbs to the next row of pixels: thicken before looking for long runs.
        thick = ndimage.maximum_filter1d(dark.view(np.uint8), 3, axis=1 - axis)
        runs = ndimage.minimum_filter1d(thick, shortest, axis=axis)
        runs = ndimage.maximum_filter1d(runs, shortest, axis=axis, origin=-1 if shortest % 2 == 0 else 0)
        labels, _ = ndimage.label(runs, structure=np.ones((3, 3), dtype=np.int8))
        for number, place in enumerate(ndimage.find_objects(labels), 1):
            box = Box(place[1].start, place[0].start, place[1].stop, place[0].stop)
            if min(box.right - box.left, box.bottom - box.top) <= thickest + 2:
                rules.append(box)
                drawn[place] |= (labels[place] == number) & dark[place]
    return rules, drawn


def _no_print(dark: Bits, per_mm: float) -> Bits:
    """Pixels of connected shapes of no letter's size (signatures, seals, pictures), and of dots far from any letter."""
    labels, count = ndimage.label(dark, structure=np.ones((3, 3), dtype=np.int8))
    unwanted = np.zeros(count + 1, dtype=np.bool_)
    letters = np.zeros(count + 1, dtype=np.bool_)
    dots = np.zeros(count + 1, dtype=np.bool_)
    for number, place in enumerate(ndimage.find_objects(labels), 1):
        high, wide = place[0].stop - place[0].start, place[1].stop - place[1].start
        unwanted[number] = high > _TALLEST_PRINT * per_mm and wide > _TALLEST_PRINT / 2 * per_mm
        letters[number] = high > _SMALLEST_LETTER * per_mm and not unwanted[number]
        dots[number] = max(high, wide) < _DOT * per_mm
    unwanted |= np.bincount(labels.ravel(), minlength=count + 1) < max(2.0, (_SPECK * per_mm) ** 2)
    unwanted[0] = False
    near = letters[labels].view(np.uint8)
    for axis in (0, 1):
        near = ndimage.maximum_filter1d(near, 2 * round(_DOT_REACH * per_mm) + 1, axis=axis)
    attached = np.zeros(count + 1, dtype=np.bool_)
    attached[labels[near.view(np.bool_)]] = True
    taken: Bits = (unwanted | (dots & ~attached))[labels]
    return taken
