"""ZIP files of documents: each member by name and bytes, read in memory, within limits that hostile archives meet."""

import io
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from lzma import LZMAError

from core.errors import IngestError, UnreadableFileError
from ingest.readers.lines import ReadLimits
from ingest.readers.sniffing import is_archive

_MB = 1024 * 1024
# Ten thousand decrees; beyond that somebody packed a disk.
_MAX_MEMBERS = 10_000
_MAX_UNPACKED_MB = 8 * 1024
# Text packs to a tenth, an empty table in XML to a hundredth; a bomb to a thousandth.
_MAX_RATIO = 200
_RATIO_MATTERS_MB = 50
_MAX_NAME_CHARS = 200
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
# What macOS and Windows put into every archive, and Word while a file is open.
_PASSED_OVER = ("__MACOSX/", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive.

    Attributes:
        name: Where it lies within, with forward slashes, made harmless; `inner.zip!/name` for one of a nested archive.
        content: Its bytes, or why it cannot be read.
    """

    name: str
    content: bytes | IngestError


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked of one file that was handed in, nested archives included."""

    members: int = _MAX_MEMBERS
    bytes: int = _MAX_UNPACKED_MB * _MB
    names: set[str] = field(default_factory=set)


def archive_members(data: bytes, name: str, limits: ReadLimits) -> Iterator[Member]:
    """The files of the archive `name` and of the archives right inside it, one at a time, in sorted order.

    Hidden files and those of the packing program are passed over. A member that cannot be read comes with the reason.

    Raises:
        UnreadableFileError: damaged as a whole, or unpacking it would fill the memory.
    """
    yield from _members(data, name, limits, _Budget(), prefix="")


def _members(data: bytes, name: str, limits: ReadLimits, budget: _Budget, *, prefix: str) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise UnreadableFileError(
            f"Tệp nén {name} bị hỏng hoặc chưa tải xuống hết ({len(data)} byte). Hãy tải lại tệp hoặc nén lại."
        ) from error
    with archive:
        wanted = [(member_name(info), info) for info in archive.infolist() if not info.filename.endswith("/")]
        wanted = sorted((pair for pair in wanted if not _is_passed_over(pair[0])), key=lambda pair: pair[0])
        _spend(budget, [info for _, info in wanted], name)
        for inner_name, info in wanted:
            full_name = _unique(prefix + inner_name, budget.names)
            try:
                content = _read(archive, info, full_name, limits)
                if not is_archive(content):
                    yield Member(full_name, content)
                elif prefix:
                    raise UnreadableFileError(
                        f"Tệp nén {full_name} nằm trong quá nhiều lớp tệp nén. Hãy giải nén rồi nạp các tệp bên trong."
                    )
                else:
                    yield from _members(content, full_name, limits, budget, prefix=f"{full_name}!/")
            except IngestError as error:
                yield Member(full_name, error)


def _spend(budget: _Budget, members: list[zipfile.ZipInfo], name: str) -> None:
    """Take what `members` declare off the budget; zipfile unpacks no more of a member than it declares."""
    unpacked = sum(member.file_size for member in members)
    packed = max(sum(member.compress_size for member in members), 1)
    budget.members -= len(members)
    budget.bytes -= unpacked
    is_bomb = unpacked > _RATIO_MATTERS_MB * _MB and unpacked / packed > _MAX_RATIO
    if budget.members < 0 or budget.bytes < 0 or is_bomb:
        raise UnreadableFileError(
            f"Tệp nén {name} bung ra quá lớn ({len(members)} tệp, {unpacked / _MB:.0f} MB từ {packed / _MB:.1f} MB) "
            "nên không mở vì lý do an toàn. Hãy giải nén, kiểm tra rồi nạp từng phần."
        )


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, limits: ReadLimits) -> bytes:
    size_mb = info.file_size / _MB
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableFileError(
            f"Tệp {name} được đặt mật khẩu trong tệp nén. Hãy giải nén bằng mật khẩu rồi nạp lại."
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnreadableFileError(f"{name} trong tệp nén là liên kết tới tệp khác, không có nội dung. Hãy nạp tệp đó.")
    if size_mb > limits.max_file_mb:
        raise UnreadableFileError(
            f"Tệp {name} nặng {size_mb:.0f} MB, vượt giới hạn {limits.max_file_mb} MB. "
            "Hãy tách tệp, hoặc tăng MAX_FILE_MB."
        )
    try:
        return archive.read(info)
    except (
        zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise UnreadableFileError(
            f"Tệp {name} trong tệp nén bị hỏng ({type(error).__name__}). Hãy nén lại hoặc nạp riêng tệp đó."
        ) from error


def member_name(info: zipfile.ZipInfo) -> str:
    """The member's name as its author saw it, without what would lead out of the archive."""
    name = _decoded_name(info).replace("\\", "/")
    parts = [part.strip() for part in name.split("/")]
    kept = [part for part in parts if part not in {"", ".", ".."} and not (len(part) == 2 and part[1] == ":")]
    shown = "".join(c for c in "/".join(kept) if unicodedata.category(c)[0] != "C")
    return shown[-_MAX_NAME_CHARS:] or "khong-ten"


def _decoded_name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8_NAME:
        return unicodedata.normalize("NFC", info.filename)
    # Without the flag zipfile takes cp437; Linux writes UTF-8 all the same, a Vietnamese Windows its own code page.
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "cp1258"):
        try:
            name = unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or all(c.isascii() or unicodedata.name(c, "").startswith("LATIN ") for c in name):
            return name
    return info.filename


def _is_passed_over(name: str) -> bool:
    return name.startswith(_PASSED_OVER) or any(
        part.startswith((".", "~$")) or part in _PASSED_OVER for part in name.split("/")
    )


def _unique(name: str, names: set[str]) -> str:
    unique, number = name, 1
    while unique in names:
        number += 1
        unique = f"{name} ({number})"
    names.add(unique)
    return unique
