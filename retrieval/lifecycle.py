"""What each step in the life of a file changes: versions, copies and who is searched.

Plans only: every method reads the catalogue and returns the `Change` to be committed. Rules:
a file takes the place of the one that its source held before; a file that holds the same document as a searched one
becomes a copy of it, or leads it when it is the better copy; what may be the same is asked.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from core.errors import UsageError
from core.references import number_key
from core.types import Document, Metadata, ParsedDocument, Standing
from retrieval import lineage
from retrieval.catalogue import Catalogue
from retrieval.catalogue_rows import select_document
from retrieval.duplicates import Text, Verdict, judge, read_text, signature, similarity
from retrieval.lineage import Change, Place, Rank, StoredDocument

_CORRECTION_LOST = (
    "Bản trước của tệp này có thông tin đã sửa tay; bản mới dùng thông tin đọc từ tệp, hãy xem lại và sửa nếu cần."
)
_CURRENT = Place(Standing.CURRENT)


def edition_id(sha256: str, parser: str) -> str:
    """Id of a second reading of a file; that of the first is the beginning of its SHA-256."""
    return hashlib.sha256(f"{sha256}/{parser}".encode()).hexdigest()[:16]


@dataclass
class _Draft:
    """A change in the making."""

    places: dict[str, Place] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, float]] = field(default_factory=list)
    apart: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def finish(self, connection: sqlite3.Connection) -> Change:
        """The change, with what follows from it for the search."""
        before = {id_: lineage.place_of(connection, id_) for id_ in (*self.places, *self.removed)}
        is_searched = {id_: place is not None and place.standing is Standing.CURRENT for id_, place in before.items()}
        will_be = {id_: place.standing is Standing.CURRENT for id_, place in self.places.items()}
        return Change(
            removed=tuple(self.removed),
            places=self.places,
            sources=self.sources,
            asked=tuple(self.asked),
            apart=tuple(self.apart),
            entering=tuple(id_ for id_, searched in will_be.items() if searched and not is_searched[id_]),
            leaving=tuple(id_ for id_, searched in is_searched.items() if searched and not will_be.get(id_)),
        )


@dataclass(frozen=True)
class _Newcomer:
    """What decides the place of a file that is new, or back."""

    id: str
    metadata: Metadata
    text: Text
    signed: bytes
    rank: Rank


def _rank_of(parsed: ParsedDocument, metadata: Metadata, added_at: datetime) -> Rank:
    is_typed, quality = not parsed.recognised_pages, round(parsed.text_quality, 2)
    return Rank(False, bool(metadata.number), is_typed, quality, len(parsed.sections), added_at.isoformat())


class Lifecycle:
    """Plans the changes of one catalogue, for one writer at a time."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def store(self, parsed: ParsedDocument) -> Change:
        """A file that the library does not hold comes from `parsed.source`."""
        text = read_text(parsed.text)
        signed = signature(text)
        rank = _rank_of(parsed, parsed.metadata, datetime.now(UTC))
        draft = _Draft(sources={parsed.source: parsed.id})
        with self._catalogue.reading() as connection:
            old = lineage.document_at(connection, parsed.source)
            heirless = self._succeed(connection, draft, old, parsed.id, parsed.source)
            apart = lineage.set_apart(connection, old.id) if old else []
            draft.apart += [(parsed.id, other) for other in apart]
            newcomer = _Newcomer(parsed.id, parsed.metadata, text, signed, rank)
            self._place(connection, draft, newcomer, [*draft.places, *apart])
            self._rehome(connection, draft, heirless, newcomer)
            change = draft.finish(connection)
        if old is not None and self._catalogue.is_corrected(old.id):
            parsed = replace(parsed, warnings=(*parsed.warnings, _CORRECTION_LOST))
        return replace(change, added=((parsed, signed),))

    def restore(self, stored: StoredDocument) -> Change:
        """A document comes from another library, with its history; sources that are taken here stay with their own."""
        parsed = stored.parsed
        text = read_text(parsed.text)
        signed = signature(text)
        metadata = stored.correction or parsed.metadata
        draft = _Draft(apart=[(parsed.id, other) for other in stored.apart])
        with self._catalogue.reading() as connection:
            leader = lineage.place_of(connection, stored.place.leader_id or "")
            if stored.place.standing is Standing.FORMER:
                successor_id = stored.place.successor_id
                known = successor_id if lineage.place_of(connection, successor_id or "") else None
                draft.places[parsed.id] = Place(Standing.FORMER, None, known)
            elif stored.place.leader_id and leader and leader.standing is not Standing.FORMER:
                draft.places[parsed.id] = Place(Standing.COPY, leader.leader_id or stored.place.leader_id)
            else:
                newcomer = _Newcomer(parsed.id, metadata, text, signed, _rank_of(parsed, metadata, stored.added_at))
                self._place(connection, draft, newcomer, [*stored.apart])
            draft.sources = {
                source: parsed.id for source in stored.sources if lineage.document_at(connection, source) is None
            }
            change = draft.finish(connection)
        return replace(
            change,
            added=((parsed, signed),),
            corrections={parsed.id: stored.correction} if stored.correction else {},
            chosen=(parsed.id,) if stored.chosen else (),
            histories={parsed.id: (stored.added_at, stored.periods)},
        )

    def recognise(self, known: Document, source: str) -> Change | None:
        """A file comes from `source` whose bytes are those of `known`; `None` when that is nothing new.

        A file that went back to an old version makes that version the current one again; an old version that comes
        from elsewhere stays an old version.
        """
        draft = _Draft(sources={source: known.id})
        with self._catalogue.reading() as connection:
            held = lineage.document_at(connection, source)
            if held is not None and held.sha256 == known.sha256:
                return None
            heirless = self._succeed(connection, draft, held, known.id, source)
            went_back = known.standing is Standing.FORMER and held is not None and held.id in draft.places
            if went_back:
                apart = lineage.set_apart(connection, known.id)
                self._place(connection, draft, self._read(connection, known), [*draft.places, *apart])
            elif known.leader_id in draft.places:  # the copy outlives the one that led it
                draft.places[known.id] = _CURRENT
            if heirless:
                self._rehome(connection, draft, heirless, self._read(connection, known))
            return draft.finish(connection)

    def reparse(self, parsed: ParsedDocument, old: Document) -> Change:
        """The same file was read anew: what was read before becomes a former version, all else stays."""
        draft = _Draft()
        with self._catalogue.reading() as connection:
            place = Place(old.standing, old.leader_id, old.successor_id)
            draft.places = {parsed.id: place, old.id: Place(Standing.FORMER, None, parsed.id)}
            for copy in lineage.copies_of(connection, old.id):
                draft.places[copy.id] = Place(Standing.COPY, parsed.id)
            draft.sources = dict.fromkeys(lineage.sources_of(connection, old.id), parsed.id)
            draft.apart = [(parsed.id, other) for other in lineage.set_apart(connection, old.id)]
            draft.asked = [
                (parsed.id, second.id if first.id == old.id else first.id, alike)
                for first, second, alike in lineage.questions(connection)
                if old.id in (first.id, second.id)
            ]
            change = draft.finish(connection)
        corrections = {parsed.id: old.metadata} if self._catalogue.is_corrected(old.id) else {}
        added = ((parsed, signature(read_text(parsed.text))),)
        return replace(change, added=added, corrections=corrections)

    def remove(self, document_ids: Sequence[str]) -> tuple[Change, list[Document]]:
        """These files leave the library; of the copies of one that led, the best is searched from now on.

        Raises:
            DocumentNotFoundError: one of them is not in the library.
        """
        draft = _Draft()
        with self._catalogue.reading() as connection:
            removed = [select_document(connection, id_) for id_ in dict.fromkeys(document_ids)]
            draft.removed = [document.id for document in removed]
            for document in removed:
                copies = [c for c in lineage.copies_of(connection, document.id) if c.id not in draft.removed]
                if copies:
                    best = max(copies, key=lambda copy: lineage.rank(connection, copy.id))
                    self._lead(draft, best.id, [copy.id for copy in copies])
            return draft.finish(connection), removed

    def lead(self, document_id: str) -> Change:
        """A copy becomes the one that is searched, and the one that was becomes a copy.

        Raises:
            UsageError: it is no copy.
        """
        draft = _Draft()
        with self._catalogue.reading() as connection:
            leader_id = self._leader_of(connection, document_id)
            copies = [copy.id for copy in lineage.copies_of(connection, leader_id)]
            self._lead(draft, document_id, [leader_id, *copies])
            return replace(draft.finish(connection), chosen=(document_id,))

    def separate(self, document_id: str) -> Change:
        """A copy becomes a document of its own, and stays one.

        Raises:
            UsageError: it is no copy.
        """
        draft = _Draft(places={document_id: _CURRENT})
        with self._catalogue.reading() as connection:
            leader_id = self._leader_of(connection, document_id)
            group = [leader_id, *(copy.id for copy in lineage.copies_of(connection, leader_id))]
            draft.apart = [(document_id, other) for other in group if other != document_id]
            return draft.finish(connection)

    def keep_apart(self, first_id: str, second_id: str) -> Change:
        """Two documents are not the same, so that it is not asked again."""
        return Change(apart=((first_id, second_id),))

    def merge(self, first_id: str, second_id: str) -> Change:
        """Two searched documents are the same: the better copy is searched.

        Raises:
            UsageError: one of them is not searched.
        """
        draft = _Draft()
        with self._catalogue.reading() as connection:
            pair = [self._searched(connection, id_).id for id_ in (first_id, second_id)]
            copies = [copy.id for id_ in pair for copy in lineage.copies_of(connection, id_)]
            best = max(pair, key=lambda id_: lineage.rank(connection, id_))
            self._lead(draft, best, [*pair, *copies])
            return draft.finish(connection)

    def replace(self, old_id: str, new_id: str) -> Change:
        """`new_id` is a corrected version of `old_id`; an old version is made current again the same way.

        Raises:
            UsageError: `old_id` is not searched, or both are one.
        """
        draft = _Draft()
        with self._catalogue.reading() as connection:
            old, new = self._searched(connection, old_id), select_document(connection, new_id)
            if old.id == new.id:
                raise UsageError(f"Mã {old_id} không thể thay cho chính nó. Hãy chọn hai bản khác nhau.")
            if new.standing is not Standing.CURRENT:
                draft.places[new.id] = _CURRENT
            draft.places[old.id] = Place(Standing.FORMER, None, new.id)
            # A copy of the old text is as outdated as the old text; one that is the new version is not.
            for copy in lineage.copies_of(connection, old.id):
                if copy.id != new.id:
                    draft.places[copy.id] = Place(Standing.FORMER, None, new.id)
            return draft.finish(connection)

    # The rules

    def _succeed(
        self, connection: sqlite3.Connection, draft: _Draft, old: Document | None, heir_id: str, source: str
    ) -> list[Document]:
        """`old` is no longer what `source` holds; gives the copies that lose their leader with it."""
        if old is None or old.standing is Standing.FORMER or lineage.sources_of(connection, old.id) != [source]:
            return []
        draft.places[old.id] = Place(Standing.FORMER, None, heir_id)
        return [copy for copy in lineage.copies_of(connection, old.id) if copy.id != heir_id]

    def _place(
        self, connection: sqlite3.Connection, draft: _Draft, newcomer: _Newcomer, apart: Collection[str]
    ) -> None:
        """Searched, or a copy of what it is the same as; asked about when it may be."""
        draft.places[newcomer.id] = _CURRENT
        key = number_key(newcomer.metadata.number)
        same: list[tuple[float, str]] = []
        maybe: list[tuple[float, str]] = []
        for id_ in lineage.candidates(connection, newcomer.signed, key, {*apart, newcomer.id}):
            other = self._read(connection, select_document(connection, id_))
            alike = similarity(newcomer.text, other.text)
            match judge(newcomer.metadata, other.metadata, (newcomer.text, other.text), alike):
                case Verdict.SAME:
                    same.append((alike, id_))
                case Verdict.ASK:
                    maybe.append((alike, id_))
        if same:
            leader_id = max(same)[1]
            if newcomer.rank > lineage.rank(connection, leader_id):
                copies = [copy.id for copy in lineage.copies_of(connection, leader_id)]
                self._lead(draft, newcomer.id, [leader_id, *copies])
            else:
                draft.places[newcomer.id] = Place(Standing.COPY, leader_id)
        elif maybe:
            alike, other_id = max(maybe)
            draft.asked.append((newcomer.id, other_id, alike))

    def _rehome(
        self, connection: sqlite3.Connection, draft: _Draft, copies: Sequence[Document], heir: _Newcomer
    ) -> None:
        """Copies of a replaced file follow the new one as far as they hold the same; else they stand by themselves."""
        place = draft.places.get(heir.id) or lineage.place_of(connection, heir.id) or _CURRENT
        leader_id = place.leader_id or heir.id
        for copy in copies:
            held = self._read(connection, copy)
            alike = similarity(heir.text, held.text)
            if judge(heir.metadata, held.metadata, (heir.text, held.text), alike) is Verdict.SAME:
                draft.places[copy.id] = Place(Standing.COPY, leader_id)
            else:
                draft.places[copy.id] = _CURRENT
                draft.asked.append((copy.id, leader_id, alike))

    def _lead(self, draft: _Draft, leader_id: str, group: Sequence[str]) -> None:
        draft.places.update({id_: Place(Standing.COPY, leader_id) for id_ in group if draft.places.get(id_) is None})
        draft.places[leader_id] = _CURRENT

    def _read(self, connection: sqlite3.Connection, document: Document) -> _Newcomer:
        text = read_text(self._catalogue.text(document.id))
        rank = lineage.rank(connection, document.id)
        return _Newcomer(document.id, document.metadata, text, signature(text), rank)

    def _leader_of(self, connection: sqlite3.Connection, document_id: str) -> str:
        document = select_document(connection, document_id)
        if document.standing is not Standing.COPY or document.leader_id is None:
            raise UsageError(f"Văn bản {document_id} không phải là bản sao của văn bản nào. Hãy tải lại danh sách.")
        return document.leader_id

    def _searched(self, connection: sqlite3.Connection, document_id: str) -> Document:
        document = select_document(connection, document_id)
        if document.standing is not Standing.CURRENT:
            raise UsageError(
                f"Văn bản {document_id} là bản sao hoặc bản cũ, không phải bản đang dùng. Hãy chọn bản đang dùng."
            )
        return document
