"""Reading a question: which documents and provisions it names, and whether it was typed without diacritics."""

from collections.abc import Callable
from dataclasses import dataclass

from core.references import DocumentReference, ProvisionReference, find_document_references, find_provisions
from core.text import has_vietnamese_marks, lacks_diacritics, nfc
from core.types import Document


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the retriever understands it.

    Attributes:
        typed: The question as typed, NFC, white space collapsed.
        text: The same with diacritics restored where none were typed.
        subject: What is asked of the documents: `text` without the references to those that the library holds.
        undiacritic: It was typed without diacritics, so words are matched folded.
        documents: Documents of the library that it names.
        missing: References that name no document of the library.
        provisions: Provisions that it names.
    """

    typed: str
    text: str
    subject: str
    undiacritic: bool
    documents: tuple[Document, ...]
    missing: tuple[DocumentReference, ...]
    provisions: tuple[ProvisionReference, ...]


def read_question(
    question: str,
    *,
    find_documents: Callable[[DocumentReference], list[Document]],
    restore_diacritics: Callable[[str], str],
) -> Query:
    """`question` with its references looked up in the library and its missing diacritics restored."""
    typed = " ".join(nfc(question).split())
    undiacritic = lacks_diacritics(typed)
    text = restore_diacritics(typed) if undiacritic else typed
    # Restoring can only add marks; without any it taught us nothing and the question may be in another language.
    undiacritic = undiacritic or not has_vietnamese_marks(text)
    documents: dict[str, Document] = {}
    subject = text
    missing = []
    for reference in reversed(find_document_references(typed)):
        matches = find_documents(reference)
        documents.update((document.id, document) for document in matches)
        if matches:
            subject = subject[: reference.span.start] + subject[reference.span.end :]
        else:
            missing.append(reference)
    return Query(
        typed,
        text,
        " ".join(subject.split()),
        undiacritic,
        tuple(documents.values()),
        tuple(missing),
        tuple(find_provisions(typed)),
    )
