"""Example questions about the documents that are in the library, made from their headings."""

from answering.suggestions import questions_about
from core.types import ValidityState
from retrieval.knowledge_base import KnowledgeBase


def example_questions(knowledge_base: KnowledgeBase, *, count: int) -> list[str]:
    """Up to `count` questions, each about another document in force as far as there are enough."""
    candidates: list[list[str]] = []
    for document in knowledge_base.documents():
        if document.metadata.number and knowledge_base.validity(document).state is not ValidityState.EXPIRED:
            questions = questions_about(document, knowledge_base.sections(document.id))
            candidates += [questions] if questions else []
        if len(candidates) == 3 * count:
            break
    # Regulations and plans are asked about more than reports and letters.
    candidates.sort(key=lambda questions: " nêu gì về " in questions[0])
    rounds = max(map(len, candidates), default=0)
    by_turns = [questions[number] for number in range(rounds) for questions in candidates if number < len(questions)]
    return by_turns[:count]
