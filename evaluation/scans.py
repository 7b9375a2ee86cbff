"""Character error rate of scans made from the sample corpus: clean, and with noise, skew and a stamp."""

import argparse
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from evaluation.sample import SAMPLE_CORPUS
from ingest.reading import ReadLimits, extract_text

DPI = 200
_SKEW_DEGREES = 2.0
_NOISE = 14.0  # standard deviation of grey levels, 0 to 255
_SPECKS = 0.0005  # share of pixels turned black or white
_STAMP_MM = 36  # diameter of a provincial body's seal
_STAMP_INK = (200, 30, 45, 215)
_JPEG_QUALITY = 75  # what office scanners use
_CONVERSION_TIMEOUT_S = 180

Degrade = Callable[[Image.Image, "_Place | None", int], Image.Image]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the stamp goes, in pixels from the top left."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ScanScore:
    """How well one scan was read.

    Attributes:
        characters: Length of the truth, white space folded.
        cer: Edits that turn what was read into the truth, in reading order, for each character of the truth.
        cer_lines: The same with each line matched to its nearest, whatever the order.
    """

    source: str
    style: str
    pages: int
    characters: int
    cer: float
    cer_lines: float


def clean_page(image: Image.Image, _place: _Place | None, _seed: int) -> Image.Image:
    """The page as a good scanner gives it: grey."""
    return image.convert("L")


def worn_page(image: Image.Image, place: _Place | None, seed: int) -> Image.Image:
    """The page with a red stamp at `place`, turned by 2°, with grain and specks; the same `seed`, the same page."""
    stamped = image.convert("RGBA")
    if place is not None:
        stamped.alpha_composite(_stamp(), (int(place.x), int(place.y)))
    turned = stamped.convert("RGB").rotate(
        _SKEW_DEGREES if seed % 2 else -_SKEW_DEGREES, resample=Image.Resampling.BICUBIC, fillcolor="white"
    )
    random = np.random.default_rng(seed)
    pixels = np.asarray(turned).astype(np.float32)
    pixels += random.normal(0, _NOISE, pixels.shape[:2])[..., None]
    specks = random.random(pixels.shape[:2])
    pixels[specks < _SPECKS / 2] = 0
    pixels[specks > 1 - _SPECKS / 2] = 255
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


STYLES: dict[str, Degrade] = {"clean": clean_page, "worn": worn_page}


def make_scan(pdf: bytes, degrade: Degrade, *, pages: int | None = None) -> bytes:
    """A PDF of pictures of the first `pages` pages of `pdf`, all unless given."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        images = [
            degrade(page.render(scale=DPI / 72).to_pil().convert("RGB"), _beside_signature(page), number)
            for number, page in enumerate(list(document)[:pages])
        ]
    finally:
        document.close()
    buffer = io.BytesIO()
    images[0].save(buffer, "PDF", save_all=True, append_images=images[1:], resolution=DPI, quality=_JPEG_QUALITY)
    return buffer.getvalue()


def _beside_signature(page: pypdfium2.PdfPage) -> _Place | None:
    """Over the signature: right of the recipients' list, which stands beside it (Decree 30/2020/NĐ-CP, appendix I)."""
    text_page = page.get_textpage()
    found = text_page.search("Nơi nhận:").get_next()
    if found is None:
        return None
    _, _, _, top = text_page.get_charbox(found[0])
    scale = DPI / 72
    return _Place(0.5 * page.get_width() * scale, (page.get_height() - top) * scale)


def _stamp() -> Image.Image:
    """A round seal: two rings, a star, and capitals along the ring."""
    side = int(_STAMP_MM / 25.4 * DPI)
    seal = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(seal)
    for inset, width in ((2, 7), (side // 6, 3)):
        draw.ellipse((inset, inset, side - inset, side - inset), outline=_STAMP_INK, width=width)
    draw.regular_polygon((side / 2, side / 2, side / 8), 5, fill=_STAMP_INK)
    font = ImageFont.load_default(side // 11)
    caption = "UY BAN NHAN DAN TINH LAM GIANG * "
    for index, letter in enumerate(caption):
        tile = Image.new("RGBA", (side, side))
        ImageDraw.Draw(tile).text((side / 2, side / 11), letter, font=font, fill=_STAMP_INK, anchor="mm")
        seal.alpha_composite(tile.rotate(-360 * index / len(caption), resample=Image.Resampling.BICUBIC))
    return seal


def folded(text: str) -> str:
    """`text` with every run of white space as one space; how lines are joined is not a matter of recognition."""
    return " ".join(text.split())


def character_error_rate(truth: str, read: str) -> float:
    """Levenshtein distance for each character of `truth`, white space folded in both."""
    return Levenshtein.distance(folded(truth), folded(read)) / max(1, len(folded(truth)))


def line_error_rate(truth: str, read: str) -> float:
    """As `character_error_rate`, each line of `truth` against the nearest of `read`; what is left over counts too."""
    left = [folded(line) for line in read.splitlines()]
    edits = total = 0
    for line in sorted(map(folded, truth.splitlines()), key=len, reverse=True):
        total += len(line)
        nearest = min(left, key=lambda other: Levenshtein.distance(line, other), default="")
        if nearest and Levenshtein.distance(line, nearest) < len(line):
            left.remove(nearest)
            edits += Levenshtein.distance(line, nearest)
        else:
            edits += len(line)
    return (edits + sum(map(len, left))) / max(1, total)


def measure(pdfs: Sequence[tuple[str, bytes]], styles: Sequence[str]) -> Iterator[ScanScore]:
    """A score for each of `pdfs` (name and bytes) in each of `styles`.

    The truth is what our reader takes from the same PDF's text layer: page numbers and running heads are left out of
    both sides, so one that is not dropped from a scan counts as an error.
    """
    for name, pdf in pdfs:
        truth = extract_text(pdf, name, ReadLimits())
        for style in styles:
            read = extract_text(make_scan(pdf, STYLES[style]), name, ReadLimits())
            yield ScanScore(
                name,
                style,
                len(truth.page_starts),
                len(folded(truth.text)),
                round(character_error_rate(truth.text, read.text), 4),
                round(line_error_rate(truth.text, read.text), 4),
            )


def sample_pdfs(folder: Path = SAMPLE_CORPUS) -> list[tuple[str, bytes]]:
    """PDF files of `folder`, and its Word files as PDF where LibreOffice is installed."""
    found = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.pdf"))]
    office = shutil.which("soffice")
    words = sorted(folder.glob("*.docx"))
    if office is None or not words:
        return found
    with tempfile.TemporaryDirectory() as converted:
        subprocess.run(
            [office, f"-env:UserInstallation=file://{converted}/profile", "--headless", "--convert-to", "pdf",
             "--outdir", converted, *map(str, words)],
            check=True, capture_output=True, timeout=_CONVERSION_TIMEOUT_S,
        )  # fmt: skip
        return found + [(path.name, path.read_bytes()) for path in sorted(Path(converted).glob("*.pdf"))]


def main() -> None:
    """Writes the scores of every sample, and the two rates over all characters, as one JSON object or a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--style", choices=sorted(STYLES), action="append")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    scores = list(measure(sample_pdfs(), options.style or list(STYLES)))
    rates = {
        style: {
            name: round(sum(getattr(s, name) * s.characters for s in chosen) / sum(s.characters for s in chosen), 4)
            for name in ("cer", "cer_lines")
        }
        for style in STYLES
        if (chosen := [score for score in scores if score.style == style])
    }
    if options.json:
        sys.stdout.write(json.dumps({"rates": rates, "scans": [asdict(score) for score in scores]}, ensure_ascii=False))
        sys.stdout.write("\n")
        return
    for score in scores:
        sys.stdout.write(f"{score.source:50} {score.style:6} {score.cer:7.2%} {score.cer_lines:7.2%}\n")
    for style, rate in rates.items():
        sys.stdout.write(f"{style:57} {rate['cer']:7.2%} {rate['cer_lines']:7.2%}\n")


if __name__ == "__main__":
    main()
