"""The light markup that the sample documents are written in.

A source starts with `key: value` lines (lists are separated by ` | `), then a blank line, then one block a line:
`^` centred bold, `_` centred italic, `~` italic (legal grounds), `#` section heading, `| a | b |` table row (the first
row of a table holds its heads, `%widths` before it sets its proportions), `%signature`, `%attachment` (a second
letterhead on a new page), `%page`; any other line is a paragraph, in which `**…**` is bold.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from core.references import find_dates

SAMPLE_MARK = "(VĂN BẢN MẪU - dùng để giới thiệu phần mềm, không có giá trị pháp lý)"


class Style(StrEnum):
    """Whose form a document follows: the state's, the Party's, or nobody's."""

    STATE = "state"
    PARTY = "party"
    DIGEST = "digest"


# Decree 30/2020/NĐ-CP, appendix I (state documents); Guidance 36-HD/VPTW 2018 (Party documents).
MOTTO = {
    Style.STATE: ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
    Style.PARTY: ("ĐẢNG CỘNG SẢN VIỆT NAM",),
    Style.DIGEST: (),
}


class BlockKind(StrEnum):
    """What one block of a document's body is."""

    TEXT = "text"
    CENTRED = "centred"
    NOTE = "note"
    GROUND = "ground"
    HEADING = "heading"
    TABLE = "table"
    SIGNATURE = "signature"
    ATTACHMENT = "attachment"
    PAGE_BREAK = "page_break"


_SIGILS = {"^": BlockKind.CENTRED, "_": BlockKind.NOTE, "~": BlockKind.GROUND, "#": BlockKind.HEADING}
_COMMANDS = {
    "%signature": BlockKind.SIGNATURE,
    "%attachment": BlockKind.ATTACHMENT,
    "%page": BlockKind.PAGE_BREAK,
}


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, table or command.

    Attributes:
        rows: Cells of a table, its heads first; empty for other kinds.
        widths: Proportions of a table's columns.
    """

    kind: BlockKind
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleDocument:
    """One sample document, independent of the format it is delivered in.

    Attributes:
        file_name: Name in the corpus folder; its suffix names the format.
        issuer: Lines of the issuer's name; the last is the issuer itself, those above it its superior.
        dated: Place and date line.
        kind: Kind in capitals; empty for an official letter, whose title then stands below its number.
        signed_for: Lines above the signature, ending with the signer's office.
    """

    file_name: str
    style: Style
    issuer: tuple[str, ...]
    number: str
    dated: str
    kind: str
    title: str
    signed_for: tuple[str, ...]
    signer: str
    recipients: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def issued_on(self) -> date:
        """Day in the place and date line."""
        return find_dates(self.dated)[0][0]

    @property
    def number_line(self) -> str:
        """The number as the letterhead prints it; Party documents have no colon (Guidance 36-HD/VPTW)."""
        return f"Số {self.number}" if self.style is Style.PARTY else f"Số: {self.number}"

    @property
    def issuer_is_one_name(self) -> bool:
        """Whether the issuer's lines are one name (`ỦY BAN NHÂN DÂN / TỈNH …`), not a body below its superior."""
        return self.issuer[0] in ("ỦY BAN NHÂN DÂN", "HỘI ĐỒNG NHÂN DÂN")


def read_source(path: Path) -> SampleDocument:
    """The document written in `path`, whose name is the delivered file's name plus `.txt`."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    fields = {key: value.strip() for key, _, value in (line.partition(":") for line in head.splitlines())}

    def lines(key: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in fields.get(key, "").split(" | ") if part.strip())

    return SampleDocument(
        file_name=path.name.removesuffix(".txt"),
        style=Style(fields["style"]),
        issuer=lines("issuer"),
        number=fields.get("number", ""),
        dated=fields.get("dated", ""),
        kind=fields.get("kind", ""),
        title=fields["title"],
        signed_for=lines("signed_for"),
        signer=fields.get("signer", ""),
        recipients=lines("recipients"),
        blocks=tuple(_read_blocks(body.splitlines())),
    )


def _read_blocks(lines: Iterable[str]) -> Iterator[Block]:
    rows: list[tuple[str, ...]] = []
    widths: tuple[float, ...] = ()
    for line in [*lines, ""]:
        if line.startswith("|"):
            rows.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
            continue
        if rows:
            yield Block(BlockKind.TABLE, rows=tuple(rows), widths=widths or (1.0,) * len(rows[0]))
            rows, widths = [], ()
        if line.startswith("%widths"):
            widths = tuple(float(width) for width in line.split()[1:])
        elif line in _COMMANDS:
            yield Block(_COMMANDS[line])
        elif line[:2].strip() in _SIGILS and line[1:2] == " ":
            yield Block(_SIGILS[line[0]], line[2:])
        elif line:
            yield Block(BlockKind.TEXT, line)


def bold_runs(text: str) -> list[tuple[str, bool]]:
    """`text` cut at its `**` marks: pieces in order, each with whether it is bold."""
    pieces = re.split(r"\*\*", text)
    return [(piece, index % 2 == 1) for index, piece in enumerate(pieces) if piece]


def is_number(cell: str) -> bool:
    """Whether a table cell holds a figure, which is set to the right."""
    return bool(re.fullmatch(r"[\d.,]+%?", cell))
