"""Pages a second of recognition with one worker and with one on each core, and memory over a long text PDF."""

import argparse
import os
import sys
import time
from dataclasses import replace
from io import BytesIO
from subprocess import run

import pypdf

from evaluation.benchmarks.measuring import LIMITS, SAMPLE_CORPUS, peak_memory_mb, report
from evaluation.scans import STYLES, make_scan
from ingest.reading import extract_text

_SAMPLE = SAMPLE_CORPUS / "quyet-dinh-31-2025-qd-ubnd.pdf"


def main() -> None:
    """Recognises one scan with one worker and with all, then reads a long PDF in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", type=int, default=1000, metavar="PAGES", help="pages of the long text PDF")
    parser.add_argument("--only-long", action="store_true", help="read the long PDF and say the memory it took")
    options = parser.parse_args()
    if options.only_long:
        started = time.perf_counter()
        extracted = extract_text(_repeated(options.long), "long.pdf", LIMITS)
        pages = len(extracted.page_starts)
        report(
            {
                "benchmark": "long_pdf",
                "pages": pages,
                "pages_per_s": round(pages / (time.perf_counter() - started), 1),
                "peak_memory_mb": peak_memory_mb(),
            }
        )
        return
    scan = make_scan(_SAMPLE.read_bytes(), STYLES["worn"])
    speeds = {}
    for name, workers in (("one", 1), ("all", os.cpu_count() or 1)):
        started = time.perf_counter()
        pages = len(extract_text(scan, "scan.pdf", replace(LIMITS, ocr_workers=workers)).page_starts)
        speeds[f"pages_per_s_{name}"] = round(pages / (time.perf_counter() - started), 2)
    report(
        {
            "benchmark": "ocr",
            "pages": pages,
            **speeds,
            "speed_up": round(speeds["pages_per_s_all"] / speeds["pages_per_s_one"], 2),
            "peak_memory_mb": peak_memory_mb(),
        }
    )
    sys.stdout.flush()
    # Memory is counted for a whole process: the long file needs one of its own.
    run([sys.executable, "-m", __spec__.name, "--only-long", "--long", str(options.long)], check=True)


def _repeated(pages: int) -> bytes:
    """A PDF of `pages` pages, those of the sample over and over."""
    source = pypdf.PdfReader(_SAMPLE)
    writer = pypdf.PdfWriter()
    for index in range(pages):
        writer.add_page(source.pages[index % len(source.pages)])
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
