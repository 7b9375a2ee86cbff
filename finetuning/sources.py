"""What an adapter learns from: the chunks of a library, or of the articles in a BEIR corpus file."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    r"(?<!Điều)(?<!khoản)(?<!điểm)\s+(?=Điều \d+[a-zđ]?\.? [A-ZĐÀ-Ỹ]|\d{1,2}\. [A-ZĐÀ-Ỹ]|[a-zđ]\) [A-ZĐÀ-Ỹ])"
)
_ARTICLE_TITLE = re.compile(r"Điều \w+\.?\s+(?P<heading>.+?)(?:\s*\((?P<document>[^()]+)\))?$")
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
            article = _ARTICLE_TITLE.match(title)
            document = re.split("[#@]", identity)[0]
            if article is None:
                text = _FLAT_BREAK.sub("\n", text.removeprefix(title).strip())
                # The fragment's chapter stands before its article.
                text = text[text.index("\nĐiều ") + 1 :] if "\nĐiều " in text[:200] else text.removeprefix("none ")
            sections = find_sections(text, (0,))
            chunks = make_chunks(
                identity, text, (0,), sections, Metadata(title=title), count_tokens=count_tokens, max_tokens=max_tokens
            )
            name = (article["document"] or "") if article else title.lower() if title.isupper() else title
            for passage in _passages(document, name, sections, chunks, within=identity):
                heading = article["heading"] if article else passage.heading
                yield SourcePassage(document, name, passage.provision, heading, passage.header, passage.text)


def _passages(
    document: str, title: str, sections: Sequence[Section], chunks: Sequence[Chunk], *, within: str = ""
) -> Iterator[SourcePassage]:
    headings = {section.path: section.heading for section in sections}
    for chunk in chunks:
        path = chunk.section_path
        kinds = [step.kind for step in path]
        depth = kinds.index(SectionKind.ARTICLE) + 1 if SectionKind.ARTICLE in kinds else len(path)
        provision = "/".join(f"{step.kind}{step.number}" for step in path[:depth])
        yield SourcePassage(
            document,
            title,
            f"{within or document}/{provision}",
            headings.get(path[:depth], ""),
            chunk.header,
            chunk.text,
        )
