"""Commands that search, answer, score and make material."""

import time
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from commands.output import EXIT_OK, show
from core.errors import UsageError
from core.json_values import (
    Json,
    JsonObject,
    answer_json,
    passage_json,
)
from core.settings import Settings
from core.types import SearchFilter


def search(options: Namespace, settings: Settings) -> int:
    """Find passages."""
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        started = time.perf_counter()
        passages = application.retriever.retrieve(options.question, _filter(options), top_k=options.top_k)
        timings: JsonObject = {"search": _since(started)}
    show(
        {"passages": [passage_json(passage) for passage in passages], "timings_ms": timings},
        options.json,
        lambda: [f"{p.label} {p.document.name} (trang {p.page_start})\n{p.text}\n" for p in passages],
    )
    return EXIT_OK


def ask(options: Namespace, settings: Settings) -> int:
    """Answer a question, after those before it in the conversation."""
    from answering.conversation import Turn
    from web.application import open_application

    with open_application(settings, writable=False) as application:
        history: list[Turn] = []
        for earlier in options.after or ():
            answer = application.chain.ask(earlier, history=history, search_filter=_filter(options))
            history.append(Turn(earlier, answer))
        started = time.perf_counter()
        answer = application.chain.ask(options.question, history=history, search_filter=_filter(options))
        timings: JsonObject = {"answer": _since(started)}
    show(
        {**answer_json(answer), "timings_ms": timings},
        options.json,
        lambda: [
            *([f"Đã hiểu là: {answer.reading}\n"] if answer.reading else []),
            answer.text,
            *(f"Lưu ý: {warning}" for warning in answer.warnings),
            *(f"  Gần nhất: {document.name} – {document.metadata.title}" for document in answer.nearest),
            *(f"  Có thể anh/chị muốn hỏi: {question}" for question in answer.suggestions),
        ],
    )
    return EXIT_OK


def evaluate(options: Namespace, settings: Settings) -> int:
    """Score a question set."""
    from evaluation.variants import VARIANTS

    folder, vary = Path(options.folder), VARIANTS[options.variant]
    if folder.is_dir() and (folder / "corpus.jsonl").exists():
        from evaluation.beir import evaluate_beir

        scores = asdict(evaluate_beir(folder, settings, sentences=options.sentences, vary=vary))
        rows = [f"{name:<12}{value:.3f}" for name, value in scores["metrics"].items()]
    else:
        from evaluation.sample import evaluate_sample

        result = evaluate_sample(folder, settings, vary=vary)
        scores, rows = result.as_json(), result.as_table()
    show(scores, options.json, lambda: rows)
    return EXIT_OK


def materials(options: Namespace, settings: Settings) -> int:
    """Make training material."""
    from training.export import export
    from training.materials import Selection
    from web.application import open_application

    selection = Selection(document_ids=tuple(options.document or ()), topic=options.topic or "")
    with open_application(settings, writable=False) as application:
        maker = application.materials
        material = maker.quiz(selection, count=options.count) if options.kind == "quiz" else maker.outline(selection)
    if options.out:
        export(material, Path(options.out))
    show(material.as_json(), options.json or not options.out, lambda: [f"Đã ghi {options.out}"])
    return EXIT_OK


def traces(options: Namespace, settings: Settings) -> int:
    """Show how answers of the chat model came about: the latest ones in short, or one in full."""
    from web.application import open_traces

    store = open_traces(settings)
    if options.id is None:
        found = store.latest(options.last) if store else []
    else:
        trace = store.get(options.id) if store else None
        if trace is None:
            raise UsageError(f"Không có dấu vết số {options.id}. Hãy xem các số đang giữ bằng lệnh `traces`.")
        found = [trace]
    show(
        {"traces": [trace.as_json() for trace in found]},
        options.json,
        lambda: [line for trace in found for line in (trace.as_lines() if options.id else [trace.summary])],
    )
    return EXIT_OK


def _filter(options: Namespace) -> SearchFilter:
    return SearchFilter(
        document_ids=frozenset(getattr(options, "document", None) or ()),
        kinds=frozenset(getattr(options, "kind", None) or ()),
        as_of=options.as_of,
    )


def _since(started: float) -> Json:
    return round(1000 * (time.perf_counter() - started), 1)
