"""ZIP files: each member a document of its own, names made harmless, bombs and locked members refused by name."""

import stat
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pytest

from core.errors import IngestError, UnreadableFileError
from ingest.parsing import source_of
from ingest.readers.archives import archive_members
from ingest.readers.lines import ReadLimits
from tests.ingest.sample_files import make_docx, make_pdf, make_zip
from tests.ingest.test_pipeline import DECISION, ListSink, run

TEXT = DECISION.format(quarter="IV").encode()
MB = 1024 * 1024


def members(data: bytes, limits: ReadLimits | None = None) -> dict[str, bytes | str]:
    """Content or message of each member by name."""
    found = archive_members(data, "a.zip", limits or ReadLimits())
    return {m.name: str(m.content) if isinstance(m.content, IngestError) else m.content for m in found}


def zip_of(infos: Iterable[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for info, content in infos:
            archive.writestr(info, content)
    return buffer.getvalue()


def test_each_member_becomes_a_document_and_a_bad_one_stops_nothing(tmp_path: Path) -> None:
    paragraphs = TEXT.decode().split("\n")
    inner = make_zip({"sau/trong.txt": DECISION.format(quarter="V").encode(), "qua sau.zip": make_zip({"x.txt": TEXT})})
    path = tmp_path / "hồ sơ.zip"
    path.write_bytes(
        make_zip(
            {
                "qd/1.md": TEXT,
                "2.docx": make_docx(lambda document: [document.add_paragraph(text) for text in paragraphs]),
                "3.pdf": make_pdf(paragraphs),
                "hỏng.docx": b"PK\x03\x04 cut",
                "rỗng.txt": b"",
                "bảng.xlsx": make_zip({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
                "trong.zip": inner,
                "__MACOSX/qd/._1.md": b"x",
                ".DS_Store": b"x",
                "~$2.docx": b"x",
            }
        )
    )
    report = run([path], ListSink())
    root = source_of(path)
    assert [document.source for document in report.added] == [
        f"{root}!/2.docx", f"{root}!/3.pdf", f"{root}!/qd/1.md", f"{root}!/trong.zip!/sau/trong.txt",
    ]  # fmt: skip
    failed = {failed.source.removeprefix(f"{root}!/"): failed.error for failed in report.failed}
    assert sorted(failed) == ["bảng.xlsx", "hỏng.docx", "rỗng.txt", "trong.zip!/qua sau.zip"]
    assert "quá nhiều lớp" in failed["trong.zip!/qua sau.zip"]
    assert "Excel" in failed["bảng.xlsx"]
    assert [path.name for path in tmp_path.iterdir()] == ["hồ sơ.zip"]


def test_an_archive_taken_in_twice_changes_nothing_and_a_changed_member_is_replaced(tmp_path: Path) -> None:
    path, sink = tmp_path / "a.zip", ListSink()
    path.write_bytes(make_zip({"1.md": TEXT, "2.md": DECISION.format(quarter="I").encode()}))
    first = run([path], sink)
    assert [d.id for d in run([path], sink).unchanged] == [d.id for d in first.added]
    path.write_bytes(make_zip({"1.md": TEXT, "2.md": DECISION.format(quarter="II").encode()}))
    changed = run([path], sink)
    assert [len(part) for part in (changed.added, changed.unchanged, changed.removed)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\a.doc", "Users/a.doc"),
        ("..\\..\\a.txt", "a.txt"),
        ("a/./b/../c.txt", "a/b/c.txt"),
        ("a\x07\u202eb.txt", "ab.txt"),
        ("..", "khong-ten"),
        ("Quyê\u0301t đi\u0323nh.txt", "Quyết định.txt"),
        ("x" * 5000 + ".txt", "x" * 196 + ".txt"),
    ],
)
def test_names_that_lead_out_of_the_archive_are_made_harmless(name: str, shown: str) -> None:
    assert members(zip_of([(zipfile.ZipInfo(name), TEXT)])) == {shown: TEXT}


def test_two_members_of_one_name_are_told_apart() -> None:
    data = zip_of([(zipfile.ZipInfo("a.txt"), b"1"), (zipfile.ZipInfo("../a.txt"), b"2")])
    assert members(data) == {"a.txt": b"1", "a.txt (2)": b"2"}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Quyết định số 15.txt".encode(), "Quyết định số 15.txt"),
        ("Công văn Sơ\u0309 Nô\u0323i vu\u0323.txt".encode("cp1258"), "Công văn Sở Nội vụ.txt"),
        ("r\u00e9sum\u00e9.txt".encode("cp437"), "r\u00e9sum\u00e9.txt"),
    ],
)  # fmt: skip
def test_names_without_the_unicode_mark_are_read_as_their_system_wrote_them(raw: bytes, shown: str) -> None:
    place = "n" * len(raw)
    data = make_zip({place: TEXT}).replace(place.encode(), raw)
    assert list(members(data)) == [shown]


def test_locked_members_and_links_are_named_and_the_rest_is_read() -> None:
    link = zipfile.ZipInfo("lien-ket.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = bytearray(
        zip_of([(zipfile.ZipInfo("khoa.txt"), TEXT), (link, b"/etc/passwd"), (zipfile.ZipInfo("z.txt"), TEXT)])
    )
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1  # the first member says that it is encrypted
    found = members(bytes(data))
    assert "mật khẩu" in str(found["khoa.txt"])
    assert "liên kết" in str(found["lien-ket.txt"])
    assert found["z.txt"] == TEXT


def test_a_member_with_damaged_bytes_is_named() -> None:
    data = make_zip({"1.txt": TEXT, "2.txt": TEXT})
    start = data.index(b"1.txt") + 20
    found = members(data[:start] + b"\xff" * 30 + data[start + 30 :])
    assert "bị hỏng" in str(found["1.txt"])
    assert found["2.txt"] == TEXT


def test_bombs_are_refused_before_they_are_opened() -> None:
    zeros = b"0" * (8 * MB)
    with pytest.raises(UnreadableFileError, match="bung ra quá lớn"):
        members(make_zip({f"{number}.txt": zeros for number in range(8)}))
    found = members(make_zip({"bom.zip": make_zip({f"{number}.txt": zeros for number in range(8)}), "a.txt": TEXT}))
    assert "bung ra quá lớn" in str(found["bom.zip"])
    assert found["a.txt"] == TEXT


def test_more_members_than_a_library_has_are_refused_and_thousands_are_not() -> None:
    assert len(members(make_zip({f"{number}.txt": b"x" for number in range(3000)}))) == 3000
    with pytest.raises(UnreadableFileError, match="10001 tệp"):
        members(make_zip({f"{number}.txt": b"" for number in range(10_001)}))


def test_a_member_over_the_limit_is_named_with_the_setting_to_change() -> None:
    found = members(make_zip({"to.txt": b"ab" * MB, "a.txt": TEXT}), ReadLimits(max_file_mb=1))
    assert "MAX_FILE_MB" in str(found["to.txt"])
    assert found["a.txt"] == TEXT


def test_a_cut_archive_is_said_to_be_damaged() -> None:
    with pytest.raises(UnreadableFileError, match="bị hỏng"):
        members(make_zip({"a.txt": TEXT * 20})[:100])
