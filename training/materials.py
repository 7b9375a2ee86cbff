"""Quizzes and course outlines for trainers, made from the library without any chat model."""

from collections.abc import Sequence
from dataclasses import replace

from core.errors import DocumentNotFoundError, UsageError
from core.references import find_provisions, number_key
from core.types import Document, PathStep, RelationKind, SearchFilter, Section, SectionKind, ValidityState
from retrieval.knowledge_base import KnowledgeBase
from retrieval.retriever import HybridRetriever
from training.outline import objectives_of, outline_sessions, topic_session
from training.provisions import SourceText
from training.quiz import make_questions
from training.types import Outline, OutlineSession, Quiz, Selection, SourceQuote

__all__ = ["MAX_QUESTIONS", "MaterialsMaker", "Selection"]

MAX_QUESTIONS = 200
_TOPIC_PASSAGES = (12, 50)

_CHANGES = frozenset({RelationKind.AMENDS, RelationKind.REPEALS, RelationKind.REPLACES})
_ARTICLE_LEVELS = frozenset({SectionKind.ARTICLE, SectionKind.CLAUSE, SectionKind.POINT})
_CAUTIONS = {
    ValidityState.EXPIRED: "đã hết hiệu lực",
    ValidityState.NOT_YET: "chưa có hiệu lực",
    ValidityState.AMENDED: "đã được sửa đổi, bổ sung",
}


class MaterialsMaker:
    """Makes training materials whose every quote was compared with its document before it leaves."""

    def __init__(self, knowledge_base: KnowledgeBase, retriever: HybridRetriever) -> None:
        self._knowledge_base = knowledge_base
        self._retriever = retriever

    def quiz(self, selection: Selection, *, count: int) -> Quiz:
        """At most `count` questions, the same ones each time for the same library, selection and count.

        Fewer, with a warning, when the provisions hold too few facts that make a sound question.

        Raises:
            UsageError: nothing is selected, nothing is found about the topic, or `count` is out of bounds.
            DocumentNotFoundError: a selected document is not in the library.
        """
        if not 1 <= count <= MAX_QUESTIONS:
            raise UsageError(f"Số câu hỏi {count} không hợp lệ. Hãy chọn từ 1 đến {MAX_QUESTIONS} câu.")
        sources, warnings = self._sources(selection, wanted=count)
        made, dropped = make_questions(sources, count=count, seed=f"{selection}")
        items = tuple(item for item in made if self.is_proven(item.citation))
        if len(items) < count:
            warnings.append(
                f"Chỉ tạo được {len(items)} trên {count} câu: các văn bản đã chọn không còn dữ kiện nào đủ rõ để hỏi. "
                "Hãy chọn thêm văn bản nếu cần nhiều câu hơn."
            )
        title = f"Câu hỏi trắc nghiệm: {_subject(selection, sources)}"
        return Quiz(title, items, dropped + len(made) - len(items), tuple(warnings))

    def outline(self, selection: Selection) -> Outline:
        """A course over the selected documents in their own order, or on a topic with one session a document.

        Raises:
            UsageError: nothing is selected, or nothing is found about the topic.
            DocumentNotFoundError: a selected document is not in the library.
        """
        sources, warnings = self._sources(selection, wanted=_TOPIC_PASSAGES[0])
        if selection.topic.strip():
            made = [topic_session(source) for source in sources]
        else:
            made = [session for source in sources for session in _titled(source, alone=len(sources) == 1)]
        sessions = tuple(
            replace(session, key_provisions=tuple(quote for quote in session.key_provisions if self.is_proven(quote)))
            for session in made
        )
        quoted = sum(len(session.key_provisions) for session in made)
        return Outline(
            title=f"Đề cương tập huấn: {_subject(selection, sources)}",
            objectives=objectives_of(sessions),
            sessions=sessions,
            sources=tuple(_full_name(source.document) for source in sources),
            dropped=quoted - sum(len(session.key_provisions) for session in sessions),
            warnings=tuple(warnings),
        )

    def _sources(self, selection: Selection, *, wanted: int) -> tuple[list[SourceText], list[str]]:
        topic = selection.topic.strip()
        if topic:
            sources = self._about(topic, selection.document_ids, wanted)
        elif selection.document_ids:
            ids = dict.fromkeys(selection.document_ids)
            sources = [self._source(self._knowledge_base.document(id_)) for id_ in ids]
        else:
            raise UsageError("Chưa chọn văn bản hay chủ đề nào. Hãy chọn ít nhất một văn bản hoặc nhập một chủ đề.")
        return sources, [caution for source in sources if (caution := self._caution(source.document))]

    def _about(self, topic: str, document_ids: Sequence[str], wanted: int) -> list[SourceText]:
        """Documents with the provisions found about `topic` as their scope, the nearest document first.

        Documents that have expired are left out unless the trainer named them.
        """
        fewest, most = _TOPIC_PASSAGES
        search_filter = SearchFilter(frozenset(document_ids), only_in_force=not document_ids)
        passages = self._retriever.retrieve(topic, search_filter, top_k=max(fewest, min(wanted, most)))
        if not passages:
            raise UsageError(
                f"Không tìm thấy quy định nào đang áp dụng về chủ đề “{topic}”. "
                "Hãy đổi cách diễn đạt chủ đề hoặc chọn văn bản trong kho."
            )
        nearness = {passage.chunk_id: 1 - rank / len(passages) for rank, passage in enumerate(passages)}
        documents = {passage.document.id: passage.document for passage in passages}
        sources = []
        for document in documents.values():
            own = [passage for passage in passages if passage.document.id == document.id]
            scope = tuple(passage.span for passage in own)
            near = tuple(nearness[passage.chunk_id] for passage in own)
            sources.append(replace(self._source(document), scope=scope, nearness=near))
        return sources

    def _source(self, document: Document) -> SourceText:
        sections = self._knowledge_base.sections(document.id)
        changed = {reference.steps for scope in self._changed_scopes(document) for reference in find_provisions(scope)}
        overtaken = tuple(section.span for section in sections if _article_steps(section) in changed)
        return SourceText(document, self._knowledge_base.text(document.id), sections, overtaken=overtaken)

    def _changed_scopes(self, document: Document) -> list[str]:
        """Provisions of `document` that other documents of the library amend or repeal, as they cite them."""
        key = number_key(document.metadata.number)
        return [
            relation.scope
            for other in self._knowledge_base.documents()
            for relation in other.metadata.relations
            if relation.kind in _CHANGES and relation.scope and key and number_key(relation.target) == key
        ]

    def _caution(self, document: Document) -> str:
        validity = self._knowledge_base.validity(document)
        state = _CAUTIONS.get(validity.state)
        if state is None:
            return ""
        reason = f" ({validity.reason.rstrip('.')})" if validity.reason else ""
        return f"{document.name} {state}{reason}. Hãy đối chiếu quy định hiện hành trước khi sử dụng."

    def is_proven(self, citation: SourceQuote) -> bool:
        """Whether a quote stands in the library as it is now: the document may have been replaced meanwhile."""
        try:
            text = self._knowledge_base.text(citation.document_id)
        except DocumentNotFoundError:
            return False
        return text[citation.start : citation.end] == citation.quote


def _article_steps(section: Section) -> tuple[PathStep, ...]:
    """The part of its path that references name: article, clause, point."""
    return tuple(step for step in section.path if step.kind in _ARTICLE_LEVELS)


def _titled(source: SourceText, *, alone: bool) -> list[OutlineSession]:
    """Sessions of a document, named after it too when there are others."""
    sessions = outline_sessions(source)
    if alone:
        return list(sessions)
    return [replace(session, title=f"{source.document.name}: {session.title}") for session in sessions]


def _subject(selection: Selection, sources: Sequence[SourceText]) -> str:
    if selection.topic.strip():
        return selection.topic.strip()
    first = sources[0].document
    if len(sources) > 1:
        return ", ".join(source.document.name for source in sources)
    named_by_title = first.name == first.metadata.title
    return first.name if named_by_title or not first.metadata.title else f"{first.name} - {first.metadata.title}"


def _full_name(document: Document) -> str:
    """Name with date, issuer and title, as a list of sources gives it."""
    metadata = document.metadata
    dated = f" ngày {metadata.issued_on:%d/%m/%Y}" if metadata.issued_on else ""
    issuer = f" của {metadata.issuer}" if metadata.issuer else ""
    title = f": {metadata.title}" if metadata.title and metadata.title != document.name else ""
    return f"{document.name}{dated}{issuer}{title}"
