"""One file to everything the library keeps of it: text, sections, metadata, chunks."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from core.errors import UnreadableFileError
from core.types import ParsedDocument
from ingest.chunking import make_chunks
from ingest.metadata import read_metadata
from ingest.reading import OnPage, ReadLimits, extract_text, load_bytes
from ingest.structure import find_sections
from ingest.text_quality import text_quality, word_count

CountTokens = Callable[[Sequence[str]], list[int]]

_MIN_WORDS = 20
_POOR_QUALITY = 0.8


def parse_file(
    path: Path,
    *,
    source: str | None = None,
    limits: ReadLimits,
    count_tokens: CountTokens,
    max_tokens: int,
    on_page: OnPage | None = None,
) -> ParsedDocument:
    """The document in the file at `path`, ready to be stored, under its absolute path or the `source` it came by.

    `on_page` is told of each page that had to be recognised (OCR): pages done, pages to recognise.

    Raises:
        IngestError: the file cannot be taken in; the message says why and what to do.
    """
    source = source or source_of(path)
    return parse_bytes(
        load_bytes(path, limits),
        source=source,
        limits=limits,
        count_tokens=count_tokens,
        max_tokens=max_tokens,
        on_page=on_page,
    )


def source_of(path: Path) -> str:
    """The name under which a file of this machine is known: its absolute path with forward slashes."""
    return path.absolute().as_posix()


def content_hash(data: bytes) -> str:
    """SHA-256 of a file's bytes in hexadecimal: what tells that a file was seen before."""
    return hashlib.sha256(data).hexdigest()


def parse_bytes(
    data: bytes,
    *,
    source: str,
    limits: ReadLimits,
    count_tokens: CountTokens,
    max_tokens: int,
    on_page: OnPage | None = None,
) -> ParsedDocument:
    """As `parse_file`, for bytes that are already in memory."""
    name = source.rsplit("/", 1)[-1]
    extracted = extract_text(data, name, limits, on_page)
    text, page_starts = extracted.text, extracted.page_starts
    words = word_count(text)
    if words < _MIN_WORDS:
        raise UnreadableFileError(
            f"Tệp {name} không có nội dung ({words} từ đọc được). Hãy kiểm tra lại tệp gốc; nếu là trang web, "
            "hãy lưu trang có toàn văn."
        )
    quality = text_quality(text)
    sections = find_sections(text, page_starts, extracted.notes_start)
    metadata, metadata_warnings = read_metadata(text, sections, hints=extracted.hints)
    sha256 = content_hash(data)
    document_id = sha256[:16]
    chunks = make_chunks(
        document_id, text, page_starts, sections, metadata, count_tokens=count_tokens, max_tokens=max_tokens
    )
    warnings = [*extracted.warnings, *metadata_warnings]
    if quality < _POOR_QUALITY:
        warnings.append(
            f"Chỉ {quality:.0%} số từ là âm tiết tiếng Việt hợp lệ: văn bản có thể bị lỗi phông chữ, lỗi nhận dạng "
            "hoặc không phải tiếng Việt. Hãy xem lại nội dung trước khi dùng."
        )
    return ParsedDocument(
        id=document_id,
        source=source,
        sha256=sha256,
        format=extracted.format,
        text=text,
        page_starts=page_starts,
        metadata=metadata,
        sections=sections,
        chunks=chunks,
        text_quality=quality,
        warnings=tuple(warnings),
    )
