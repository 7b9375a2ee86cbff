"""Command line of the assistant; `python app.py` alone serves the web app."""

import argparse
import getpass
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from core.errors import AssistantError, UsageError
from core.json_values import (
    Json,
    JsonObject,
    added_json,
    answer_json,
    document_json,
    parsed_json,
    passage_json,
    version_json,
)
from core.settings import Settings, load_settings
from core.types import SearchFilter, Standing

_STANDINGS = {Standing.CURRENT: "", Standing.COPY: "  (bản sao)", Standing.FORMER: "  (bản cũ)"}
EXIT_OK, EXIT_FAILED, EXIT_USAGE = 0, 1, 2

Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 success, 1 some input failed, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings(
            data_dir=getattr(options, "data_dir", None),
            host=getattr(options, "host", None),
            port=getattr(options, "port", None),
        )
        logging.basicConfig(
            level=settings.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        for noisy in ("httpx", "chromadb", "sentence_transformers", "pypdf"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        command: Command = options.command
        return command(options, settings)
    except UsageError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except AssistantError as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("Đã dừng theo yêu cầu.", file=sys.stderr)
        return EXIT_FAILED


def _serve(_options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application
    from web.server import serve

    with open_application(settings) as application:
        application.start_ingestion()
        serve(application, announce=lambda line: print(line, flush=True))
    return EXIT_OK


def _ingest(options: argparse.Namespace, settings: Settings) -> int:
    from ingest.intake import Progress
    from web.application import ingest_files

    def show(progress: Progress) -> None:
        if progress.done == progress.total:
            print(f"[{progress.total}/{progress.total}] xong sau {progress.elapsed_s:.0f} giây", file=sys.stderr)
            return
        if progress.pages_total:
            print(f"  nhận dạng chữ: {progress.pages_done}/{progress.pages_total} trang", file=sys.stderr)
            return
        left = f", còn khoảng {progress.remaining_s:.0f} giây" if progress.remaining_s is not None else ""
        print(f"[{progress.done}/{progress.total}] {progress.source}{left}", file=sys.stderr)

    report = ingest_files(settings, [Path(path) for path in options.paths], on_progress=show)
    _print(
        {
            "added": [added_json(document) for document in report.added],
            "unchanged": [added_json(document) for document in report.unchanged],
            "removed": [added_json(document) for document in report.removed],
            "failed": [{"source": failed.source, "error": failed.error} for failed in report.failed],
        },
        options.json,
        lambda: [
            f"Thêm {len(report.added)}, không đổi {len(report.unchanged)}, thay thế {len(report.removed)}, "
            f"không nhận được {len(report.failed)}.",
            *(f"  {failed.source}: {failed.error}" for failed in report.failed),
        ],
    )
    return EXIT_FAILED if report.failed else EXIT_OK


def _inspect(options: argparse.Namespace, settings: Settings) -> int:
    from ingest.parsing import parse_file
    from ingest.reading import read_limits
    from retrieval.embeddings import open_token_counter

    parsed = parse_file(
        Path(options.file),
        limits=read_limits(settings),
        count_tokens=open_token_counter(settings),
        max_tokens=settings.chunk_tokens,
    )
    _print(
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


def _documents(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        library = application.knowledge_base
        standings = (Standing.CURRENT, Standing.COPY, *((Standing.FORMER,) if options.versions else ()))
        documents = library.documents(standings=standings)
        _print(
            {"documents": [document_json(document, library.validity(document)) for document in documents]},
            options.json,
            lambda: [
                f"{document.id}  {document.name} – {document.metadata.title}{_STANDINGS[document.standing]}"
                for document in documents
            ],
        )
    return EXIT_OK


def _text(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        sys.stdout.write(application.knowledge_base.text(options.id))
    return EXIT_OK


def _remove(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings) as application:
        removed = application.knowledge_base.remove(options.ids, whole=options.whole)
    _print(
        {"removed": [document.id for document in removed]},
        options.json,
        lambda: [f"Đã xóa {document.id} {document.name}" for document in removed],
    )
    return EXIT_OK


def _rename(options: argparse.Namespace, settings: Settings) -> int:
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
    _print(
        {"renamed": {"id": document.id, "source": document.source, "title": document.metadata.title}},
        options.json,
        lambda: [f"{document.id}  {document.source}  {document.metadata.title}"],
    )
    return EXIT_OK


def _versions(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        versions = application.knowledge_base.versions(options.id)
        copies = application.knowledge_base.copies(options.id)
    _print(
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


def _copies(options: argparse.Namespace, settings: Settings) -> int:
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
    _print(
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


def _rebuild(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings) as application:
        application.knowledge_base.rebuild(_show_progress("văn bản"))
        count = len(application.knowledge_base.documents())
    _print({"rebuilt": count}, options.json, lambda: [f"Đã lập lại chỉ mục cho {count} văn bản."])
    return EXIT_OK


def _reparse(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings) as application:
        report = application.reparse(options.ids, on_progress=_show_progress("tệp"))
    _print(
        {
            "changed": [added_json(new) for new, _ in report.changed],
            "unchanged": [added_json(document) for document in report.unchanged],
            "removed": [added_json(old) for _, old in report.changed],
            "failed": [{"source": failed.source, "error": failed.error} for failed in report.failed],
        },
        options.json,
        lambda: [
            f"Đọc lại: {len(report.changed)} thay đổi, {len(report.unchanged)} như cũ, {len(report.failed)} lỗi.",
            *(f"  {failed.source}: {failed.error}" for failed in report.failed),
        ],
    )
    return EXIT_FAILED if report.failed else EXIT_OK


def _export(options: argparse.Namespace, settings: Settings) -> int:
    from retrieval.archive import export_library
    from web.application import open_application

    accounts = settings.data_dir / "accounts.sqlite" if options.accounts else None
    with open_application(settings, writable=False) as application:
        count = export_library(
            application.knowledge_base, Path(options.file), accounts=accounts, on_progress=_show_progress("văn bản")
        )
    _print(
        {"file": options.file, "documents": count},
        options.json,
        lambda: [f"Đã ghi {count} văn bản vào {options.file}."],
    )
    return EXIT_OK


def _import(options: argparse.Namespace, settings: Settings) -> int:
    from retrieval.archive import import_library
    from web.application import open_application

    accounts = settings.data_dir / "accounts.sqlite" if options.accounts else None
    with open_application(settings) as application:
        report = import_library(
            application.knowledge_base,
            Path(options.file),
            max_file_mb=settings.max_file_mb,
            accounts=accounts,
            on_progress=_show_progress("văn bản"),
        )
    _print(
        asdict(report),
        options.json,
        lambda: [
            f"Thêm {len(report.added)} văn bản (tính lại vector cho {report.embedded}), "
            f"{len(report.unchanged)} đã có sẵn."
        ],
    )
    return EXIT_OK


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        found = application.knowledge_base.verify()
    _print(
        {"ok": not found.faults, "documents": dict(found.documents), "chunks": found.chunks, "faults": [*found.faults]},
        options.json,
        lambda: [*found.faults] or [f"Kho nguyên vẹn: {sum(found.documents.values())} tệp, {found.chunks} đoạn."],
    )
    return EXIT_FAILED if found.faults else EXIT_OK


def _show_progress(unit: str) -> Callable[[int, int], None]:
    return lambda done, total: print(f"[{done}/{total}] {unit}", file=sys.stderr)


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        started = time.perf_counter()
        passages = application.retriever.retrieve(options.question, _filter(options), top_k=options.top_k)
        timings: JsonObject = {"search": _since(started)}
    _print(
        {"passages": [passage_json(passage) for passage in passages], "timings_ms": timings},
        options.json,
        lambda: [f"{p.label} {p.document.name} (trang {p.page_start})\n{p.text}\n" for p in passages],
    )
    return EXIT_OK


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        started = time.perf_counter()
        answer = application.chain.ask(options.question, search_filter=_filter(options))
        timings: JsonObject = {"answer": _since(started)}
    _print(
        {**answer_json(answer), "timings_ms": timings},
        options.json,
        lambda: [
            answer.text,
            *(f"Lưu ý: {warning}" for warning in answer.warnings),
            *(f"  Gần nhất: {document.name} – {document.metadata.title}" for document in answer.nearest),
        ],
    )
    return EXIT_OK


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    folder = Path(options.folder)
    if folder.is_dir() and (folder / "corpus.jsonl").exists():
        from evaluation.beir import evaluate_beir

        scores = asdict(evaluate_beir(folder, settings, undiacritic=options.undiacritic))
        rows = [f"{name:<12}{value:.3f}" for name, value in scores["metrics"].items()]
    else:
        from evaluation.sample import evaluate_sample

        result = evaluate_sample(folder, settings)
        scores, rows = result.as_json(), result.as_table()
    _print(scores, options.json, lambda: rows)
    return EXIT_OK


def _materials(options: argparse.Namespace, settings: Settings) -> int:
    from training.export import export
    from training.materials import Selection
    from web.application import open_application

    selection = Selection(document_ids=tuple(options.document or ()), topic=options.topic or "")
    with open_application(settings, writable=False) as application:
        maker = application.materials
        material = maker.quiz(selection, count=options.count) if options.kind == "quiz" else maker.outline(selection)
    if options.out:
        export(material, Path(options.out))
    _print(material.as_json(), options.json or not options.out, lambda: [f"Đã ghi {options.out}"])
    return EXIT_OK


def _user(options: argparse.Namespace, settings: Settings) -> int:
    from web.accounts import Accounts, Role

    accounts = Accounts(settings.data_dir / "accounts.sqlite")
    match options.action:
        case "add":
            accounts.add(options.name, _new_password(), Role(options.role))
            lines = [f"Đã thêm {options.name} ({options.role})."]
        case "passwd":
            accounts.set_password(options.name, _new_password())
            lines = [f"Đã đổi mật khẩu của {options.name}."]
        case "disable":
            accounts.set_disabled(options.name, True)
            lines = [f"Đã khóa tài khoản {options.name}."]
        case _:
            listed = accounts.list()
            lines = [f"{a.name:<24}{a.role.value:<16}{'đã khóa' if a.disabled else ''}" for a in listed]
    print("\n".join(lines))
    return EXIT_OK


def _new_password() -> str:
    """From the terminal without echo, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Mật khẩu mới: ")
    if first != getpass.getpass("Nhập lại: "):
        raise UsageError("Hai lần nhập mật khẩu không giống nhau. Hãy làm lại.")
    return first


def _filter(options: argparse.Namespace) -> SearchFilter:
    return SearchFilter(
        document_ids=frozenset(getattr(options, "document", None) or ()),
        kinds=frozenset(getattr(options, "kind", None) or ()),
        as_of=options.as_of,
    )


def _print(value: Mapping[str, object], as_json: bool, lines: Callable[[], Sequence[str]]) -> None:
    """One JSON object, or the lines a person reads."""
    print(json.dumps(value, ensure_ascii=False) if as_json else "\n".join(lines()))


def _since(started: float) -> Json:
    return round(1000 * (time.perf_counter() - started), 1)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} không phải ngày dạng NĂM-THÁNG-NGÀY, ví dụ 2026-01-15") from error


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS, help="thư mục dữ liệu (mặc định: data)")
    output = argparse.ArgumentParser(add_help=False, parents=[shared])
    output.add_argument("--json", action="store_true", help="in một đối tượng JSON ra stdout")
    parser = argparse.ArgumentParser(
        prog="app.py", description="Trợ lý văn bản chính sách: hỏi đáp, kho văn bản, tập huấn.", parents=[shared]
    )
    parser.set_defaults(command=_serve)
    commands = parser.add_subparsers(title="lệnh", metavar="LỆNH")

    def add(name: str, command: Command, text: str, *, json_output: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[output if json_output else shared])
        added.set_defaults(command=command)
        return added

    serve = add("serve", _serve, "phục vụ trang web", json_output=False)
    serve.add_argument("--host")
    serve.add_argument("--port", type=int)
    add("ingest", _ingest, "đưa tệp hoặc thư mục vào kho").add_argument("paths", nargs="+", metavar="TỆP")
    add("inspect", _inspect, "xem một tệp được hiểu thế nào, không đưa vào kho").add_argument("file")
    documents = add("documents", _documents, "liệt kê kho văn bản")
    documents.add_argument("--versions", action="store_true", help="cả những bản cũ không còn dùng")
    add("text", _text, "in toàn văn một văn bản như đã lập chỉ mục", json_output=False).add_argument("id")
    _add_lifecycle_commands(add, output)
    search = add("search", _search, "tìm đoạn văn bản")
    search.add_argument("question")
    search.add_argument("--top-k", type=int, default=6)
    search.add_argument("--kind", action="append", help="chỉ loại văn bản này")
    search.add_argument("--document", action="append", metavar="ID", help="chỉ trong văn bản này")
    ask = add("ask", _ask, "hỏi và nhận câu trả lời có trích dẫn")
    ask.add_argument("question")
    for asking in (search, ask):
        asking.add_argument("--as-of", type=_day, metavar="NGÀY", help="xét hiệu lực vào ngày này (NĂM-THÁNG-NGÀY)")
    evaluate = add("evaluate", _evaluate, "chấm điểm trên một bộ câu hỏi")
    evaluate.add_argument("folder", nargs="?", default="evaluation/questions")
    evaluate.add_argument("--undiacritic", action="store_true", help="bỏ dấu câu hỏi trước khi chấm")
    materials = add("materials", _materials, "soạn tài liệu tập huấn")
    materials.add_argument("kind", choices=["quiz", "outline"])
    materials.add_argument("--document", action="append", metavar="ID")
    materials.add_argument("--topic")
    materials.add_argument("--count", type=int, default=10)
    materials.add_argument("--out", metavar="TỆP", help="ghi ra tệp; đuôi tên tệp quyết định định dạng")
    _add_user_commands(add("user", _user, "quản lý tài khoản", json_output=False), shared)
    return parser


def _add_lifecycle_commands(add: Callable[..., argparse.ArgumentParser], output: argparse.ArgumentParser) -> None:
    remove = add("remove", _remove, "xóa văn bản khỏi kho")
    remove.add_argument("ids", nargs="+", metavar="ID")
    remove.add_argument("--whole", action="store_true", help="cùng mọi bản cũ và bản sao")
    rename = add("rename", _rename, "đổi tên nguồn hoặc trích yếu của văn bản")
    rename.add_argument("id")
    rename.add_argument("--source", help="đường dẫn mới: tệp sau này ở đó được hiểu là bản mới của văn bản")
    rename.add_argument("--title", help="trích yếu mới")
    add("versions", _versions, "liệt kê các bản cũ và bản sao của một văn bản").add_argument("id")
    _add_copy_commands(add("copies", _copies, "xem và quyết định các văn bản trùng nhau", json_output=False), output)
    add("rebuild", _rebuild, "lập lại chỉ mục, chẳng hạn sau khi đổi mô hình embedding")
    reparse = add("reparse", _reparse, "đọc lại các tệp đã giữ bằng bộ đọc hiện tại")
    reparse.add_argument(
        "ids", nargs="*", metavar="ID", help="chỉ những văn bản này; bỏ trống thì mọi văn bản đọc bằng bộ cũ"
    )
    for name, text in (("export", "xuất cả kho ra một tệp ZIP"), ("backup", "sao lưu kho, cả khi trang web đang chạy")):
        export = add(name, _export, text)
        export.add_argument("file", metavar="TỆP")
        export.add_argument("--accounts", action="store_true", help="kèm tài khoản và mật khẩu đã băm")
    import_ = add("import", _import, "nhập một tệp đã xuất hoặc sao lưu vào kho")
    import_.add_argument("file", metavar="TỆP")
    import_.add_argument("--accounts", action="store_true", help="khôi phục cả tài khoản trong tệp")
    add("verify", _verify, "kiểm tra danh mục, chỉ mục và tệp gốc có khớp nhau")


def _add_copy_commands(copies: argparse.ArgumentParser, output: argparse.ArgumentParser) -> None:
    actions = copies.add_subparsers(dest="action", required=True, metavar="VIỆC")
    actions.add_parser("list", parents=[output], help="các cặp có thể là cùng một văn bản")
    for action, text in (("lead", "dùng bản sao này để trả lời"), ("separate", "tách bản sao thành văn bản riêng")):
        actions.add_parser(action, parents=[output], help=text).add_argument("id")
    for action, other, text in (
        ("merge", "ID2", "hai văn bản là một, bản tốt hơn được dùng"),
        ("apart", "ID2", "hai văn bản khác nhau, không hỏi lại"),
        ("replace", "ID_MỚI", "bản thứ hai thay bản thứ nhất"),
    ):
        pair = actions.add_parser(action, parents=[output], help=text)
        pair.add_argument("id")
        pair.add_argument("other", metavar=other)


def _add_user_commands(user: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    actions = user.add_subparsers(dest="action", required=True, metavar="VIỆC")
    added = actions.add_parser("add", parents=[shared], help="thêm tài khoản; mật khẩu đọc từ bàn phím hoặc stdin")
    added.add_argument("name")
    added.add_argument("--role", choices=["official", "trainer", "administrator"], default="official")
    for action, text in (("passwd", "đổi mật khẩu"), ("disable", "khóa tài khoản")):
        actions.add_parser(action, parents=[shared], help=text).add_argument("name")
    actions.add_parser("list", parents=[shared], help="liệt kê tài khoản")


if __name__ == "__main__":
    # Nothing reaches the network unless it was configured: a hub model is named in EMBEDDING_MODEL.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    sys.exit(main())
