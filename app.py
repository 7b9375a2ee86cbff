"""Command line of the assistant; `python app.py` alone serves the web app."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from commands import accounts, finetuning, library, questions
from commands.output import EXIT_FAILED, EXIT_OK, EXIT_USAGE, Command
from core.errors import AssistantError, UsageError
from core.settings import Settings, load_settings


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
    add("ingest", library.ingest, "đưa tệp hoặc thư mục vào kho").add_argument("paths", nargs="+", metavar="TỆP")
    add("inspect", library.inspect, "xem một tệp được hiểu thế nào, không đưa vào kho").add_argument("file")
    documents = add("documents", library.documents, "liệt kê kho văn bản")
    documents.add_argument("--versions", action="store_true", help="cả những bản cũ không còn dùng")
    add("text", library.text, "in toàn văn một văn bản như đã lập chỉ mục", json_output=False).add_argument("id")
    _add_lifecycle_commands(add, output)
    search = add("search", questions.search, "tìm đoạn văn bản")
    search.add_argument("question")
    search.add_argument("--top-k", type=int, default=6)
    search.add_argument("--kind", action="append", help="chỉ loại văn bản này")
    search.add_argument("--document", action="append", metavar="ID", help="chỉ trong văn bản này")
    ask = add("ask", questions.ask, "hỏi và nhận câu trả lời có trích dẫn")
    ask.add_argument("question")
    ask.add_argument("--after", action="append", metavar="CÂU_HỎI", help="câu đã hỏi trước đó; dùng được nhiều lần")
    for asking in (search, ask):
        asking.add_argument("--as-of", type=_day, metavar="NGÀY", help="xét hiệu lực vào ngày này (NĂM-THÁNG-NGÀY)")
    evaluate = add("evaluate", questions.evaluate, "chấm điểm trên một bộ câu hỏi")
    evaluate.add_argument("folder", nargs="?", default="evaluation/questions")
    evaluate.add_argument("--sentences", action="store_true", help="tìm từng câu thay vì cả đoạn, nếu bộ câu hỏi có")
    variant = evaluate.add_mutually_exclusive_group()
    variant.set_defaults(variant="plain")
    for name, text in (("undiacritic", "bỏ dấu câu hỏi trước khi chấm"), ("typos", "gõ sai câu hỏi trước khi chấm")):
        variant.add_argument(f"--{name}", action="store_const", const=name, dest="variant", help=text)
    materials = add("materials", questions.materials, "soạn tài liệu tập huấn")
    materials.add_argument("kind", choices=["quiz", "outline"])
    materials.add_argument("--document", action="append", metavar="ID")
    materials.add_argument("--topic")
    materials.add_argument("--count", type=int, default=10)
    materials.add_argument("--out", metavar="TỆP", help="ghi ra tệp; đuôi tên tệp quyết định định dạng")
    traces = add("traces", questions.traces, "xem mô hình trò chuyện đã viết gì và từng câu được đối chiếu ra sao")
    traces.add_argument("id", nargs="?", type=int, metavar="SỐ", help="một dấu vết, đầy đủ")
    traces.add_argument("--last", type=int, default=20, metavar="N", help="N dấu vết mới nhất (mặc định 20)")
    finetune = add("finetune", finetuning.finetune, "huấn luyện bộ tinh chỉnh cho mô hình kèm theo")
    finetune.add_argument("sources", nargs="+", metavar="NGUỒN", help="thư mục dữ liệu của một kho, hoặc corpus.jsonl")
    finetune.add_argument("--out", required=True, metavar="TỆP", help="tệp .safetensors sẽ ghi")
    finetune.add_argument(
        "--held-out", action="append", default=[], metavar="NGUỒN", help="không học văn bản nào ở đây"
    )
    finetune.add_argument("--steps", type=int, default=220, help="số bước (mặc định: 220, khoảng 20 phút)")
    _add_user_commands(add("user", accounts.user, "quản lý tài khoản", json_output=False), shared)
    return parser


def _add_lifecycle_commands(add: Callable[..., argparse.ArgumentParser], output: argparse.ArgumentParser) -> None:
    remove = add("remove", library.remove, "xóa văn bản khỏi kho")
    remove.add_argument("ids", nargs="+", metavar="ID")
    remove.add_argument("--whole", action="store_true", help="cùng mọi bản cũ và bản sao")
    rename = add("rename", library.rename, "đổi tên nguồn hoặc trích yếu của văn bản")
    rename.add_argument("id")
    rename.add_argument("--source", help="đường dẫn mới: tệp sau này ở đó được hiểu là bản mới của văn bản")
    rename.add_argument("--title", help="trích yếu mới")
    add("versions", library.versions, "liệt kê các bản cũ và bản sao của một văn bản").add_argument("id")
    _add_copy_commands(
        add("copies", library.copies, "xem và quyết định các văn bản trùng nhau", json_output=False), output
    )
    add("rebuild", library.rebuild, "lập lại chỉ mục, chẳng hạn sau khi đổi mô hình embedding")
    reparse = add("reparse", library.reparse, "đọc lại các tệp đã giữ bằng bộ đọc hiện tại")
    reparse.add_argument(
        "ids", nargs="*", metavar="ID", help="chỉ những văn bản này; bỏ trống thì mọi văn bản đọc bằng bộ cũ"
    )
    for name, text in (("export", "xuất cả kho ra một tệp ZIP"), ("backup", "sao lưu kho, cả khi trang web đang chạy")):
        export = add(name, library.export, text)
        export.add_argument("file", metavar="TỆP")
        export.add_argument("--accounts", action="store_true", help="kèm tài khoản và mật khẩu đã băm")
    import_ = add("import", library.import_, "nhập một tệp đã xuất hoặc sao lưu vào kho")
    import_.add_argument("file", metavar="TỆP")
    import_.add_argument("--accounts", action="store_true", help="khôi phục cả tài khoản trong tệp")
    add("verify", library.verify, "kiểm tra danh mục, chỉ mục và tệp gốc có khớp nhau")


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
