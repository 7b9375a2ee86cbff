"""Word 97-2003 and 6/95, RTF, OpenDocument and Word's rarer packages, turned into .docx by LibreOffice.

Measured on 27 real files: LibreOffice 7.4 read all, with every article and the numbers of automatic lists (39 where
antiword has 17, 3 where it has none); antiword, 200 times as fast, read neither RTF nor Word 6.
"""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from core.errors import UnreadableFileError, UnsupportedFormatError
from ingest.readers.docx import read_docx
from ingest.readers.lines import RawDocument, ReadLimits

_PROGRAM = "soffice"
# Each format's import filter by its name in LibreOffice, never its guess: that ends in reading rubbish as plain text.
_FILTERS = {
    "doc": "MS Word 97",
    "rtf": "Rich Text Format",
    "odt": "writer8",
    "fodt": "OpenDocument Text Flat XML",
    "docm": "MS Word 2007 XML",
    "wordxml": "MS Word 2003 XML",
}
# Word 6 and 95 by the first four bytes of their text stream, which starts at a sector: wIdent and nFib.
_OLD_WORD = {b"\xdc\xa5\x65\x00": "MS WinWord 6.0", b"\xdc\xa5\x68\x00": "MS Word 95"}
_SECTOR = 64  # of the small streams; the large ones have 512
CONVERTED_FORMATS = tuple(_FILTERS)
"""The formats that `read_word` takes."""
_MEMORY_BYTES = 4 * 1024**3
_OUTPUT_BYTES = 1024**3
# A file must not run programs, nor bring other files of this machine or network addresses into the text.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link"><value>0</value></prop></item>
</oor:items>
"""  # noqa: E501


def read_word(data: bytes, format_name: str, limits: ReadLimits) -> RawDocument:
    """The body of a file in one of Word's or Writer's formats other than .docx.

    Raises:
        UnsupportedFormatError: LibreOffice is not installed.
        UnreadableFileError: damaged, or not converted within `limits.timeout_s`.
    """
    program = shutil.which(_PROGRAM)
    if program is None:
        raise UnsupportedFormatError(
            f"Đọc tệp {format_name} cần LibreOffice mà máy chưa có. Hãy cài bằng lệnh: "
            "sudo apt install libreoffice-writer-nogui, hoặc lưu lại tệp thành .docx."
        )
    with tempfile.TemporaryDirectory(prefix="van-ban-") as folder:
        converted = _convert(program, data, format_name, Path(folder), limits)
    return replace(read_docx(converted, limits), format=format_name)


def _convert(program: str, data: bytes, format_name: str, folder: Path, limits: ReadLimits) -> bytes:
    """The file as .docx, made in `folder`, which also holds LibreOffice's profile: runs side by side share nothing."""
    source, target = folder / f"document.{format_name}", folder / "out" / "document.docx"
    source.write_bytes(data.lstrip() if format_name in {"rtf", "wordxml", "fodt"} else data)
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS)
    command = [
        program,
        "--headless",
        "--norestore",
        "--nologo",
        "--nodefault",
        f"-env:UserInstallation={profile.as_uri()}",
        f"--infilter={_filter(data, format_name)}",
        "--convert-to",
        "docx:MS Word 2007 XML",
        "--outdir",
        str(target.parent),
        str(source),
    ]
    _run(command, folder, limits.timeout_s)
    if not target.exists():
        raise UnreadableFileError(
            f"Tệp {format_name} bị hỏng nên LibreOffice không mở được ({len(data)} byte). Hãy mở bằng Word, lưu lại "
            "thành .docx rồi nạp lại."
        )
    return target.read_bytes()


def _filter(data: bytes, format_name: str) -> str:
    old = (_OLD_WORD.get(data[start : start + 4]) for start in range(512, len(data), _SECTOR))
    return next((name for name in old if name), "MS Word 97") if format_name == "doc" else _FILTERS[format_name]


def _run(command: list[str], folder: Path, timeout_s: float) -> None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    # A session of its own: LibreOffice is a script that starts a program that starts another.
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**environment, "HOME": str(folder), "TMPDIR": str(folder)},
        start_new_session=True,
    )
    try:
        with contextlib.suppress(ProcessLookupError):  # it is over already
            resource.prlimit(process.pid, resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (_OUTPUT_BYTES, _OUTPUT_BYTES))
        process.wait(max(timeout_s, 0))
    except subprocess.TimeoutExpired as error:
        raise UnreadableFileError(
            f"LibreOffice đọc tệp quá {timeout_s:g} giây nên đã dừng. Hãy lưu lại tệp thành .docx, hoặc tăng "
            "PARSE_TIMEOUT_S."
        ) from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
