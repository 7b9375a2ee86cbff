"""From a file on disk to the text that everything else counts its offsets in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import UnreadableFileError, UnsupportedFormatError
from core.settings import Settings
from ingest.readers.docx import read_docx
from ingest.readers.html import read_html, read_mht
from ingest.readers.images import read_image
from ingest.readers.legacy_encodings import conversion_warning, convert_pages
from ingest.readers.lines import RawDocument, ReadLimits, SourceHints
from ingest.readers.ocr import OnPage
from ingest.readers.paragraphs import assemble
from ingest.readers.pdf import read_pdf
from ingest.readers.plain import read_plain
from ingest.readers.sniffing import decode, name_conflict, sniff
from ingest.readers.word import CONVERTED_FORMATS, read_word

__all__ = [
    "ExtractedText",
    "OnPage",
    "ReadLimits",
    "SourceHints",
    "extract_text",
    "load_bytes",
    "read_file",
    "read_limits",
]

_MB = 1024 * 1024

Reader = Callable[[bytes, str, ReadLimits], RawDocument]
# Readers that may have to recognise pages, and tell of each.
_RECOGNISING: dict[str, Callable[[bytes, str, ReadLimits, OnPage | None], RawDocument]] = {
    "pdf": lambda data, name, limits, on_page: read_pdf(data, limits, on_page),
    "image": read_image,
}


def _word_reader(format_name: str) -> Reader:
    return lambda data, name, limits: read_word(data, format_name, limits)


# One reader for each other format that `sniff` can name.
_READERS: dict[str, Reader] = {
    "docx": lambda data, name, limits: read_docx(data, limits),
    **{kind: _word_reader(kind) for kind in CONVERTED_FORMATS},
    "html": lambda data, name, limits: read_html(decode(data, name), name),
    "mht": lambda data, name, limits: read_mht(data, name),
    "md": lambda data, name, limits: read_plain(decode(data, name), "md"),
    "txt": lambda data, name, limits: read_plain(decode(data, name), "txt"),
    "zip": lambda data, name, limits: _refuse_archive(name),
}


def _refuse_archive(name: str) -> RawDocument:
    raise UnsupportedFormatError(
        f"Tệp {name} là tệp nén gồm nhiều tệp, không phải một văn bản. Hãy nạp cả tệp nén vào kho, hoặc giải nén rồi "
        "chọn từng tệp."
    )


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """The final text of a file; every offset in the system counts its characters.

    Attributes:
        format: A key of the table above, told from the content.
        text: NFC, one paragraph, heading or table row a line, no invisible characters.
        page_starts: Offset of each page's first character; a paragraph that runs over a page holds it inside.
        warnings: Vietnamese sentences for the administrator.
        hints: What the page around the document says of it.
        notes_start: Where the footnotes begin, which stand after everything else; `None` or the text's end without.
    """

    format: str
    text: str
    page_starts: tuple[int, ...]
    warnings: tuple[str, ...] = ()
    hints: SourceHints = field(default_factory=dict)
    notes_start: int | None = None


def read_limits(settings: Settings) -> ReadLimits:
    """The limits that `settings` put on one file."""
    return ReadLimits(
        settings.max_file_mb,
        settings.max_pages,
        settings.parse_timeout_s,
        settings.ocr_page_timeout_s,
        settings.ocr_workers,
    )


def load_bytes(path: Path, limits: ReadLimits) -> bytes:
    """The bytes of a file.

    Raises:
        UnreadableFileError: missing, a folder, not permitted, or larger than `limits.max_file_mb`.
    """
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # raises when it may not be listed
            raise UnreadableFileError(f"{path} là thư mục, không phải tệp. Hãy chọn một tệp trong thư mục đó.")
        size_mb = path.stat().st_size / _MB
        if size_mb > limits.max_file_mb:
            raise UnreadableFileError(
                f"Tệp {path.name} nặng {size_mb:.0f} MB, vượt giới hạn {limits.max_file_mb} MB. "
                "Hãy tách tệp, hoặc tăng MAX_FILE_MB."
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableFileError(f"Không tìm thấy tệp {path}. Hãy kiểm tra lại đường dẫn.") from error
    except PermissionError as error:
        raise UnreadableFileError(
            f"Không có quyền đọc {path}. Hãy cấp quyền đọc cho tài khoản chạy ứng dụng."
        ) from error
    except OSError as error:
        raise UnreadableFileError(
            f"Không đọc được tệp {path} ({error.strerror}). Hãy kiểm tra ổ đĩa và thử lại."
        ) from error


def extract_text(data: bytes, name: str, limits: ReadLimits, on_page: OnPage | None = None) -> ExtractedText:
    """The text of a file's bytes, whatever its name ends in; `on_page` is told of each page recognised (OCR).

    Raises:
        UnsupportedFormatError: a format that no reader takes.
        UnreadableFileError: empty, damaged, encrypted, too long.
        OcrUnavailableError: pictures of pages only, and Tesseract is not installed.
    """
    format_name = sniff(data, name)
    recognising = _RECOGNISING.get(format_name)
    raw = recognising(data, name, limits, on_page) if recognising else _READERS[format_name](data, name, limits)
    pages, encoding = convert_pages(raw.pages)
    text, page_starts, notes_start = assemble(pages)
    warnings = [name_conflict(name, format_name), encoding and conversion_warning(encoding)]
    return ExtractedText(
        raw.format, text, page_starts, (*raw.warnings, *filter(None, warnings)), raw.hints, notes_start
    )


def read_file(path: Path, limits: ReadLimits) -> ExtractedText:
    """The text of a file on disk; errors as for `load_bytes` and `extract_text`."""
    return extract_text(load_bytes(path, limits), path.name, limits)
