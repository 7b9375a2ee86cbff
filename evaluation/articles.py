"""Whether ingestion lost an article: its sections against lists of articles made without the parser.

    python -m evaluation.articles PATH… [--json]

Each file is counted twice: on the text that ingestion made of it (is the structure right?) and on what another
program reads from the file (is the reading right?): Poppler for PDF, antiword for .doc, the raw XML of .docx, the
`prov-article` marks of vbpl.vn pages.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.errors import IngestError
from core.text import syllables
from core.types import Section, SectionKind
from evaluation.article_lists import count_articles, number_key
from evaluation.other_readers import OtherReading, read_otherwise
from ingest.reading import ReadLimits, read_file
from ingest.structure import find_sections

_LOST_WORDS_SHARE = 0.03  # running heads, page numbers and signature boxes are left out on purpose


@dataclass(frozen=True, slots=True)
class Comparison:
    """The sections' articles against one independent list.

    Attributes:
        method: Where the list comes from.
        expected: Articles on it.
        missing: Articles on the list that no section opens, as `5` or `5a`, once for each time.
        surplus: Articles that sections open and the list does not have; none where the list may be partial.
    """

    method: str
    expected: int
    missing: tuple[str, ...]
    surplus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What became of one file.

    Attributes:
        word_share: Share of the words another program reads that our text has too; `None` without such a program.
        error: Why the file could not be taken in; empty when it was.
    """

    source: str
    articles: int
    comparisons: tuple[Comparison, ...]
    word_share: float | None
    error: str = ""

    @property
    def is_complete(self) -> bool:
        """Nothing missing, nothing too much, and hardly a word lost in reading."""
        words_kept = self.word_share is None or self.word_share >= 1 - _LOST_WORDS_SHARE
        return not self.error and words_kept and not any(c.missing or c.surplus for c in self.comparisons)


def check_file(path: Path) -> FileCheck:
    """`path` taken in and compared; an unreadable file is a check with an error."""
    try:
        extracted = read_file(path, ReadLimits())
    except IngestError as error:
        return FileCheck(str(path), 0, (), None, str(error))
    found = _articles(find_sections(extracted.text, extracted.page_starts, extracted.notes_start))
    comparisons = [compare("text", count_articles(extracted.text[: extracted.notes_start].split("\n")), found)]
    other = read_otherwise(path, extracted.format)
    if other is not None:
        compared = compare(other.method, _listed(other), found)
        comparisons.append(compared if other.articles is None else replace(compared, surplus=()))
    share = _word_share(extracted.text, other.words) if other is not None and other.words is not None else None
    return FileCheck(str(path), len(found), tuple(comparisons), share)


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files among `paths` and in their folders, in order; tables of facts beside them are left out."""
    found = (file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path]))
    return [file for file in found if file.is_file() and file.suffix.lower() not in {".tsv", ".csv", ".json"}]


def _listed(other: OtherReading) -> list[str]:
    return list(other.articles) if other.articles is not None else count_articles(other.lines)


def _articles(sections: Sequence[Section]) -> list[str]:
    """Numbers of the article sections; those of forms in an appendix are not the document's provisions."""
    return [
        number_key(section.path[-1].number.split(" ")[0])
        for section in sections
        if section.path[-1].kind is SectionKind.ARTICLE
        and not any(step.kind is SectionKind.APPENDIX for step in section.path)
    ]


def compare(method: str, expected: Sequence[str], found: Sequence[str]) -> Comparison:
    """What of `expected` is not `found`, and the other way round; the order does not matter."""
    listed, opened = Counter(expected), Counter(found)
    return Comparison(method, len(expected), tuple((listed - opened).elements()), tuple((opened - listed).elements()))


def _word_share(text: str, words: str) -> float:
    other = Counter(syllables(words))
    lost = other - Counter(syllables(text))
    return 1 - lost.total() / max(1, other.total())


def main() -> int:
    """Prints one line a file, or one JSON object; 1 when a file is not complete."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.articles", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", dest="as_json")
    arguments = parser.parse_args()
    checks = [check_file(path) for path in files_in(arguments.paths)]
    read = [check for check in checks if not check.error]
    if arguments.as_json:
        figures = {
            "files": [{**asdict(check), "complete": check.is_complete} for check in checks],
            "read": len(read),
            "complete": sum(check.is_complete for check in read),
            "unread": len(checks) - len(read),
        }
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(_line(check) for check in checks)
    return 0 if all(check.is_complete for check in checks) else 1


def _line(check: FileCheck) -> str:
    if check.error:
        return f"{check.source}: không đọc được: {check.error}\n"
    parts = [f"{check.source}: {check.articles} Điều"]
    for comparison in check.comparisons:
        parts.append(f"{comparison.method} {comparison.expected}")
        parts += [f"thiếu {', '.join(comparison.missing)}"] if comparison.missing else []
        parts += [f"thừa {', '.join(comparison.surplus)}"] if comparison.surplus else []
    parts += [f"từ giữ được {check.word_share:.1%}"] if check.word_share is not None else []
    return "; ".join(parts) + ("\n" if check.is_complete else " ← xem lại\n")


if __name__ == "__main__":
    sys.exit(main())
