"""What a file is, told from its bytes; and plain text from bytes in any encoding Vietnamese offices use."""

import io
import re
import zipfile

from core.errors import UnreadableFileError, UnsupportedFormatError

SUPPORTED = ".pdf, ảnh .jpg/.png/.tiff của trang giấy, .docx, .html, .txt, .md"

_MAGIC = {
    b"{\\rtf": "RTF",
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
_ZIP = b"PK\x03\x04"
_ZIP_MARKS = {"xl/": "Excel (.xlsx)", "ppt/": "PowerPoint (.pptx)", "content.xml": "OpenDocument (.odt)"}
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype\s+html|<html\b|<head\b|<body\b|<(?:div|p|table|meta)\b[^>]*>)",
    re.IGNORECASE | re.DOTALL,
)
_HTML_LATER = re.compile(r"<html\b|<body\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HEAD_CHARS = 4096


def sniff(data: bytes, name: str) -> str:
    """`pdf`, `image`, `docx`, `html`, `md` or `txt`, from the bytes; only `md` is told from `txt` by the name.

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
        _refuse_ole(data, name)
    if data.startswith(_ZIP):
        return _sniff_zip(data, name)
    found = next((label for magic, label in _MAGIC.items() if data.startswith(magic)), None)
    if found == "RTF":
        raise _unsupported(name, "RTF", "Hãy mở bằng Word rồi lưu lại thành .docx")
    if found and (_CONTROL.search(data[:_HEAD_CHARS].decode("latin-1")) or b"\0" in data[:_HEAD_CHARS]):
        raise _unsupported(name, found, "Hãy dùng tệp văn bản gốc")
    text = decode(data, name)[:_HEAD_CHARS]
    if _HTML.match(text) or (text.lstrip().startswith("<") and _HTML_LATER.search(text)):
        return "html"
    return "md" if name.lower().endswith((".md", ".markdown")) else "txt"


def _unsupported(name: str, found: str, advice: str) -> UnsupportedFormatError:
    return UnsupportedFormatError(
        f"Chưa hỗ trợ định dạng của tệp {name} ({found}). {advice}. Các định dạng nhận được: {SUPPORTED}."
    )


def _refuse_ole(data: bytes, name: str) -> None:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableFileError(
            f"Tệp {name} được đặt mật khẩu nên không đọc được. Hãy mở bằng mật khẩu, bỏ mật khẩu rồi lưu lại."
        )
    if "WordDocument".encode("utf-16-le") in data:
        raise _unsupported(name, "Word 97-2003 .doc", "Hãy mở bằng Word hoặc LibreOffice rồi lưu lại thành .docx")
    raise _unsupported(name, "Office 97-2003", "Hãy lưu lại thành .docx hoặc PDF")


def _sniff_zip(data: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFileError(
            f"Tệp {name} bị hỏng hoặc chưa tải xuống hết (tệp nén không mở được). Hãy tải lại tệp."
        ) from error
    if "word/document.xml" in names:
        return "docx"
    label = next(
        (label for mark, label in _ZIP_MARKS.items() if any(member.startswith(mark) for member in names)), "tệp nén ZIP"
    )
    advice = "Hãy giải nén rồi nạp các tệp bên trong" if label == "tệp nén ZIP" else "Hãy lưu lại thành .docx hoặc PDF"
    raise _unsupported(name, label, advice)


def decode(data: bytes, name: str) -> str:
    """Text of `data`: UTF-8, UTF-16 with or without a byte-order mark, or windows-1258 as the last resort.

    Raises:
        UnsupportedFormatError: no text in any of these encodings.
    """
    text = _decoded(data)
    if text is None or len(_CONTROL.findall(text[:_HEAD_CHARS])) > 0.01 * len(text[:_HEAD_CHARS]):
        raise _unsupported(name, "nhị phân không rõ loại", "Hãy dùng tệp văn bản gốc")
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
    try:
        return data.decode("cp1258")
    except UnicodeDecodeError:
        return None
