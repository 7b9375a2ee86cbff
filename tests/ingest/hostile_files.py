"""Damaged and hostile files in every format, the same ones at every run: what an upload form meets sooner or later."""

import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

import pypdf
from PIL import Image
from pypdf.generic import FloatObject, NameObject, RectangleObject

from tests.ingest.sample_files import close_pdf, make_docx, make_pdf, make_zip, open_pdf

PARAGRAPHS = [
    "QUYẾT ĐỊNH",
    "Ban hành quy chế tập huấn",
    "Điều 1. Phạm vi điều chỉnh",
    "1. Quyết định này ban hành quy chế tập huấn kỹ năng sử dụng trí tuệ nhân tạo cho cán bộ, công chức của tỉnh.",
    "2. Quy chế áp dụng với các sở, ban, ngành và Ủy ban nhân dân các xã, phường.",
    "Điều 2. Hiệu lực thi hành",
    "Quyết định này có hiệu lực thi hành kể từ ngày ký.",
]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENDINGS = ("txt", "md", "html", "mht", "docx", "pdf", "zip")


def sound_files() -> dict[str, bytes]:
    """One small sound file of each format that is read without LibreOffice."""
    text = "\n\n".join(PARAGRAPHS)
    page = f"<!DOCTYPE html><html><body>{''.join(f'<p>{line}</p>' for line in PARAGRAPHS)}</body></html>"
    docx = make_docx(lambda document: [document.add_paragraph(line) for line in PARAGRAPHS])
    mht = (
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=xx\r\n\r\n--xx\r\n"
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + page + "\r\n--xx--\r\n"
    )
    return {
        "txt": text.encode(),
        "md": f"# {text}\n\n| TT | Việc |\n|---|---|\n| 1 | Tập huấn |\n".encode(),
        "html": page.encode(),
        "mht": mht.encode(),
        "docx": docx,
        "pdf": make_pdf(PARAGRAPHS, PARAGRAPHS),
        "zip": make_zip({"a.txt": text.encode(), "b/c.docx": docx, "d.zip": make_zip({"e.md": text.encode()})}),
    }


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Name and content of each file; the same for every run."""
    sound = sound_files()
    yield from _truncated(sound)
    yield from _with_flipped_bits(sound)
    yield from _under_other_names(sound)
    yield from _hostile_xml(sound["docx"])
    yield from _hostile_pages()
    yield from _hostile_pdfs(sound["pdf"])
    yield from _pictures()
    yield from _hostile_archives(sound)
    yield from _for_libreoffice()


def _truncated(sound: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for kind, data in sound.items():
        for tenth in range(10):
            yield f"cut-{tenth}.{kind}", data[: len(data) * tenth // 10 + tenth]
        yield f"end-only.{kind}", data[len(data) // 2 :]


def _with_flipped_bits(sound: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    dice = random.Random(2026)
    for kind, data in sound.items():
        for count in (1, 3, 10, 30, 100, 300):
            for turn in range(2):
                damaged = bytearray(data)
                for _ in range(count):
                    damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
                yield f"flipped-{count}-{turn}.{kind}", bytes(damaged)
        zeroed = bytearray(data)
        start = dice.randrange(len(zeroed) // 2)
        zeroed[start : start + len(zeroed) // 4] = bytes(len(zeroed) // 4)
        yield f"zeroed.{kind}", bytes(zeroed)
        yield f"nul.{kind}", data.replace(b" ", b"\0 ")
        yield f"noise.{kind}", data[:64] + dice.randbytes(4000)
        yield f"twice.{kind}", data + data


def _under_other_names(sound: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for kind, data in sound.items():
        for ending in _ENDINGS:
            if ending != kind:
                yield f"really-{kind}.{ending}", data
    for name in ("..", "...", "-rf", "con.docx", "a\nb.txt", "a\u202etxt.exe", "%2e%2e%2fa.txt", "x" * 250):
        yield name, sound["txt"]


def _hostile_xml(docx: bytes) -> Iterator[tuple[str, bytes]]:
    laughs = b'<!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + depth, b"&%c;" % (97 + depth) * 10) for depth in range(9)
    )
    outside = b'<!DOCTYPE l [<!ENTITY j SYSTEM "file:///etc/passwd">'
    remote = b'<!DOCTYPE l [<!ENTITY j SYSTEM "http://127.0.0.1:9/a">'
    for name, entities in (("laughs", laughs), ("outside", outside), ("remote", remote)):
        for part in ("word/document.xml", "word/styles.xml", "[Content_Types].xml", "word/_rels/document.xml.rels"):
            with zipfile.ZipFile(BytesIO(docx)) as archive:
                xml = archive.read(part)
            head, _, rest = xml.partition(b"?>")
            root_end = rest.index(b">") + 1
            yield (
                f"{name}-{part.replace('/', '-')}.docx",
                _with_part(docx, part, head + b"?>" + entities + b"]>" + rest[:root_end] + b"&j;" + rest[root_end:]),
            )
        yield f"{name}.html", entities + b"]><html><body><p>&j; Quy\xc3\xaat</p></body></html>"
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for name, opening, closing in (
        ("tables", "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"),
        ("controls", "<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"),
        ("boxes", "<w:p><w:r><w:pict><w:txbxContent>", "</w:txbxContent></w:pict></w:r></w:p>"),
    ):
        for depth in (40, 400, 20_000):
            body = f"<w:document {word}><w:body>{opening * depth}{closing * depth}</w:body></w:document>"
            yield f"deep-{name}-{depth}.docx", _with_part(docx, "word/document.xml", body.encode())
    wide = '<w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p><w:r><w:t>rộng</w:t></w:r></w:p>'
    body = f"<w:document {word}><w:body><w:tbl><w:tr><w:tc>{wide}</w:tc></w:tr></w:tbl></w:body></w:document>"
    yield "wide-cell.docx", _with_part(docx, "word/document.xml", body.encode())
    numbered = '<w:p><w:pPr><w:pStyle w:val="A"/></w:pPr><w:r><w:t>vòng</w:t></w:r></w:p>'
    yield (
        "style-circle.docx",
        _with_part(
            _with_part(
                docx, "word/styles.xml",
                f'<w:styles {word}><w:style w:styleId="A"><w:basedOn w:val="A"/></w:style></w:styles>'.encode(),
            ),
            "word/document.xml",
            f"<w:document {word}><w:body>{numbered}</w:body></w:document>".encode(),
        ),
    )  # fmt: skip
    yield "no-body.docx", _with_part(docx, "word/document.xml", f"<w:document {word}/>".encode())
    yield "not-xml.docx", _with_part(docx, "word/document.xml", b"\0\1\2")
    yield (
        "relations-out.docx",
        _with_part(
            docx,
            "_rels/.rels",
            b'<Relationships xmlns="x"><Relationship Id="a" Type="b" Target="../../../etc/passwd"/>',
        ),
    )


def _with_part(docx: bytes, name: str, content: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(docx)) as archive:
        return make_zip({**{part: archive.read(part) for part in archive.namelist()}, name: content})


def _hostile_pages() -> Iterator[tuple[str, bytes]]:
    for depth in (100, 140, 5_000, 100_000):
        yield f"deep-div-{depth}.html", b"<html><body>" + b"<div>" * depth + b"Quy"
        yield f"deep-span-{depth}.html", b"<html><body><p>" + b"<span>" * depth + b"Quy"
        yield f"deep-list-{depth}.html", b"<html><body>" + b"<ul><li>" * depth + b"Quy"
        yield f"deep-marks-{depth}.html", b"<html><body>" + "<div>Điều 1. ".encode() * depth
    yield "deep-table.html", b"<html><body>" + b"<table><tr><td>" * 3000 + b"Quy"
    spans = b'<td rowspan="99999999" colspan="99999999">a</td>' * 50
    yield "wide-table.html", b"<html><body><table border=1>" + (b"<tr>" + spans + b"</tr>") * 20 + b"</table>"
    yield "start.html", b'<html><body><ol start="99999999999999999999"><li>a</li></ol>'
    yield "attributes.html", b"<html><body " + b"".join(b'a%d="1" ' % n for n in range(20_000)) + b"><p>Quy</p>"
    yield "frames.html", b'<html><frameset><frame src="../../etc/passwd"></frameset></html>'
    yield "word.txt", ("Điềuđiều" * 300_000).encode()
    yield "capitals.txt", ("ABCÀà" * 300_000).encode()
    yield "dots.txt", ("." * 1_000_000 + " Điều 1.").encode()
    yield "spaces.txt", (" " * 2_000_000 + "a").encode()
    yield "lines.txt", b"a\n" * 100_000
    yield "marks.md", b"*_`[(" * 60_000
    yield "pipes.md", b"|" * 200_000 + b"\n" + b"|" * 200_000
    yield "links.md", b"[a](" * 50_000
    yield "tags.md", b"<b" * 100_000
    yield "comments.md", b"<!-- " * 50_000
    yield "rules.txt", b"-" * 1_000_000 + b"x"
    yield "quotes.md", b"> " * 100_000 + b"a"
    yield "tcvn3.txt", ("§iÒu ®\xadîc " * 30_000).encode("latin-1")
    yield "boundary.mht", b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=a\n\n" + b"--a\n" * 20_000
    nested = b"".join(b"Content-Type: multipart/related; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(500))
    yield "nested.mht", b"MIME-Version: 1.0\n" + nested
    page = b"--a\nContent-Type: text/html; charset=x-none\n\n<p>Quy\xff</p>\n--a--"
    yield "charset.mht", b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=a\n\n" + page


def _hostile_pdfs(pdf: bytes) -> Iterator[tuple[str, bytes]]:
    for metres in (1, 200, 100_000):
        yield f"page-{metres}m.pdf", _page_of(pdf, metres / 0.0254 * 72, metres / 0.0254 * 72)
    for name, width, height in (("nothing", 0, 0), ("negative", -100, -100), ("infinite", 1e38, 1e38)):
        yield f"page-{name}.pdf", _page_of(pdf, width, height)
    picture = open_pdf()
    picture.add_page()
    picture.image(Image.new("L", (100, 100), 200), x=0, y=0, w=210, h=297)
    yield "scan-200m.pdf", _page_of(close_pdf(picture), 200 / 0.0254 * 72, 200 / 0.0254 * 72)
    for old, new in (
        (b"/Kids", b"/Kixs"), (b"/Root", b"/Rxxt"), (b"/Count 2", b"/Count 99999999"), (b"/Pages", b"/Catalog"),
        (b"/Length", b"/Lxngth"), (b"/FlateDecode", b"/LZWDecode  "), (b"endobj", b"      "), (b"xref", b"xxxx"),
        (b"/Parent", b"/Kids  "), (b"startxref", b"startxrxx"),
    ):  # fmt: skip
        yield f"without-{old.decode().strip('/').replace(' ', '-')}.pdf", pdf.replace(old, new)
    bomb = zlib.compress(b"BT /F1 12 Tf (a) Tj ET " * 2_000_000, 9)
    stream = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(bomb), bomb)
    yield "stream-bomb.pdf", _handmade_pdf(stream)
    yield "circle.pdf", _handmade_pdf(stream).replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")
    yield "deep-array.pdf", b"%PDF-1.4\n1 0 obj" + b"[" * 100_000 + b"endobj trailer<</Root 1 0 R>>"


def _page_of(pdf: bytes, width: float, height: float) -> bytes:
    writer = pypdf.PdfWriter(clone_from=BytesIO(pdf))
    for page in writer.pages:
        page[NameObject("/MediaBox")] = RectangleObject(
            (FloatObject(0), FloatObject(0), FloatObject(width), FloatObject(height))
        )
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _handmade_pdf(stream: bytes) -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj\n4 0 obj" + stream
        + b"endobj\ntrailer<</Root 1 0 R>>"
    )  # fmt: skip


def _pictures() -> Iterator[tuple[str, bytes]]:
    for kind in ("PNG", "JPEG", "TIFF"):
        buffer = BytesIO()
        Image.new("L", (300, 200), 255).save(buffer, kind)
        yield f"blank.{kind.lower()}", buffer.getvalue()
        yield f"cut.{kind.lower()}", buffer.getvalue()[: len(buffer.getvalue()) // 2]
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(10_000_000), 9)
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )
    yield "bomb.png", b"\x89PNG\r\n\x1a\n" + chunks


def _hostile_archives(sound: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    text = sound["txt"]
    for number, name in enumerate(
        ("../../../out.txt", "/tmp/out.txt", "C:\\out.txt", "a/../../out.txt", "out.txt", "..\\out.txt")
    ):
        yield f"leads-out-{number}.zip", make_zip({name: text})
        yield (
            f"leads-out-{number}.docx",
            make_zip({name: text, "[Content_Types].xml": b"<x/>", "word/a.xml": b"<x/>"}),
        )
    bomb = make_zip({"0.txt": b"0" * 60_000_000})
    yield "bomb.zip", bomb
    yield "bombs.zip", make_zip({f"{n}.zip": bomb for n in range(20)} | {"a.txt": text})
    yield "bomb.docx", make_zip({"[Content_Types].xml": b" " * 60_000_000, "word/document.xml": b"<x/>"})
    nested = text
    for _ in range(30):
        nested = make_zip({"n.zip": nested})
    yield "nested.zip", nested
    yield "empty.zip", make_zip({})
    yield "no-names.zip", make_zip({"a.txt": text, "b.txt": text}).replace(b"a.txt", b"\0.txt")
    yield "folders.zip", make_zip({"a/": b"", "a/b/": b""})
    yield "many.zip", make_zip({f"{n}.bin": b"\0" for n in range(2000)})
    locked = bytearray(make_zip({"a.txt": text}))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    yield "locked.zip", bytes(locked)
    lying = bytearray(make_zip({"a.txt": text}))
    struct.pack_into("<I", lying, lying.index(b"PK\x01\x02") + 24, 3_000_000_000)
    yield "declares-3-gb.zip", bytes(lying)
    method = bytearray(make_zip({"a.txt": text}))
    struct.pack_into("<H", method, method.index(b"PK\x01\x02") + 10, 99)
    yield "unknown-method.zip", bytes(method)


def _for_libreoffice() -> Iterator[tuple[str, bytes]]:
    """Few, for each costs the start of a program."""
    yield "deep.rtf", b"{\\rtf1 " + b"{" * 50_000 + b"a" + b"}" * 50_000 + b"}"
    yield "cut.rtf", b"{\\rtf1\\ansi {\\b Quy"
    yield "stub.doc", _OLE + bytes(504) + "WordDocument".encode("utf-16-le") + bytes(600)
    yield "locked.doc", _OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le")
    yield "noise.doc", _OLE + random.Random(7).randbytes(5000) + "WordDocument".encode("utf-16-le")
    yield "noise.odt", make_zip({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x>"})
    yield "word.xml", b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument'
