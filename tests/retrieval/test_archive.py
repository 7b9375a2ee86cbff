"""The library as one file: out of one data folder, into another, and never in when it was tampered with."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import StoreError, UsageError
from core.settings import Settings
from core.types import Standing
from retrieval.archive import export_library, import_library
from retrieval.knowledge_base import KnowledgeBase
from tests.retrieval.samples import NEW_PLAN, PLAN, RULES, TinyEmbedder, plan
from tests.retrieval.test_lifecycle import SCAN, TYPED, searched, stored
from tests.retrieval.test_recovery import PROJECT


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with an old version, a copy and a correction."""
    folder = tmp_path_factory.mktemp("exported")
    settings = Settings(_env_file=None, data_dir=folder / "data")  # type: ignore[call-arg]
    with KnowledgeBase.open(settings, TinyEmbedder()) as library:
        for parsed in (PLAN, NEW_PLAN, RULES, TYPED, SCAN):
            stored(library, parsed)
        library.lead(SCAN.id)
        library.correct_metadata(RULES.id, plan("7/QC-UBND"))
        assert export_library(library, folder / "kho.zip") == 5
    return folder


def contents(library: KnowledgeBase) -> dict[str, object]:
    documents = library.documents(standings=tuple(Standing))
    return {
        document.id: (
            document,
            library.text(document.id),
            library.sections(document.id),
            library.chunks(document.id),
            library.versions(document.id),
            (path := library.original(document.id)) and path.read_bytes(),
        )
        for document in documents
    }


def test_a_library_comes_out_as_it_went_in_and_importing_twice_is_importing_once(
    exported: Path, either_settings: Settings
) -> None:
    embedder = TinyEmbedder()
    with KnowledgeBase.open(either_settings, embedder) as library:
        report = import_library(library, exported / "kho.zip", max_file_mb=1)
        assert (len(report.added), report.unchanged, report.embedded, embedder.embedded) == (5, (), 0, 0)
        assert searched(library) == {NEW_PLAN.id, RULES.id, SCAN.id}
        assert library.verify().faults == ()
        again = import_library(library, exported / "kho.zip", max_file_mb=1)
        assert (again.added, len(again.unchanged)) == ((), 5)
        imported = contents(library)
    settings = Settings(_env_file=None, data_dir=exported / "data")  # type: ignore[call-arg]
    with KnowledgeBase.open(settings, TinyEmbedder(), writable=False) as library:
        assert imported == contents(library)
    with KnowledgeBase.open(either_settings, TinyEmbedder()) as library:
        _, former = library.store(PLAN)
        assert former is not None and former.id == NEW_PLAN.id  # the source knows its document


def test_another_model_embeds_anew(exported: Path, settings: Settings) -> None:
    other = TinyEmbedder("other/32", 32)
    with KnowledgeBase.open(settings, other) as library:
        report = import_library(library, exported / "kho.zip", max_file_mb=1)
        assert (report.embedded, library.verify().faults) == (3, ())
        assert other.embedded == sum(len(parsed.chunks) for parsed in (NEW_PLAN, RULES, SCAN))


def test_what_comes_in_is_compared_with_what_is_there(exported: Path, settings: Settings) -> None:
    with KnowledgeBase.open(settings, TinyEmbedder()) as library:
        stored(library, TYPED)
        import_library(library, exported / "kho.zip", max_file_mb=1)
        assert searched(library) & {TYPED.id, SCAN.id} == {TYPED.id}
        assert library.document(SCAN.id).leader_id == TYPED.id
        assert library.verify().faults == ()


def test_a_backup_is_taken_beside_a_writing_process(exported: Path, settings: Settings, tmp_path: Path) -> None:
    with KnowledgeBase.open(settings, TinyEmbedder()) as library:
        stored(library, PLAN)
        backup = subprocess.run(
            [sys.executable, "app.py", "backup", tmp_path / "sao-luu.zip", "--json", "--data-dir", settings.data_dir],
            cwd=PROJECT, capture_output=True, text=True, timeout=60, env={"EMBEDDING_MODEL": "none", "PATH": ""},
        )  # fmt: skip
        assert json.loads(backup.stdout) == {"file": str(tmp_path / "sao-luu.zip"), "documents": 1}, backup.stderr
    restored = settings.model_copy(update={"data_dir": tmp_path / "restored"})
    with KnowledgeBase.open(restored, TinyEmbedder()) as library:
        assert import_library(library, tmp_path / "sao-luu.zip", max_file_mb=1).added == (PLAN.id,)


def test_a_file_that_cannot_be_written_leaves_nothing(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "kho.zip").mkdir()
    settings = Settings(_env_file=None, data_dir=exported / "data")  # type: ignore[call-arg]
    with (
        KnowledgeBase.open(settings, None, writable=False) as library,
        pytest.raises(StoreError, match="Không ghi được"),
    ):
        export_library(library, tmp_path / "kho.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["kho.zip"]


def rewritten(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def a_document(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("documents/"))


def listed(members: dict[str, bytes], name: str, data: bytes) -> None:
    """Puts a member in and into the manifest, as somebody who knows the format would."""
    from hashlib import sha256

    manifest = json.loads(members["manifest.json"])
    manifest["members"][name] = {"sha256": sha256(data).hexdigest(), "size": len(data)}
    members[name] = data
    members["manifest.json"] = json.dumps(manifest).encode()


TAMPERED: dict[str, Callable[[dict[str, bytes]], object]] = {
    "a changed document": lambda m: m.update({a_document(m): m[a_document(m)].replace(b"PLAN", b"x") + b" "}),
    "a missing member": lambda m: m.pop(a_document(m)),
    "no manifest": lambda m: m.pop("manifest.json"),
    "a manifest of nonsense": lambda m: m.update({"manifest.json": b"[]"}),
    "a newer format": lambda m: m.update({"manifest.json": m["manifest.json"].replace(b'"format": 1', b'"format": 9')}),
    "an unlisted member": lambda m: m.update({"files/" + "0" * 64: b"x"}),
    "a path out of the folder": lambda m: listed(m, "../../etc/passwd", b"x"),
    "an absolute path": lambda m: listed(m, "/etc/passwd", b"x"),
    "a file under another's name": lambda m: listed(m, "files/" + "0" * 64, b"x"),
    "a document that is none": lambda m: listed(m, a_document(m), b'{"parsed": 1}'),
    "a chunk that is not in the text": lambda m: listed(
        m, f"documents/{PLAN.id}.json", m[f"documents/{PLAN.id}.json"].replace("Kinh phí".encode(), "Tiền".encode(), 1)
    ),
    "vectors of another length": lambda m: listed(m, f"vectors/{NEW_PLAN.id}.npy", m[f"vectors/{RULES.id}.npy"]),
    "a bomb": lambda m: listed(m, "files/" + "0" * 64, b"\0" * 60_000_000),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_archive_changes_nothing(what: str, exported: Path, settings: Settings, tmp_path: Path) -> None:
    rewritten(exported / "kho.zip", tmp_path / "bad.zip", TAMPERED[what])  # type: ignore[arg-type]
    with KnowledgeBase.open(settings, TinyEmbedder()) as library:
        stored(library, PLAN)
        version = library.version
        with pytest.raises(UsageError, match=r"bad\.zip"):
            import_library(library, tmp_path / "bad.zip", max_file_mb=100)
        assert (library.version, library.verify().faults) == (version, ())
    assert not (tmp_path / "etc").exists() and not (settings.data_dir.parent / "etc").exists()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_archive_changes_nothing(share: float, exported: Path, settings: Settings, tmp_path: Path) -> None:
    whole = (exported / "kho.zip").read_bytes()
    (tmp_path / "bad.zip").write_bytes(whole[: int(len(whole) * share)])
    with KnowledgeBase.open(settings, None) as library, pytest.raises(UsageError, match=r"bad\.zip"):
        import_library(library, tmp_path / "bad.zip", max_file_mb=1)
