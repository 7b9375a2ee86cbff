"""The whole library as one ZIP file, to be moved to another machine, another embedding model, or kept as a backup.

`manifest.json` names every member with its SHA-256; `documents/ID.json` holds all that is known of a document,
`files/SHA256` the file it was read from, `vectors/ID.npy` the vectors of a searched one. Nothing in it depends on the
schema of the catalogue or on where the library lay.
"""

import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from io import BufferedReader, BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.errors import StoreError, UsageError
from core.types import Standing
from retrieval.catalogue import Catalogue
from retrieval.chunk_index import Vectors
from retrieval.knowledge_base import KnowledgeBase
from retrieval.lifecycle import edition_id
from retrieval.lineage import Place, StoredDocument

_FORMAT = 1
_MANIFEST = "manifest.json"
_ACCOUNTS = "accounts.sqlite"
_MEMBER = re.compile(r"documents/[0-9a-f]{16}\.json|files/[0-9a-f]{64}|vectors/[0-9a-f]{16}\.npy|accounts\.sqlite")
_STORED_DOCUMENT = TypeAdapter(StoredDocument)
# Real members shrink to a tenth at best; a bomb to a thousandth.
_LARGEST_RATIO = 200
_SMALL_BYTES = 50_000_000
_LARGEST_RECORD_BYTES = 500_000_000
# Leaders before their copies, versions in use before former ones.
_ORDER = (Standing.CURRENT, Standing.COPY, Standing.FORMER)

Progress = Callable[[int, int], None]


class _Member(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    sha256: str
    size: int


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    format: int
    created_at: datetime
    fingerprint: str
    members: Mapping[str, _Member]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of an archive's documents.

    Attributes:
        added: Ids of those that the library did not have.
        unchanged: Ids of those it had; what it knows of them was left as it is.
        embedded: Number of the added ones whose vectors had to be made anew, by another model.
        accounts: Whether the accounts were restored.
    """

    added: tuple[str, ...]
    unchanged: tuple[str, ...]
    embedded: int
    accounts: bool


def export_library(
    library: KnowledgeBase, target: Path, *, accounts: Path | None = None, on_progress: Progress | None = None
) -> int:
    """Writes the whole library into `target` and gives the number of documents.

    Consistent though another process may be writing: the catalogue is copied as it stands at one moment, files never
    change, and vectors of a document that was removed meanwhile are left out. `target` appears when it is whole.

    Args:
        library: May be open for reading only.
        target: The ZIP file.
        accounts: Accounts to take along; they hold password hashes.
        on_progress: Told how many of how many documents are done.

    Raises:
        StoreError: the library cannot be read or the file not written.
    """
    part = target.with_name(f".{target.name}.part")
    with _file_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with TemporaryDirectory(dir=target.parent, prefix=".snapshot-") as folder:
                library.snapshot(Path(folder) / "catalogue.sqlite3")
                with closing(Catalogue(Path(folder) / "catalogue.sqlite3")) as catalogue, part.open("wb") as stream:
                    count = _write(_Writer(stream), catalogue, library, accounts, on_progress)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return count


def _write(
    writer: "_Writer",
    catalogue: Catalogue,
    library: KnowledgeBase,
    accounts: Path | None,
    on_progress: Progress | None,
) -> int:
    documents = catalogue.documents(standings=_ORDER)
    kept: set[str] = set()
    fingerprint = ""
    with writer:
        for done, document in enumerate(documents, start=1):
            stored = catalogue.stored(document.id)
            writer.add(f"documents/{document.id}.json", BytesIO(_STORED_DOCUMENT.dump_json(stored)))
            original = library.find_original(document.sha256)
            if original is not None and document.sha256 not in kept:
                kept.add(document.sha256)
                with original.open("rb") as stream:
                    writer.add(f"files/{document.sha256}", stream)
            if document.standing is Standing.CURRENT:
                model, ids, vectors = library.vectors_of(document.id)
                position = {chunk_id: row for row, chunk_id in enumerate(ids)}
                if stored.parsed.chunks and all(chunk.id in position for chunk in stored.parsed.chunks):
                    fingerprint = model
                    buffer = BytesIO()
                    np.save(buffer, vectors[[position[chunk.id] for chunk in stored.parsed.chunks]])
                    buffer.seek(0)
                    writer.add(f"vectors/{document.id}.npy", buffer)
            if on_progress is not None:
                on_progress(done, len(documents))
        if accounts is not None and accounts.exists():
            with accounts.open("rb") as stream:
                writer.add(_ACCOUNTS, stream)
        writer.finish(fingerprint)
    return len(documents)


class _Writer:
    def __init__(self, stream: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
        self._members: dict[str, _Member] = {}

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_error: object) -> None:
        self._zip.close()

    def add(self, name: str, source: BytesIO | BufferedReader) -> None:
        digest = file_digest(source, "sha256").hexdigest()
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
        with self._zip.open(name, "w", force_zip64=True) as member:
            shutil.copyfileobj(source, member)
        self._members[name] = _Member(sha256=digest, size=size)

    def finish(self, fingerprint: str) -> None:
        manifest = _Manifest(
            format=_FORMAT, created_at=datetime.now(UTC), fingerprint=fingerprint, members=self._members
        )
        self._zip.writestr(_MANIFEST, manifest.model_dump_json(indent=1))


def import_library(
    library: KnowledgeBase,
    source: Path,
    *,
    max_file_mb: int,
    accounts: Path | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Takes the documents of an archive into the library, which may be empty or hold others.

    The whole archive is checked before anything is written. What the library holds already stays as it is; what
    comes in is compared with it for copies, as any file is.

    Args:
        library: Open for writing.
        source: The ZIP file.
        max_file_mb: Largest original file that is taken.
        accounts: Where to restore the accounts to; left alone unless given.
        on_progress: Told how many of how many documents are done.

    Raises:
        UsageError: it is no archive of a library, damaged, or not to be trusted; then nothing was changed.
        StoreError: a store cannot be written; what was taken in so far stays, and importing again goes on.
        ModelUnavailableError: vectors have to be made anew and the embedding model is not at hand.
    """
    with _opened(source) as archive:
        reader = _Reader(archive, source.name, max_file_mb)
        reader.check(free_bytes=shutil.disk_usage(library.folder).free)
        if accounts is not None and reader.has_accounts and accounts.exists():
            raise UsageError(f"Đã có tài khoản ở {accounts}. Hãy nhập không kèm tài khoản, hoặc dời tệp ấy đi trước.")
        added: list[str] = []
        unchanged: list[str] = []
        embedded = 0
        for done, document_id in enumerate(reader.in_order, start=1):
            stored, vectors = reader.read(document_id)
            original = reader.original(stored.parsed.sha256)
            outcome = library.restore(stored, vectors, original)
            (unchanged if outcome is None else added).append(document_id)
            embedded += outcome is False
            if on_progress is not None:
                on_progress(done, len(reader.in_order))
        if accounts is not None and reader.has_accounts:
            accounts.write_bytes(archive.read(_ACCOUNTS))
        return ImportReport(tuple(added), tuple(unchanged), embedded, accounts is not None and reader.has_accounts)


class _Reader:
    def __init__(self, archive: zipfile.ZipFile, name: str, max_file_mb: int) -> None:
        self._zip = archive
        self._name = name
        self._max_file_bytes = max_file_mb * 1024 * 1024
        self.in_order: list[str] = []

    @property
    def has_accounts(self) -> bool:
        return _ACCOUNTS in self._manifest.members

    def check(self, *, free_bytes: int) -> None:
        """Reads everything once and refuses what is not as the manifest says."""
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        if _MANIFEST not in names:
            raise self._refused("không phải là bản xuất của kho văn bản")
        if len(names) != len(set(names)):
            raise self._refused("có thành phần trùng tên")
        for info in infos:
            self._check_size(info)
        if sum(info.file_size for info in infos) > free_bytes:
            raise self._refused("lớn hơn dung lượng đĩa còn trống")
        self._manifest = self._checked_manifest({*names} - {_MANIFEST})
        places: dict[str, Place] = {}
        chunk_counts: dict[str, int] = {}
        for name, member in self._manifest.members.items():
            self._check_member(name, member)
            if name.startswith("documents/"):
                document_id = name[10:-5]
                stored = self._checked_document(document_id)
                places[document_id], chunk_counts[document_id] = stored.place, len(stored.parsed.chunks)
        for name in self._manifest.members:
            if name.startswith("vectors/"):
                self._vectors(name, chunk_counts.get(name[8:-4], -1))
        self.in_order = sorted(places, key=lambda id_: (_ORDER.index(places[id_].standing), _depth(places, id_), id_))

    def read(self, document_id: str) -> tuple[StoredDocument, Vectors]:
        """A document and its vectors, by the fingerprint of the model that made them."""
        stored = self._checked_document(document_id)
        name = f"vectors/{document_id}.npy"
        if name not in self._manifest.members:
            return stored, {}
        return stored, {self._manifest.fingerprint: self._vectors(name, len(stored.parsed.chunks))}

    def original(self, digest: str) -> bytes | None:
        name = f"files/{digest}"
        return self._zip.read(name) if name in self._manifest.members else None

    def _checked_manifest(self, names: set[str]) -> _Manifest:
        try:
            manifest = _Manifest.model_validate_json(self._zip.read(_MANIFEST))
        except (ValidationError, zipfile.BadZipFile, ValueError) as error:
            raise self._refused("có bản kê hỏng") from error
        if manifest.format > _FORMAT:
            raise self._refused(f"do bản ứng dụng mới hơn tạo ra (dạng {manifest.format})")
        if names != manifest.members.keys():
            raise self._refused("có thành phần không khớp với bản kê")
        return manifest

    def _check_size(self, info: zipfile.ZipInfo) -> None:
        if info.filename != _MANIFEST and not _MEMBER.fullmatch(info.filename):
            raise self._refused(f"có thành phần lạ ({info.filename[:80]!r})")
        most = self._max_file_bytes if info.filename.startswith("files/") else _LARGEST_RECORD_BYTES
        is_bomb = info.file_size > _SMALL_BYTES and info.file_size > _LARGEST_RATIO * info.compress_size
        if info.file_size > most or is_bomb or info.flag_bits & 1:
            raise self._refused(f"có thành phần quá lớn hoặc bị khóa ({info.filename[:80]})")

    def _check_member(self, name: str, member: _Member) -> None:
        digest, size = sha256(), 0
        try:
            with self._zip.open(name) as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
                    size += len(block)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, zlib.error) as error:
            raise self._refused(f"bị hỏng ở {name}") from error
        named = digest.hexdigest() if name.startswith("files/") else None
        if (digest.hexdigest(), size) != (member.sha256, member.size) or (named and name != f"files/{named}"):
            raise self._refused(f"bị thay đổi ở {name}")

    def _checked_document(self, document_id: str) -> StoredDocument:
        try:
            stored = _STORED_DOCUMENT.validate_json(self._zip.read(f"documents/{document_id}.json"))
        except ValidationError as error:
            raise self._refused(f"có văn bản không đọc được ({document_id})") from error
        parsed = stored.parsed
        length = len(parsed.text)
        is_sound = (
            parsed.id == document_id
            and re.fullmatch(r"[0-9a-f]{64}", parsed.sha256) is not None
            and parsed.id in {parsed.sha256[:16], edition_id(parsed.sha256, parsed.parser)}
            and all(
                chunk.id == f"{document_id}-{ordinal:05d}"
                and chunk.document_id == document_id
                and parsed.text[slice(*chunk.span)] == chunk.text
                for ordinal, chunk in enumerate(parsed.chunks)
            )
            and all(0 <= section.span.start <= section.span.end <= length for section in parsed.sections)
            and all(0 <= start <= length for start in parsed.page_starts)
        )
        if not is_sound:
            raise self._refused(f"có văn bản không nhất quán ({document_id})")
        return stored

    def _vectors(self, name: str, count: int) -> NDArray[np.float32]:
        try:
            vectors = np.load(BytesIO(self._zip.read(name)), allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise self._refused(f"có vector hỏng ({name})") from error
        if vectors.ndim != 2 or len(vectors) != count or vectors.dtype != np.float32 or not np.isfinite(vectors).all():
            raise self._refused(f"có vector hỏng ({name})")
        return np.asarray(vectors, np.float32)

    def _refused(self, why: str) -> UsageError:
        return UsageError(
            f"Tệp {self._name} {why}. Kho chưa thay đổi gì; hãy xuất lại từ kho gốc, hoặc lấy bản sao lưu khác."
        )


def _depth(places: Mapping[str, Place], document_id: str) -> int:
    """How many versions came after that one."""
    depth, successor = 0, places[document_id].successor_id
    while successor and successor in places and depth < len(places):
        depth, successor = depth + 1, places[successor].successor_id
    return depth


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(source)
    except FileNotFoundError as error:
        raise UsageError(f"Không tìm thấy tệp {source}. Hãy kiểm tra lại đường dẫn.") from error
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UsageError(
            f"Tệp {source.name} không đọc được như một tệp ZIP ({error}). Kho chưa thay đổi gì; hãy lấy bản khác."
        ) from error
    with archive:
        yield archive


@contextmanager
def _file_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"Không ghi được {target} ({error}). Hãy kiểm tra quyền ghi và dung lượng trống rồi thử lại."
        ) from error
