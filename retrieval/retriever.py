"""The hybrid retriever: by reference, by meaning and by words, joined to the catalogue and widened to provisions."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import chain, pairwise, zip_longest
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import run_in_executor
from pydantic import ConfigDict, PrivateAttr

from core.text import syllables
from core.types import NO_FILTER, Document, Passage, SearchFilter, Section, Span
from retrieval.abbreviations import Abbreviation, Abbreviations
from retrieval.chunk_index import document_id_of
from retrieval.fusion import FusedHit, fuse
from retrieval.knowledge_base import KnowledgeBase
from retrieval.provisions import OpenedDocument, overlaps
from retrieval.query import Query, read_question, title_share
from retrieval.reranker import CrossEncoderReranker

_OPENED_DOCUMENTS = 64
# A question without a number means a document by its title when the title holds this share of its words …
_TITLE_SHARE = 0.5
# … and one of its chunks is among this many best hits.
_TITLED_HITS = 30


class HybridRetriever(BaseRetriever):
    """Finds the provisions that answer a question.

    As a LangChain retriever it returns one document a passage, with the `Passage` itself under `metadata["passage"]`.

    Attributes:
        abbreviations: Spoken out in questions.
        top_k: Passages returned unless asked otherwise.
        candidates: Chunks taken from each side before fusion.
        vector_weight: Share of the meaning in the fused score, 0 to 1.
        reranker: Sets the order of the best candidates anew; `None` leaves it.
        reranked: Candidates that it reads, 0 for none.
        splits_questions: Search each half of a question that asks two things as well, and take turns.
        passages_per_document: So many passages of one document, unless it is named, before others get their turn;
            0 for no bound.
        repairs_spelling: Mend slips of the keyboard in questions, beside restoring diacritics.
        max_passage_chars: A provision longer than this is shown in part.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    knowledge_base: KnowledgeBase
    abbreviations: Abbreviations = Abbreviations({})
    top_k: int = 6
    candidates: int = 200
    vector_weight: float = 0.5
    repairs_spelling: bool = True
    splits_questions: bool = True
    passages_per_document: int = 4
    reranker: CrossEncoderReranker | None = None
    reranked: int = 30
    max_passage_chars: int = 3000
    _open_cached: Any = PrivateAttr()

    def model_post_init(self, _context: Any) -> None:
        """Give each retriever its own cache."""
        self._open_cached = lru_cache(maxsize=_OPENED_DOCUMENTS)(self._read)

    def retrieve(
        self, question: str, search_filter: SearchFilter = NO_FILTER, *, top_k: int | None = None
    ) -> list[Passage]:
        """Passages that answer `question`, best first; empty when nothing in the library is near it."""
        return self.search(self.understand(question), search_filter, top_k=top_k)

    def understand(self, question: str) -> Query:
        """`question` with the documents and provisions it names, its diacritics restored and its spelling mended."""
        return read_question(
            question,
            find_documents=self.knowledge_base.find_documents,
            respell=self._respell,
            abbreviations=self.abbreviations,
            is_rare=self._is_rare,
        )

    def _respell(self, question: str, *, undiacritic: bool, kept: Sequence[Span]) -> str:
        if self.repairs_spelling:
            return self.knowledge_base.repair_spelling(question, undiacritic=undiacritic, kept=kept)
        return self.knowledge_base.restore_diacritics(question) if undiacritic else question

    def _is_rare(self, abbreviation: Abbreviation) -> bool:
        in_full = ["_".join(pair) for pair in pairwise(abbreviation.long.split())]
        rarity = self.knowledge_base.rarity([abbreviation.short, *in_full])
        return rarity[abbreviation.short] > max((rarity[pair] for pair in in_full), default=0.0)

    def search(
        self, query: Query, search_filter: SearchFilter = NO_FILTER, *, top_k: int | None = None
    ) -> list[Passage]:
        """Passages for a question already understood, best first."""
        limit = top_k or self.top_k
        # A document named in the question is a promise: look only there.
        named = frozenset(document.id for document in query.documents)
        if named:
            within = named & search_filter.document_ids if search_filter.document_ids else named
            search_filter = replace(search_filter, document_ids=within)
        hits = self.rank(query, search_filter, least=2 * limit)
        if self.splits_questions and query.parts:
            of_parts = (self.rank(query.part(part), search_filter, least=2 * limit) for part in query.parts)
            hits = _taking_turns([hits, *of_parts])
        # The provisions it names come first, then those found by meaning and words.
        documents = query.documents or (self._meant(query, hits) if query.provisions else ())
        passages = self._referred(query, documents, search_filter)
        bound = 0 if search_filter.document_ids else self.passages_per_document
        passages += self._widened(hits[: 8 * limit], passages, limit, search_filter.as_of, per_document=bound)
        return _each_document_first(passages, query.documents)[:limit]

    def rank(
        self, query: Query, search_filter: SearchFilter = NO_FILTER, *, least: int | None = None
    ) -> list[FusedHit]:
        """Every candidate chunk, best first, before it is widened to a provision.

        Over-fetches and filters here, several times faster than filtering in the vector store; the stores are asked to
        filter only when too few candidates survive: fewer than `least`, twice `top_k` unless given.
        """
        least = 2 * self.top_k if least is None else least
        return self._reranked(query, self._admitted(query, search_filter, least))

    def _admitted(self, query: Query, search_filter: SearchFilter, least: int) -> list[FusedHit]:
        hits = self._candidates(query, None)
        if search_filter.admits_all:
            return hits
        library = self.knowledge_base
        admitted = library.admitted({document_id_of(hit.chunk_id) for hit in hits}, search_filter)
        survivors = [hit for hit in hits if document_id_of(hit.chunk_id) in admitted]
        if len(survivors) >= min(len(hits), least):
            return survivors
        everywhere = search_filter.document_ids or {document.id for document in library.documents()}
        return self._candidates(query, library.admitted(everywhere, search_filter))

    def _reranked(self, query: Query, hits: list[FusedHit]) -> list[FusedHit]:
        """`hits` with the best in the reranker's order; the fused scores stay with the places."""
        if self.reranker is None or not (read := hits[: self.reranked]):
            return hits
        chunks = self.knowledge_base.chunks_by_id([hit.chunk_id for hit in read])
        read = [hit for hit in read if hit.chunk_id in chunks]
        texts = [f"{chunks[hit.chunk_id].header}\n{chunks[hit.chunk_id].text}" for hit in read]
        scores = self.reranker.score(query.text, texts) if texts else None
        if scores is None:
            return hits
        order = sorted(range(len(read)), key=lambda place: -scores[place])
        anew = [read[place]._replace(score=hit.score) for place, hit in zip(order, read, strict=True)]
        return anew + hits[self.reranked :]

    def opened(self, document_id: str) -> OpenedDocument:
        """The text and sections of a document, from memory where it was opened lately."""
        # A file that is removed and read anew keeps its id.
        opened: OpenedDocument = self._open_cached(document_id, self.knowledge_base.version)
        return opened

    def _candidates(self, query: Query, document_ids: frozenset[str] | None) -> list[FusedHit]:
        library = self.knowledge_base
        words = library.search_words(
            query.searched, limit=self.candidates, folded=query.undiacritic, document_ids=document_ids
        )
        vectors = library.search_meaning(query.searched, limit=self.candidates, document_ids=document_ids)
        return fuse(vectors, words, vector_weight=self.vector_weight)

    def _meant(self, query: Query, hits: Sequence[FusedHit]) -> tuple[Document, ...]:
        """The document of "Điều 7 Quy chế làm việc của Ban Chỉ đạo", named by its title and not by its number.

        It is the one among the best hits that has such a provision and whose title holds most of the question's words,
        if it holds half of them.
        """
        rest = query.text
        for reference in reversed(query.provisions):
            rest = rest[: reference.span.start] + rest[reference.span.end :]
        words = set(syllables(rest))
        titled: list[tuple[float, Document]] = []
        for document_id in dict.fromkeys(document_id_of(hit.chunk_id) for hit in hits[:_TITLED_HITS]):
            opened = self.opened(document_id)
            if not any(opened.referred(reference, query.text) for reference in query.provisions):
                continue
            document = self.knowledge_base.document(document_id)
            titled.append((title_share(words, document), document))
        share, best = max(titled, key=lambda item: item[0], default=(0.0, None))
        return (best,) if best is not None and share >= _TITLE_SHARE else ()

    def _referred(self, query: Query, documents: Sequence[Document], search_filter: SearchFilter) -> list[Passage]:
        """The very provisions that the question names, in `documents`."""
        passages = []
        admitted = self.knowledge_base.admitted([document.id for document in documents], search_filter)
        for document in (d for d in documents if d.id in admitted):
            opened = self.opened(document.id)
            for section in (s for named in query.provisions for s in opened.referred(named, query.text)):
                chunk_id = opened.chunk_at(section.span.start).id
                hit = FusedHit(chunk_id, math.inf, None, None, None, None)
                passages.append(self._passage(document, opened, section, hit, search_filter.as_of))
        return passages

    def _widened(
        self,
        hits: Sequence[FusedHit],
        found: Sequence[Passage],
        limit: int,
        as_of: date | None,
        *,
        per_document: int,
    ) -> list[Passage]:
        """The provisions around `hits`, best first, none that overlaps another or one already `found`."""
        taken: dict[str, list[Span]] = defaultdict(list)
        for passage in found:
            taken[passage.document.id].append(passage.span)
        passages: list[Passage] = []
        chunks = self.knowledge_base.chunks_by_id([hit.chunk_id for hit in hits])
        waiting: list[FusedHit] = []
        for turn, hit in enumerate(chain(hits, waiting)):
            if (chunk := chunks.get(hit.chunk_id)) is None:
                continue  # removed since the index answered
            if per_document and turn < len(hits) and len(taken[chunk.document_id]) >= per_document:
                waiting.append(hit)
                continue
            opened = self.opened(chunk.document_id)
            section = opened.provision_of(chunk, max_chars=self.max_passage_chars)
            if overlaps(section.span, taken[chunk.document_id]):
                continue
            taken[chunk.document_id].append(section.span)
            document = self.knowledge_base.document(chunk.document_id)
            passages.append(self._passage(document, opened, section, hit, as_of))
            if len(passages) == limit:
                break
        return passages

    def _passage(
        self, document: Document, opened: OpenedDocument, section: Section, hit: FusedHit, as_of: date | None
    ) -> Passage:
        span = section.span
        return Passage(
            chunk_id=hit.chunk_id,
            document=document,
            path=section.path,
            label=section.label,
            header=opened.breadcrumb(section),
            text=opened.text[span.start : span.end],
            span=span,
            page_start=opened.page_at(span.start),
            page_end=opened.page_at(span.end - 1),
            score=hit.score,
            validity=self.knowledge_base.validity(document, as_of, section.path),
            similarity=hit.similarity,
            vector_rank=hit.vector_rank,
            word_rank=hit.word_rank,
            word_z=hit.word_z,
        )

    def _read(self, document_id: str, _version: int) -> OpenedDocument:
        library = self.knowledge_base
        return OpenedDocument(
            library.text(document_id),
            library.sections(document_id),
            library.chunks(document_id),
            library.page_starts(document_id),
        )

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, search_filter: SearchFilter = NO_FILTER
    ) -> list[LangChainDocument]:
        return [
            LangChainDocument(
                id=passage.chunk_id,
                page_content=passage.text,
                metadata={"passage": passage, "source": passage.document.source, "label": passage.label},
            )
            for passage in self.retrieve(query, search_filter)
        ]

    # The base class's own asynchronous method would drop `search_filter` silently.
    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, search_filter: SearchFilter = NO_FILTER
    ) -> list[LangChainDocument]:
        return await run_in_executor(
            None, self._get_relevant_documents, query, run_manager=run_manager.get_sync(), search_filter=search_filter
        )


def _each_document_first(passages: Sequence[Passage], named: Sequence[Document]) -> list[Passage]:
    """`passages` with the best of each `named` document in front, so that a comparison sees both sides."""
    if len(named) < 2:
        return list(passages)
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(passage.document.id, passage)
    leaders = list(first.values())
    return leaders + [passage for passage in passages if all(passage is not leader for leader in leaders)]


def _taking_turns(rankings: Sequence[Sequence[FusedHit]]) -> list[FusedHit]:
    """The best of each ranking, then the second of each, and so on; a chunk once, where it comes first."""
    first: dict[str, FusedHit] = {}
    for hit in chain.from_iterable(zip_longest(*rankings)):
        if hit is not None:
            first.setdefault(hit.chunk_id, hit)
    return list(first.values())
