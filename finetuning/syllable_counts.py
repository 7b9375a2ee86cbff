"""Counts the syllables that questions without diacritics are read by where a small library's own texts are silent."""

import argparse
import gzip
import json
import logging
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from core.errors import AssistantError
from core.syllable import is_vietnamese_syllable
from core.text import has_vietnamese_marks, syllables
from ingest.reading import ReadLimits, read_file
from retrieval.common_syllables import COUNTS_FILE

_LOG = logging.getLogger(__name__)
# Rarer ones are misprints and names as often as not.
_LEAST_COUNT = 3
_LEAST_MARKED_SHARE = 0.3


def count_syllables(texts: Iterator[str]) -> dict[str, dict[str, int]]:
    """`{"singles": {syllable: times}, "pairs": {"first second": times}}` of the lines with marks."""
    singles: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for line in (line for text in texts for line in text.splitlines()):
        words = syllables(line)
        if sum(map(has_vietnamese_marks, words)) < _LEAST_MARKED_SHARE * len(words):
            continue  # another language, or Vietnamese without its marks
        singles.update(filter(is_vietnamese_syllable, words))
        pairs.update(p for p in pairwise(words) if is_vietnamese_syllable(p[0]) and is_vietnamese_syllable(p[1]))
    kept = {word: times for word, times in sorted(singles.items()) if times >= _LEAST_COUNT}
    return {
        "singles": kept,
        "pairs": {
            f"{first} {second}": times
            for (first, second), times in sorted(pairs.items())
            if times >= _LEAST_COUNT and first in kept and second in kept
        },
    }


def _texts(paths: list[Path]) -> Iterator[str]:
    for path in sorted(file for given in paths for file in ([given] if given.is_file() else given.rglob("*"))):
        if path.suffix == ".jsonl":
            yield from (text for line in path.read_text().splitlines() for text in _strings(json.loads(line)))
        elif path.is_file():
            try:
                yield read_file(path, ReadLimits()).text
            except AssistantError as error:
                _LOG.warning("Bỏ qua %s: %s", path.name, error)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def main() -> None:
    """Reads the arguments, counts, and writes the file."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description="Đếm âm tiết và cặp âm tiết thường gặp để thêm dấu cho câu hỏi.")
    parser.add_argument("paths", nargs="+", type=Path, help="tệp, thư mục văn bản, hoặc tệp .jsonl")
    parser.add_argument("--out", type=Path, default=COUNTS_FILE)
    options = parser.parse_args()
    counts = count_syllables(_texts(options.paths))
    written = json.dumps(counts, ensure_ascii=False, separators=(",", ":")).encode()
    options.out.write_bytes(gzip.compress(written, mtime=0))
    _LOG.info("%d âm tiết, %d cặp: %s", len(counts["singles"]), len(counts["pairs"]), options.out)


if __name__ == "__main__":
    main()
