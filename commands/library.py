"""Commands that fill, show and keep the library."""

import sys
from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path

from commands.output import EXIT_FAILED, EXIT_OK, show, show_progress
from core.errors import UsageError
from core.json_values import (
    added_json,
    document_json,
    parsed_json,
    version_json,
)
from core.settings import Settings
from core.types import Standing

_STANDINGS = {Standing.CURRENT: "", Standing.COPY: "  (bản sao)", Standing.FORMER: "  (bản cũ)"}


def ingest(options: Namespace, settings: Settings) -> int:
    """Take files and folders into the library."""
    from ingest.intake import Progress
    from web.application import ingest_files

    def tell(progress: Progress) -> None:
        if progress.done == progress.total:
            print(f"[{progress.total}/{progress.total}] xong sau {progress.elapsed_s:.0f} giây", file=sys.stderr)
            return
        if progress.pages_total:
            print(f"  nhận dạng chữ: {progress.pages_done}/{progress.pages_total} trang", file=sys.stderr)
            return
        left = f", còn khoảng {progress.remaining_s:.0f} giây" if progress.remaining_s is not None else ""
        print(f"[{progress.done}/{progress.total}] {progress.source}{left}", file=sys.stderr)

    report = ingest_files(settings, [Path(path) for path in options.paths], on_progress=tell)
    show(
        {
            "added": [added_json(document) for document in report.added],
            "unchanged": [added_json(document) for document in report.unchanged],
            "removed": [added_json(document) for document in report.removed],
            "failed": [asdict(failed) for failed in report.failed],
        },
        options.json,
        lambda: [
            f"Thêm {len(report.added)}, không đổi {len(report.unchanged)}, thay thế {len(report.removed)}, "
            f"không nhận được {len(report.failed)}.",
            *(f"  {failed.source}: {failed.error}" for failed in report.failed),
        ],
    )
    return EXIT_FAILED if report.failed else EXIT_OK


def inspect(options: Namespace, settings: Settings) -> int:
    """Show what the parser makes of one file; nothing is stored."""
    from ingest.parsing import parse_file
    from ingest.reading import read_limits
    from retrieval.embeddings import open_token_counter

    parsed = parse_file(
        Path(options.file),
        limits=read_limits(settings),
        count_tokens=open_token_counter(settings),
        max_tokens=settings.chunk_tokens,
    )
    show(
        parsed_json(parsed),
        options.json,
        lambda: [
            f"{parsed.metadata.kind} {parsed.metadata.number} – {parsed.metadata.title}".strip(" –"),
            f"Cơ quan: {parsed.metadata.issuer or 'chưa rõ'}; ngày: {parsed.metadata.issued_on or 'chưa rõ'}; "
            f"{len(parsed.page_starts)} trang, {len(parsed.chunks)} đoạn, chất lượng chữ {parsed.text_quality:.0%}",
            *(f"{'  ' * len(section.path)}{section.label}. {section.heading}" for section in parsed.sections),
            *parsed.warnings,
        ],
    )
    return EXIT_OK


def documents(options: Namespace, settings: Settings) -> int:
    """List the library."""
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        library = application.knowledge_base
        standings = (Standing.CURRENT, Standing.COPY, *((Standing.FORMER,) if options.versions else ()))
        documents = library.documents(standings=standings)
        show(
            {"documents": [document_json(document, library.validity(document)) for document in documents]},
            options.json,
            lambda: [
                f"{document.id}  {document.name} – {document.metadata.title}{_STANDINGS[document.standing]}"
                for document in documents
            ],
        )
    return EXIT_OK


def text(options: Namespace, settings: Settings) -> int:
    """Print a document's text as it was indexed."""
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        sys.stdout.write(application.knowledge_base.text(options.id))
    return EXIT_OK


def remove(options: Namespace, settings: Settings) -> int:
    """Remove documents."""
    from web.application import open_application

    with open_application(settings) as application:
        removed = application.knowledge_base.remove(options.ids, whole=options.whole)
    show(
        {"removed": [document.id for document in removed]},
        options.json,
        lambda: [f"Đã xóa {document.id} {document.name}" for document in removed],
    )
    return EXIT_OK


def rename(options: Namespace, settings: Settings) -> int:
    """Give a document another source or title."""
    from web.application import open_application

    if not (options.source or options.title):
        raise UsageError("Chưa có tên mới nào. Hãy thêm --source hoặc --title.")
    with open_application(settings) as application:
        library = application.knowledge_base
        document = library.document(options.id)
        if options.title:
            document = library.correct_metadata(document.id, replace(document.metadata, title=options.title.strip()))
        if options.source:
            document = library.rename(document.id, options.source.strip())
    show(
        {"renamed": {"id": document.id, "source": document.source, "title": document.metadata.title}},
        options.json,
        lambda: [f"{document.id}  {document.source}  {document.metadata.title}"],
    )
    return EXIT_OK


def versions(options: Namespace, settings: Settings) -> int:
    """List a document's versions and copies."""
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        versions = application.knowledge_base.versions(options.id)
        copies = application.knowledge_base.copies(options.id)
    show(
        {
            "versions": [version_json(version.document, version.periods) for version in versions],
            "copies": [added_json(document) for document in copies],
        },
        options.json,
        lambda: [
            *(f"{v.document.id}  {v.document.source}{_STANDINGS[v.document.standing]}" for v in versions),
            *(f"{c.id}  {c.source}{_STANDINGS[c.standing]}" for c in copies),
        ],
    )
    return EXIT_OK


def copies(options: Namespace, settings: Settings) -> int:
    """List or decide documents that may be one."""
    from web.application import open_application

    with open_application(settings, writable=options.action != "list") as application:
        library = application.knowledge_base
        match options.action:
            case "lead":
                library.lead(options.id)
            case "separate":
                library.separate(options.id)
            case "merge":
                library.merge(options.id, options.other)
            case "apart":
                library.keep_apart(options.id, options.other)
            case "replace":
                library.replace(options.id, options.other)
        questions = library.questions()
    show(
        {"questions": [{"ids": [q.first.id, q.second.id], "similarity": q.similarity} for q in questions]},
        options.json,
        lambda: (
            [
                f"{first.id} {first.source}  {second.id} {second.source}  giống {alike:.0%}"
                for first, second, alike in questions
            ]
            or ["Không còn cặp văn bản nào cần xem."]
        ),
    )
    return EXIT_OK


def rebuild(options: Namespace, settings: Settings) -> int:
    """Make the index anew."""
    from web.application import open_application

    with open_application(settings) as application:
        application.knowledge_base.rebuild(show_progress("văn bản"))
        count = len(application.knowledge_base.documents())
    show({"rebuilt": count}, options.json, lambda: [f"Đã lập lại chỉ mục cho {count} văn bản."])
    return EXIT_OK


def reparse(options: Namespace, settings: Settings) -> int:
    """Read kept files anew by the present parser."""
    from web.application import open_application

    with open_application(settings) as application:
        report = application.reparse(options.ids, on_progress=show_progress("tệp"))
    show(
        {
            "changed": [added_json(new) for new, _ in report.changed],
            "unchanged": [added_json(document) for document in report.unchanged],
            "removed": [added_json(old) for _, old in report.changed],
            "failed": [asdict(failed) for failed in report.failed],
        },
        options.json,
        lambda: [
            f"Đọc lại: {len(report.changed)} thay đổi, {len(report.unchanged)} như cũ, {len(report.failed)} lỗi.",
            *(f"  {failed.source}: {failed.error}" for failed in report.failed),
        ],
    )
    return EXIT_FAILED if report.failed else EXIT_OK


def export(options: Namespace, settings: Settings) -> int:
    """Write the whole library into one archive."""
    from retrieval.archive import export_library
    from web.application import open_application

    accounts = settings.data_dir / "accounts.sqlite" if options.accounts else None
    with open_application(settings, writable=False) as application:
        count = export_library(
            application.knowledge_base, Path(options.file), accounts=accounts, on_progress=show_progress("văn bản")
        )
    show(
        {"file": options.file, "documents": count},
        options.json,
        lambda: [f"Đã ghi {count} văn bản vào {options.file}."],
    )
    return EXIT_OK


def import_(options: Namespace, settings: Settings) -> int:
    """Take an archive in."""
    from retrieval.archive import import_library
    from web.application import open_application

    accounts = settings.data_dir / "accounts.sqlite" if options.accounts else None
    with open_application(settings) as application:
        report = import_library(
            application.knowledge_base,
            Path(options.file),
            max_file_mb=settings.max_file_mb,
            accounts=accounts,
            on_progress=show_progress("văn bản"),
        )
    show(
        asdict(report),
        options.json,
        lambda: [
            f"Thêm {len(report.added)} văn bản (tính lại vector cho {report.embedded}), "
            f"{len(report.unchanged)} đã có sẵn."
        ],
    )
    return EXIT_OK


def verify(options: Namespace, settings: Settings) -> int:
    """Compare every store with the catalogue."""
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        found = application.knowledge_base.verify()
    show(
        {"ok": not found.faults, "documents": dict(found.documents), "chunks": found.chunks, "faults": [*found.faults]},
        options.json,
        lambda: [*found.faults] or [f"Kho nguyên vẹn: {sum(found.documents.values())} tệp, {found.chunks} đoạn."],
    )
    return EXIT_FAILED if found.faults else EXIT_OK
