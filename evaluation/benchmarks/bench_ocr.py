"""Pages a second of recognition, with one worker and with one on each core in the same run."""

import os
import time
from dataclasses import replace

from evaluation.benchmarks.measuring import LIMITS, SAMPLE_CORPUS, peak_memory_mb, report
from evaluation.scans import STYLES, make_scan
from ingest.reading import extract_text

_SAMPLE = SAMPLE_CORPUS / "quyet-dinh-31-2025-qd-ubnd.pdf"


def main() -> None:
    """Recognises one scan twice; the memory is that of this process, without Tesseract's own."""
    scan = make_scan(_SAMPLE.read_bytes(), STYLES["worn"])
    speeds = {}
    pages = 0
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


if __name__ == "__main__":
    main()
