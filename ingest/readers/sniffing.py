"""What a file is, told from its bytes; and plain text from bytes in any encoding Vietnamese offices use."""

import io
import re
import unicodedata
import zipfile
import zlib
from pathlib import PurePosixPath

from core.errors import IngestError, UnreadableFileError, UnsupportedFormatError
from ingest.readers.legacy_encodings import convert_legacy
from ingest.text_quality import text_quality

SUPPORTED = (
    ".pdf, ảnh .jpg/.png/.tiff của trang giấy, .docx, .doc, .rtf, .odt, .html, .mht, .txt, .md, và .zip chứa các tệp ấy"
)

_UNSUPPORTED_MAGIC = {
    b"GIF8": "ảnh GIF",
    b"BM": "ảnh BMP",
    b"RIFF": "tệp đa phương tiện RIFF",
    b"Rar!": "tệp nén RAR",
    b"7z\xbc\xaf": "tệp nén 7-Zip",
    b"\x1f\x8b": "tệp nén GZIP",
    b"\x7fELF": "chương trình ELF",
    b"MZ": "chương trình Windows",
}
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")  # PNG, JPEG, TIFF of either byte order
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP_MARKS = {"xl/": "Excel (.xlsx)", "ppt/": "PowerPoint (.pptx)"}
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    r"(?:<!doctype\s+html|<html\b|<head\b|<body\b|<frameset\b|<(?:div|p|table|meta)\b[^>]*>)",
    re.IGNORECASE | re.DOTALL,
)
_HTML_LATER = re.compile(r"<html\b|<body\b", re.IGNORECASE)
_MAIL_HEADER = re.compile(r"\s*[A-Za-z][\w-]*:")
_XML_KINDS = {
    "fodt": re.compile(r"\s*<\?xml.{0,600}?<office:document\b", re.DOTALL),
    "wordxml": re.compile(r"""\s*<\?xml.{0,600}?(?:<w:wordDocument\b|progid="Word\.Document")""", re.DOTALL),
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HEAD_CHARS = 4096
_MAX_FACTS_BYTES = 1024 * 1024
# What the end of a name promises; formats that are told apart by the name only, or read alike, share a line.
_PROMISES = {
    "pdf": (".pdf",),
    "docx": (".docx", ".docm", ".dotx", ".dotm"),
    "docm": (".docx", ".docm", ".dotx", ".dotm"),
    "doc": (".doc", ".dot"),
    "rtf": (".rtf",),
    "odt": (".odt", ".ott"),
    "wordxml": (".xml", ".doc"),
    "fodt": (".fodt", ".xml"),
    "html": (".html", ".htm", ".xhtml", ".aspx"),
    "mht": (".mht", ".mhtml"),
    "md": (".md", ".markdown", ".txt"),
    "txt": (".txt", ".md", ".markdown"),
    "zip": (".zip",),
    "image": (".jpg", ".jpeg", ".png", ".tif", ".tiff"),
}
_PROMISED_ENDINGS = frozenset(ending for endings in _PROMISES.values() for ending in endings)


def sniff(data: bytes, name: str) -> str:
    """The format of `data`, a key of the readers' table, from the bytes; only `md` is told from `txt` by the name.

    Raises:
        UnsupportedFormatError: another format, named in the message.
        UnreadableFileError: empty, or an Office file with a password.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise UnreadableFileError(f"Tệp {name} rỗng ({len(data)} byte). Hãy kiểm tra lại tệp gốc hoặc tải lại.")
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(_PICTURES):
        return "image"
    if data.startswith(_OLE):
        return _sniff_ole(data, name)
    if data.startswith(_ZIP):
        return _sniff_zip(data, name)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:5] == b"{\\rtf":
        return "rtf"
    found = next((label for magic, label in _UNSUPPORTED_MAGIC.items() if data.startswith(magic)), None)
    if found and (_CONTROL.search(data[:_HEAD_CHARS].decode("latin-1")) or b"\0" in data[:_HEAD_CHARS]):
        raise unsupported(name, found, "Hãy dùng tệp văn bản gốc")
    return _sniff_text(decode(data, name)[:_HEAD_CHARS], name)


def is_archive(data: bytes) -> bool:
    """Whether `data` is a ZIP file of files rather than a document packed as one, such as .docx."""
    try:
        return data.startswith(_ZIP) and _sniff_zip(data, "") == "zip"
    except IngestError:
        return False


def name_conflict(name: str, format_name: str) -> str | None:
    """A sentence for the administrator when the end of `name` promises another format than the one found."""
    ending = PurePosixPath(name.lower()).suffix
    if ending not in _PROMISED_ENDINGS or ending in _PROMISES.get(format_name, (ending,)):
        return None
    found = _PROMISES[format_name][0]
    return f"Tên tệp có đuôi {ending} nhưng nội dung là {found}; đã đọc theo nội dung. Hãy kiểm tra có đúng tệp không."


def unsupported(name: str, found: str, advice: str) -> UnsupportedFormatError:
    """The error for a file of a kind that is not read."""
    return UnsupportedFormatError(
        f"Chưa hỗ trợ định dạng của tệp {name} ({found}). {advice}. Các định dạng nhận được: {SUPPORTED}."
    )


def _sniff_text(head: str, name: str) -> str:
    for kind, pattern in _XML_KINDS.items():
        if pattern.match(head):
            return kind
    if _HTML.match(head) or (head.lstrip().startswith("<") and _HTML_LATER.search(head)):
        return "html"
    if _MAIL_HEADER.match(head) and "mime-version:" in head.lower() and "multipart/related" in head.lower():
        return "mht"
    return "md" if name.lower().endswith((".md", ".markdown")) else "txt"


def _sniff_ole(data: bytes, name: str) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableFileError(
            f"Tệp {name} được đặt mật khẩu nên không đọc được. Hãy mở bằng mật khẩu, bỏ mật khẩu rồi lưu lại."
        )
    if "WordDocument".encode("utf-16-le") in data:
        return "doc"
    raise unsupported(name, "Office 97-2003", "Hãy lưu lại thành .docx hoặc PDF")


def _sniff_zip(data: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            types = _member(archive, "[Content_Types].xml")
            relations = _member(archive, "_rels/.rels")
            mimetype = _member(archive, "mimetype")
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableFileError(
            f"Tệp {name} bị hỏng hoặc chưa tải xuống hết (tệp nén không mở được). Hãy tải lại tệp."
        ) from error
    if types and any(member.startswith("word/") for member in names):
        # Macros, templates and the strict variant are other kinds of package to python-docx.
        other = b"macroEnabled" in types or b"wordprocessingml.template" in types or b"purl.oclc.org" in relations
        return "docm" if other else "docx"
    if mimetype.startswith(b"application/vnd.oasis.opendocument.text"):
        return "odt"
    if mimetype.startswith(b"application/vnd.oasis.opendocument"):
        raise unsupported(name, "OpenDocument", "Hãy lưu lại thành .docx hoặc PDF")
    for mark, label in _ZIP_MARKS.items():
        if types and any(member.startswith(mark) for member in names):
            raise unsupported(name, label, "Hãy lưu lại thành .docx hoặc PDF")
    return "zip"


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The start of a member; empty when there is none."""
    if name not in archive.namelist():
        return b""
    with archive.open(name) as member:
        return member.read(_MAX_FACTS_BYTES)


def decode(data: bytes, name: str) -> str:
    """Text of `data`: UTF-8, UTF-16 with or without a byte-order mark, or an eight-bit encoding as the last resort.

    Of these, windows-1258 unless the text is more Vietnamese as TCVN3 or VNI; then its characters are those of
    windows-1252, to be converted with the rest of the document.

    Raises:
        UnsupportedFormatError: no text in any of these encodings.
    """
    text = _decoded(data)
    if text is None or len(_CONTROL.findall(text[:_HEAD_CHARS])) > 0.01 * len(text[:_HEAD_CHARS]):
        raise unsupported(name, "nhị phân không rõ loại", "Hãy dùng tệp văn bản gốc")
    return text


def _decoded(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    even, odd = data[0:_HEAD_CHARS:2].count(0), data[1:_HEAD_CHARS:2].count(0)
    pairs = max(1, min(len(data), _HEAD_CHARS) // 2)
    # In UTF-16 the ASCII letters, most of any Vietnamese text, have a zero byte on one side only.
    if odd > 0.3 * pairs > 10 * even or even > 0.3 * pairs > 10 * odd:
        return data.decode("utf-16-le" if odd > even else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A file cut in the middle of a letter, or with a few bad bytes, is still UTF-8.
        loose = data.decode("utf-8-sig", errors="replace")
        if error.start >= len(data) - 4 or loose.count("\ufffd") < 0.002 * len(loose):
            return loose
    return _decoded_eight_bit(data)


def _decoded_eight_bit(data: bytes) -> str | None:
    # Five places of windows-1252 are empty.
    western = data.decode("cp1252", errors="ignore")
    converted, encoding = convert_legacy(western)
    try:
        vietnamese = data.decode("cp1258")
    except UnicodeDecodeError:
        return None if encoding is None else western
    if encoding is not None and text_quality(converted) > text_quality(unicodedata.normalize("NFC", vietnamese)):
        return western
    return vietnamese
