"""What an adapter learns from: the chunks of a library, or of the articles in a BEIR corpus file."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import UsageError
from core.settings import Settings
from core.text import nfc, syllables
from core.types import Chunk, Metadata, Section, SectionKind
from ingest.chunking import CountTokens, make_chunks
from ingest.structure import find_sections
from retrieval.knowledge_base import KnowledgeBase

# Corpus files keep a fragment on one line: an article's heading and its clauses begin lines again, and a heading that
# no clause follows cannot be told from its text.
_FLAT_BREAK = re.compile(
    r"(?<!Điều)(?<!khoản)(?<!điểm)\s+(?=Điều \d+[a-zđ]?\. [A-ZĐÀ-Ỹ]|\d{1,2}\. [A-ZĐÀ-Ỹ]|[a-zđ]\) [A-ZĐÀ-Ỹ])"
)
_ARTICLE = re.compile(r"Điều \w+\.\s+(?P<heading>.{3,200}?)(?:\s*\((?P<document>[^()]+)\))?$")
_CHAPTER_CHARS = 200
_SHINGLE = 8
_MOST_SHARED = 0.1


@dataclass(frozen=True, slots=True)
class SourcePassage:
    """A chunk as it is embedded, and where it stands.

    Attributes:
        document: Identity of its document; passages of one document are each other's hard negatives.
        document_title: How a question names the document; may be empty.
        provision: Identity of its article or highest list item: two passages of one provision answer the same question.
        heading: Heading of that provision without its number; may be empty.
        header: Breadcrumb that is embedded in front of the text.
    """

    document: str
    document_title: str
    provision: str
    heading: str
    header: str
    text: str


def read_source(path: Path, count_tokens: CountTokens, settings: Settings) -> list[SourcePassage]:
    """Passages of a library's data folder or of a BEIR `corpus.jsonl`, as the product would cut and embed them.

    Raises:
        UsageError: `path` is neither.
    """
    if (path / "catalogue.sqlite3").is_file():
        with KnowledgeBase.open(settings.model_copy(update={"data_dir": path}), None, writable=False) as library:
            return [
                passage
                for document in library.documents()
                for passage in _passages(
                    document.id,
                    " ".join(part for part in (document.metadata.kind, document.metadata.title) if part),
                    library.sections(document.id),
                    library.chunks(document.id),
                )
            ]
    if path.suffix == ".jsonl" and path.is_file():
        return list(_corpus_passages(path, count_tokens, settings.chunk_tokens))
    raise UsageError(
        f"Không học được từ {path}. Hãy chỉ ra thư mục dữ liệu của một kho (có catalogue.sqlite3) "
        "hoặc một tệp corpus.jsonl kiểu BEIR."
    )


def without_held_out(passages: Sequence[SourcePassage], held_out: Sequence[SourcePassage]) -> list[SourcePassage]:
    """`passages` of those documents of which less than a tenth (in runs of eight syllables) stands in `held_out`."""
    seen = {shingle for passage in held_out for shingle in _shingles(passage.text)}
    own: defaultdict[str, set[int]] = defaultdict(set)
    for passage in passages:
        own[passage.document] |= _shingles(passage.text)
    shared = {document for document, shingles in own.items() if len(shingles & seen) > _MOST_SHARED * len(shingles)}
    return [passage for passage in passages if passage.document not in shared]


def _shingles(text: str) -> set[int]:
    words = syllables(text)
    return {hash(tuple(words[i : i + _SHINGLE])) for i in range(len(words) - _SHINGLE + 1)}


def _corpus_passages(path: Path, count_tokens: CountTokens, max_tokens: int) -> Iterator[SourcePassage]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            identity, title, text = record["_id"], nfc(record.get("title", "")).strip(), nfc(record["text"]).strip()
            document, place = re.split("[#@]", identity)[0], _ARTICLE.match(title)
            if place is None:
                text = _unfolded(text.removeprefix(title).strip())
            name = (place["document"] or "") if place else title.lower() if title.isupper() else title
            # A fragment is one article: its heading is the corpus's title or its own first line.
            article = place or _ARTICLE.match(text.split("\n", 1)[0])
            sections = find_sections(text, (0,))
            chunks = make_chunks(
                identity, text, (0,), sections, Metadata(title=title), count_tokens=count_tokens, max_tokens=max_tokens
            )
            for passage in _passages(document, name, sections, chunks):
                yield replace(
                    passage,
                    provision=identity if article else f"{identity}/{passage.provision}",
                    heading=article["heading"] if article else passage.heading,
                )


def _unfolded(text: str) -> str:
    """A fragment on one line, cut before its article, clauses and points; what precedes the article goes."""
    lines = _FLAT_BREAK.sub("\n", text)
    article = lines.find("\nĐiều ", 0, _CHAPTER_CHARS)
    return lines[article + 1 :].removeprefix("none ")


def _passages(
    document: str, title: str, sections: Sequence[Section], chunks: Sequence[Chunk]
) -> Iterator[SourcePassage]:
    headings = {section.path: section.heading for section in sections}
    for chunk in chunks:
        path = chunk.section_path
        kinds = [step.kind for step in path]
        depth = kinds.index(SectionKind.ARTICLE) + 1 if SectionKind.ARTICLE in kinds else len(path)
        provision = "/".join([document, *(f"{step.kind}{step.number}" for step in path[:depth])])
        yield SourcePassage(document, title, provision, headings.get(path[:depth], ""), chunk.header, chunk.text)
