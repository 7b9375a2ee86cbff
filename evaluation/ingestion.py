"""How often number, kind, issuer and date of issue are read right, file by file against a manifest of the truth.

    python -m evaluation.ingestion FOLDER [--manifest FILE] [--sample N] [--only text|scan] [--json]

The manifest (`FOLDER/manifest.tsv` unless named) is tab-separated with the columns `file`, `document_number`, `type`,
`issuer`, `date` (ISO) and, where known, `has_text_layer` (`no` for scans) and `note`. Rules of the comparison:

* An empty cell means that the document leaves it out: only an empty value is right, a guess is a miss.
* Numbers meet by `number_key`: spaces, leading zeros, look-alike letters and diacritics tell no numbers apart.
* Kinds: remarks in brackets, `(dự thảo)`, `(phụ lục)`, are not part of a kind; a kind wholly in brackets and those of
  `_NO_KINDS` are none.
* Issuers meet by their words: case, punctuation, tone placement, diacritics of capitals and what stands in brackets do
  not count, abbreviations of `_ABBREVIATIONS` are spelled out, `giai đoạn` and a final `Đảng` or `Việt Nam` may be
  missing. The chairman of a people's committee and his committee are one: letterheads print the committee for both.
* Cells hold alternatives, ` / ` or `; ` between them, for files that say two things; then the one marked `(body)` or
  `(nội dung)`, or without marks any of them, is right: the text decides, not the page around it.
* A miss tells whether the text states the value at all: what was expected or, where nothing was, what was found. A
  date that only a portal knows cannot be read from the file; a date that the manifest lacks can.
* A file that cannot be read is wrong in all four fields. A stub, which holds no text, is right when it is refused.
* Stubs, translations, collections, conflicting pages and what is no official document are counted in a row of their
  own, `special`, so that they neither flatter nor spoil the others.
"""

import argparse
import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from core.errors import IngestError, UsageError
from core.json_values import JsonObject
from core.references import find_dates, find_document_numbers, number_key
from core.text import fold_diacritics, normalise_tone_placement
from core.types import Metadata
from ingest.parsing import parse_file
from ingest.reading import ReadLimits
from retrieval.embeddings import estimate_tokens

FIELDS = ("number", "kind", "issuer", "date")
_GROUPS = ("text", "scan", "special")
_CHUNK_TOKENS = 400
_SAMPLE_SEED = 20260101

_COLUMNS = {"number": "document_number", "kind": "type", "issuer": "issuer", "date": "date"}
_ABBREVIATIONS = {
    "ubnd": "uy ban nhan dan", "hdnd": "hoi dong nhan dan", "bch": "ban chap hanh", "tw": "trung uong",
    "mtqg": "muc tieu quoc gia", "ldld": "lien doan lao dong", "vhttdl": "van hoa the thao va du lich",
    "tttt": "thong tin va truyen thong", "khcn": "khoa hoc va cong nghe", "pccc": "phong chay chua chay",
    "cnch": "cuu nan cuu ho", "tp": "thanh pho",
}  # fmt: skip
# What manifests call files that are no document of their own.
_NO_KINDS = {"phụ lục", "mẫu văn bản", "faq"}
_BODY_MARK = re.compile(r"\((?:body|nội dung)\)")
_BRACKETED = re.compile(r"\([^)]*\)")
_ALTERNATIVES = re.compile(r"\s/\s|;\s")
_STUB = re.compile(r"\bstub\b", re.IGNORECASE)
_SPECIAL = re.compile(r"\b(?:stub|english|wrong-body|compilation|multi-document|format trap)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of the manifest; `group` is `text`, `scan` or `special`."""

    file: str
    cells: dict[str, str]
    group: str
    is_stub: bool


@dataclass(frozen=True, slots=True)
class Miss:
    """A field that was read wrong.

    Attributes:
        found: What was read; the reason where the file was refused.
        stated: The text states what was expected or, where nothing was, what was found.
    """

    file: str
    group: str
    field: str
    expected: str
    found: str
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file fared; `refusal` is why it was not taken in, empty when it was."""

    expected: Expected
    misses: tuple[Miss, ...]
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class IngestionScores:
    """Outcomes of all files of a manifest, in its order."""

    outcomes: Sequence[Outcome]

    def share(self, field: str, group: str = "") -> float | None:
        """Share of files with `field` right, of one group or of all; `None` when there is no file."""
        outcomes = self._of(group)
        wrong = sum(any(miss.field == field for miss in outcome.misses) for outcome in outcomes)
        return round(1 - wrong / len(outcomes), 4) if outcomes else None

    def as_json(self) -> JsonObject:
        """Shares by group and field, then every miss and every refusal."""
        return {
            "files": len(self.outcomes),
            "groups": {
                group: {"files": len(self._of(group)), **{field: self.share(field, group) for field in FIELDS}}
                for group in _GROUPS
                if self._of(group)
            },
            "misses": [
                {"file": miss.file, "group": miss.group, "field": miss.field, "expected": miss.expected,
                 "found": miss.found, "stated": miss.stated}
                for outcome in self.outcomes for miss in outcome.misses
            ],
            "refused": [{"file": o.expected.file, "error": o.refusal} for o in self.outcomes if o.refusal],
        }  # fmt: skip

    def as_table(self) -> list[str]:
        """A line per group, then per miss."""
        lines = [f"{'':<10}{'files':>6}{'refused':>9}" + "".join(f"{field:>9}" for field in FIELDS)]
        for group in _GROUPS:
            outcomes = self._of(group)
            refused = sum(bool(outcome.refusal) for outcome in outcomes)
            if not outcomes:
                continue
            shares = "".join(f"{self.share(field, group):>9.3f}" for field in FIELDS)
            lines.append(f"{group:<10}{len(outcomes):>6}{refused:>9}{shares}")
        for outcome in self.outcomes:
            if outcome.refusal:
                lines.append(f"{outcome.expected.file}: refused: {outcome.refusal}")
            else:
                lines += [
                    f"{m.file}: {m.field}: expected {m.expected!r}, got {m.found!r}"
                    f" ({'stated' if m.stated else 'not stated'} in the text)"
                    for m in outcome.misses
                ]
        return lines

    def _of(self, group: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if group in ("", outcome.expected.group)]


def evaluate_ingestion(folder: Path, expected: Iterable[Expected], *, workers: int = 1) -> IngestionScores:
    """Reads each expected file under `folder` and compares; `workers` processes share the files."""
    judge = partial(_fare, folder)
    if workers == 1:
        return IngestionScores([judge(line) for line in expected])
    with ProcessPoolExecutor(workers) as pool:
        return IngestionScores(list(pool.map(judge, expected)))


def read_manifest(path: Path) -> list[Expected]:
    """The lines of a manifest.

    Raises:
        UsageError: it is missing or lacks a column.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        return [_expected(row) for row in rows]
    except (OSError, KeyError, TypeError) as error:
        raise UsageError(
            f"Không đọc được bảng kê {path} ({error!r}). Cần tệp .tsv có các cột file, document_number, type, "
            "issuer, date."
        ) from error


def _expected(row: dict[str, str]) -> Expected:
    cells = {field: row[column].strip() for field, column in _COLUMNS.items()}
    remark = f"{row.get('note') or ''} {row['file']}".replace("_", " ")
    several = any(len(_ALTERNATIVES.split(cells[field])) > 1 for field in ("number", "kind"))
    if several or _SPECIAL.search(remark):
        group = "special"
    else:
        group = "scan" if row.get("has_text_layer") == "no" or "scan" in row["file"].lower() else "text"
    return Expected(row["file"], cells, group, _STUB.search(remark) is not None)


def _fare(folder: Path, expected: Expected) -> Outcome:
    try:
        parsed = parse_file(
            folder / expected.file, limits=ReadLimits(), count_tokens=estimate_tokens, max_tokens=_CHUNK_TOKENS
        )
    except IngestError as error:
        wrong = () if expected.is_stub else FIELDS
        return Outcome(
            expected,
            tuple(Miss(expected.file, expected.group, field, expected.cells[field], str(error)) for field in wrong),
            str(error),
        )
    return Outcome(expected, tuple(_misses(expected, parsed.metadata, parsed.text)))


def _misses(expected: Expected, metadata: Metadata, text: str) -> Iterable[Miss]:
    found = {
        "number": metadata.number,
        "kind": metadata.kind,
        "issuer": metadata.issuer,
        "date": metadata.issued_on.isoformat() if metadata.issued_on else "",
    }
    for field in FIELDS:
        key = _KEYS[field]
        if key(found[field]) not in {key(choice) for choice in _choices(expected.cells[field])}:
            stated = _is_stated(field, expected.cells[field] or found[field], text)
            yield Miss(expected.file, expected.group, field, expected.cells[field], found[field], stated)


def _is_stated(field: str, value: str, text: str) -> bool:
    if field == "date":
        return value in {day.isoformat() for day, _ in find_dates(text)}
    if field == "number":
        return number_key(value) in {number_key(number.text) for number in find_document_numbers(text)}
    return _KEYS[field](value) in _KEYS[field](text)


def _choices(cell: str) -> list[str]:
    """What a cell of the manifest allows: the alternative of the body, else any."""
    choices = _ALTERNATIVES.split(cell)
    return [choice for choice in choices if _BODY_MARK.search(choice)] or choices


def _kind_key(kind: str) -> str:
    key = " ".join(normalise_tone_placement(_BRACKETED.sub(" ", kind)).split())
    return "" if key in _NO_KINDS else key


def _issuer_key(issuer: str) -> str:
    words = re.findall(r"\w+", fold_diacritics(_BRACKETED.sub(" ", issuer)).lower())
    spelled = " ".join(_ABBREVIATIONS.get(word, word) for word in words)
    return re.sub(r"^chu tich (?=uy ban)|\bgiai doan | (?:dang|viet nam)$", "", spelled)


_KEYS: dict[str, Callable[[str], str]] = {
    "number": lambda number: number_key(_BRACKETED.sub("", number)),
    "kind": _kind_key,
    "issuer": _issuer_key,
    "date": str,
}


def main() -> None:
    """Scores the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="default: FOLDER/manifest.tsv")
    parser.add_argument("--sample", type=int, metavar="N", help="only N files, the same ones each time")
    parser.add_argument("--only", choices=_GROUPS, help="only the files of this group")
    parser.add_argument("--workers", type=int, default=1, help="processes that share the files")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        lines = read_manifest(options.manifest or options.folder / "manifest.tsv")
    except UsageError as error:
        parser.error(str(error))
    lines = [line for line in lines if options.only in (None, line.group)]
    if options.sample is not None and options.sample < len(lines):
        lines = Random(_SAMPLE_SEED).sample(lines, options.sample)  # noqa: S311
    scores = evaluate_ingestion(options.folder, lines, workers=options.workers)
    shown = [json.dumps(scores.as_json(), ensure_ascii=False)] if options.json else scores.as_table()
    sys.stdout.write("\n".join(shown) + "\n")


if __name__ == "__main__":
    main()
