"""Precision and recall of the relations between documents that ingestion finds, against a hand-labelled list.

    python -m evaluation.relations FOLDER [--questions FILE] [--json]

FOLDER holds the documents; the list names them by their path in it. For each file the list says which kinds of
relation it names completely, so that one too many counts as well as one too few. A file that is not there is listed as
missing and one that cannot be read as unread (its relations count as not found), neither is passed over.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import AssistantError, UsageError
from core.json_values import JsonObject
from core.provisions import list_provisions
from core.references import find_document_numbers, number_key
from core.text import fold_diacritics
from core.types import Metadata, RelationKind
from ingest.metadata import read_metadata
from ingest.reading import ReadLimits, read_file
from ingest.structure import find_sections

REAL_DOCUMENTS = Path(__file__).parent / "questions" / "relations" / "real_documents.jsonl"
SAMPLE_CORPUS = Path(__file__).parent / "questions" / "relations" / "sample_corpus.jsonl"

_A_PART = "một phần"


@dataclass(frozen=True, slots=True, order=True)
class Stated:
    """One relation as compared: numbers by their key, scopes by the provision they name.

    A part named in words counts as "a part", whichever the words.
    """

    kind: str
    target: str
    scope: str


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """What the list says of one file.

    Attributes:
        kinds: Kinds of relation of which every one is on the list.
        held_out: Kept apart while rules were being written.
    """

    file: str
    kinds: frozenset[str]
    held_out: bool
    relations: frozenset[Stated]


@dataclass(frozen=True, slots=True)
class FileScore:
    """How one file fared; `problem` says why it was not read, empty if it was."""

    labelled: LabelledFile
    found: frozenset[Stated]
    problem: str = ""

    @property
    def missed(self) -> list[Stated]:
        """On the list and not found."""
        return sorted(self.labelled.relations - self.found)

    @property
    def surplus(self) -> list[Stated]:
        """Found and not on the list, though the list is complete for their kind."""
        return sorted(self.found - self.labelled.relations)


@dataclass(frozen=True, slots=True)
class RelationScores:
    """Figures over files, shares 0 to 1."""

    n_files: int
    n_unread: int
    n_labelled: int
    n_found: int
    n_right: int

    @property
    def precision(self) -> float:
        """Share of what was found that is on the list."""
        return self.n_right / self.n_found if self.n_found else 1.0

    @property
    def recall(self) -> float:
        """Share of the list that was found."""
        return self.n_right / self.n_labelled if self.n_labelled else 1.0

    def as_json(self) -> JsonObject:
        """All figures."""
        return {
            "n_files": self.n_files,
            "n_unread": self.n_unread,
            "n_labelled": self.n_labelled,
            "n_found": self.n_found,
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
        }


def read_labels(path: Path) -> list[LabelledFile]:
    """The labelled files of a list; its format is described in `evaluation/questions/relations/README.md`.

    Raises:
        UsageError: a line is malformed, or names a file that no earlier line opened.
    """
    heads: dict[str, tuple[frozenset[str], bool]] = {}
    relations: dict[str, set[Stated]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            if "kinds" in record:
                kinds = frozenset(RelationKind(kind).value for kind in record["kinds"])
                heads[record["file"]] = kinds, bool(record.get("held_out", False))
                relations[record["file"]] = set()
            else:
                stated = _stated(RelationKind(record["kind"]), record["target"], record.get("scope", ""))
                relations[record["file"]].add(stated)
        except (KeyError, ValueError, TypeError) as error:
            raise UsageError(
                f"Nhãn quan hệ ở {path}, dòng {number} sai định dạng ({error!r}). Hãy sửa dòng này."
            ) from error
    return [LabelledFile(file, *heads[file], frozenset(relations[file])) for file in heads]


def score_folder(folder: Path, labels: Sequence[LabelledFile]) -> list[FileScore]:
    """How each labelled file of `folder` fares, in the order of `labels`."""
    return [_score(folder / labelled.file, labelled) for labelled in labels]


def total(scores: Sequence[FileScore]) -> RelationScores:
    """Figures over all relations of `scores`, each relation counting once."""
    return RelationScores(
        n_files=len(scores),
        n_unread=sum(bool(score.problem) for score in scores),
        n_labelled=sum(len(score.labelled.relations) for score in scores),
        n_found=sum(len(score.found) for score in scores),
        n_right=sum(len(score.found & score.labelled.relations) for score in scores),
    )


def _score(path: Path, labelled: LabelledFile) -> FileScore:
    try:
        found = frozenset(stated for stated in _found(_metadata(path)) if stated.kind in labelled.kinds)
    except AssistantError as error:
        return FileScore(labelled, frozenset(), str(error))
    return FileScore(labelled, found)


def _metadata(path: Path) -> Metadata:
    extracted = read_file(path, ReadLimits())
    sections = find_sections(extracted.text, extracted.page_starts)
    return read_metadata(extracted.text, sections, hints=extracted.hints)[0]


def _found(metadata: Metadata) -> Iterator[Stated]:
    for relation in metadata.relations:
        yield _stated(relation.kind, relation.target, relation.scope)


def _stated(kind: RelationKind, target: str, scope: str) -> Stated:
    is_number = bool(find_document_numbers(target))
    name = re.sub(r"\s+(?:nam\s+)?(?:19|20)\d\d$", "", " ".join(fold_diacritics(target).lower().split()))
    return Stated(kind.value, number_key(target) if is_number else name, _scope_key(scope))


def _scope_key(scope: str) -> str:
    provisions = list_provisions(scope)
    return "; ".join(each.scope.casefold() for each in provisions) if provisions else _A_PART if scope else ""


def _report(scores: Sequence[FileScore]) -> Iterator[str]:
    yield f"{'tập':<12}{'tệp':>5}{'không đọc':>11}{'nhãn':>6}{'tìm được':>10}{'chính xác':>11}{'đủ':>8}"
    for name, group in _groups(scores):
        figures = total(group)
        yield (
            f"{name:<12}{figures.n_files:>5}{figures.n_unread:>11}{figures.n_labelled:>6}{figures.n_found:>10}"
            f"{figures.precision:>11.3f}{figures.recall:>8.3f}"
        )
    for score in scores:
        if score.problem or score.missed or score.surplus:
            yield f"\n{score.labelled.file}"
        if score.problem:
            yield f"  không đọc được: {score.problem}"
        for sign, relations in (("-", score.missed), ("+", score.surplus)):
            yield from (f"  {sign} {each.kind} {each.target} {each.scope}".rstrip() for each in relations)


def _groups(scores: Sequence[FileScore]) -> list[tuple[str, list[FileScore]]]:
    groups = [("tất cả", list(scores))]
    for name, held_out in (("phát triển", False), ("giữ riêng", True)):
        groups.append((name, [score for score in scores if score.labelled.held_out is held_out]))
    return groups


def _as_json(scores: Sequence[FileScore]) -> JsonObject:
    (_, whole), (_, tuned), (_, held_out) = _groups(scores)
    return {
        "all": total(whole).as_json(),
        "tuned_on": total(tuned).as_json(),
        "held_out": total(held_out).as_json(),
        "by_kind": {kind.value: _of_kind(scores, kind.value).as_json() for kind in RelationKind},
        "misses": [
            {
                "file": score.labelled.file,
                "problem": score.problem,
                "missed": [[each.kind, each.target, each.scope] for each in score.missed],
                "surplus": [[each.kind, each.target, each.scope] for each in score.surplus],
            }
            for score in scores
            if score.problem or score.missed or score.surplus
        ],
    }


def _of_kind(scores: Sequence[FileScore], kind: str) -> RelationScores:
    return total(
        [
            FileScore(
                LabelledFile(
                    score.labelled.file,
                    score.labelled.kinds,
                    score.labelled.held_out,
                    frozenset(each for each in score.labelled.relations if each.kind == kind),
                ),
                frozenset(each for each in score.found if each.kind == kind),
                score.problem,
            )
            for score in scores
        ]
    )


def main() -> None:
    """Measures the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--questions", type=Path, default=REAL_DOCUMENTS, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    scores = score_folder(arguments.folder, read_labels(arguments.questions))
    if arguments.json:
        sys.stdout.write(json.dumps(_as_json(scores), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(_report(scores)) + "\n")


if __name__ == "__main__":
    main()
