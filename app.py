"""Command line of the assistant; `python app.py` alone serves the web app."""

import argparse
import getpass
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
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
)
from core.settings import Settings, load_settings
from core.types import SearchFilter

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
        documents = library.documents()
        _print(
            {"documents": [document_json(document, library.validity(document)) for document in documents]},
            options.json,
            lambda: [f"{document.id}  {document.name} – {document.metadata.title}" for document in documents],
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
        removed = application.knowledge_base.remove(options.ids)
    _print(
        {"removed": [document.id for document in removed]},
        options.json,
        lambda: [f"Đã xóa {document.id} {document.name}" for document in removed],
    )
    return EXIT_OK


def _rebuild(options: argparse.Namespace, settings: Settings) -> int:
    from web.application import open_application

    with open_application(settings, rebuild=True) as application:
        count = len(application.knowledge_base.documents())
    _print({"rebuilt": count}, options.json, lambda: [f"Đã lập lại chỉ mục cho {count} văn bản."])
    return EXIT_OK


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
    add("documents", _documents, "liệt kê kho văn bản")
    add("text", _text, "in toàn văn một văn bản như đã lập chỉ mục", json_output=False).add_argument("id")
    add("remove", _remove, "xóa văn bản khỏi kho").add_argument("ids", nargs="+", metavar="ID")
    add("rebuild", _rebuild, "lập lại chỉ mục, chẳng hạn sau khi đổi mô hình embedding")
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
