"""Training of an adapter for the bundled model, and how strongly to apply it."""

import logging
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from finetuning.batches import make_batches
from finetuning.pairs import Pair
from retrieval.adapter import Adapter, make_adapter
from retrieval.bundled_model import BUNDLED_FINGERPRINT, PASSAGE_PREFIX, QUERY_PREFIX

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.sampler import DefaultBatchSampler

_log = logging.getLogger(__name__)

# Every linear layer of the encoder; the pooler's is not used.
_LAYERS = r".*encoder\..*\.(query|key|value|dense)"
# LoRA's own factor on B·A, so that the step size does not depend on the rank.
_ALPHA_PER_RANK = 2.0
_DROPOUT = 0.05
_WARM_UP_SHARE = 0.1
_MOST_HELD_OUT = 200


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How long and how hard to train.

    Attributes:
        rank: Rank of the two factors that each linear layer gets; 16 makes a file of 2.7 MB.
        temperature: Of InfoNCE over the pairs of a batch.
        max_tokens: Longer texts are cut; the time grows with it.
        held_out_share: Share of the documents that is not trained on, to choose the strength by.
        strengths: Shares of the trained change to choose from; a part of it often serves texts of other kinds better
            than the whole (Wortsman et al. 2022, arXiv 2109.01903).
    """

    steps: int = 220
    batch_pairs: int = 20
    rank: int = 16
    temperature: float = 1 / 40
    learning_rate: float = 3e-4
    max_tokens: int = 128
    held_out_share: float = 0.1
    strengths: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    seed: int = 20


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A trained adapter and how it fares.

    Attributes:
        losses: Mean loss of the first and of the last tenth of the steps.
        held_out: Strength to mean reciprocal rank of the right passage among all held-out ones; 0 is the bare model.
        strength: The best of them, which `adapter` has; 0 when training did not pay: it then changes nothing.
    """

    adapter: Adapter
    pairs: int
    losses: tuple[float, float]
    held_out: Mapping[float, float]
    strength: float


def train_adapter(model_folder: Path, pairs: Sequence[Pair], options: TrainingOptions) -> TrainingResult:
    """Trains on most documents of `pairs` and chooses the strength by the others.

    Args:
        model_folder: The bundled model unpacked, without an adapter.
        pairs: At least enough for one batch beside the held-out documents.
        options: Equal options, pairs and numbers of threads give equal adapters.
    """
    from peft import LoraConfig, TaskType
    from sentence_transformers import SentenceTransformer

    trained_on, held_out = _divided(pairs, options)
    model = SentenceTransformer(str(model_folder), local_files_only=True)
    model.max_seq_length = options.max_tokens
    model.add_adapter(
        LoraConfig(
            task_type=TaskType.FEATURE_EXTRACTION,
            r=options.rank,
            lora_alpha=round(_ALPHA_PER_RANK * options.rank),
            lora_dropout=_DROPOUT,
            target_modules=_LAYERS,
        )
    )
    losses = _train(model, trained_on, options)
    ranks = {strength: _mean_reciprocal_rank(model, held_out, strength) for strength in (0.0, *options.strengths)}
    strength = max(ranks, key=lambda s: (ranks[s], -s))
    adapter = make_adapter(BUNDLED_FINGERPRINT, _ALPHA_PER_RANK * strength, _factors(model))
    tenth = max(1, len(losses) // 10)
    ends = float(np.mean(losses[:tenth])), float(np.mean(losses[-tenth:]))
    return TrainingResult(adapter, len(trained_on), ends, ranks, strength)


def _divided(pairs: Sequence[Pair], options: TrainingOptions) -> tuple[list[Pair], list[Pair]]:
    """Pairs to train on and pairs held out, by whole documents."""
    documents = sorted({pair.document for pair in pairs})
    random.Random(options.seed).shuffle(documents)  # noqa: S311 - no secret depends on it
    kept = set(documents[max(1, round(options.held_out_share * len(documents))) :])
    held_out = [pair for pair in pairs if pair.document not in kept]
    return [pair for pair in pairs if pair.document in kept], held_out[:_MOST_HELD_OUT]


def _train(model: "SentenceTransformer", pairs: Sequence[Pair], options: TrainingOptions) -> list[float]:
    """Loss of each step."""
    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from transformers.trainer_callback import PrinterCallback

    batches = make_batches(pairs, options.batch_pairs, seed=options.seed)
    ordered = [pair for _ in range(options.steps) for pair in next(batches)]
    with tempfile.TemporaryDirectory() as folder:
        trainer = SentenceTransformerTrainer(
            model=model,
            args=SentenceTransformerTrainingArguments(
                output_dir=folder,
                max_steps=options.steps,
                per_device_train_batch_size=options.batch_pairs,
                batch_sampler=_in_order,
                prompts={"question": QUERY_PREFIX, "passage": PASSAGE_PREFIX},
                learning_rate=options.learning_rate,
                lr_scheduler_type="cosine",
                warmup_steps=round(_WARM_UP_SHARE * options.steps),
                seed=options.seed,
                use_cpu=not torch.cuda.is_available(),
                bf16=True,
                logging_steps=1,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
            ),
            train_dataset=Dataset.from_dict(
                {"question": [pair.question for pair in ordered], "passage": [pair.passage for pair in ordered]}
            ),
            loss=MultipleNegativesRankingLoss(model, scale=1 / options.temperature),
        )
        trainer.remove_callback(PrinterCallback)  # standard output is the command's
        trainer.train()
    return [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]


def _in_order(dataset: Any, batch_size: int, **_options: Any) -> "DefaultBatchSampler":
    """Batches as they were composed; a plain function, since the trainer pickles its arguments."""
    from sentence_transformers.base.sampler import DefaultBatchSampler
    from torch.utils.data import SequentialSampler

    return DefaultBatchSampler(SequentialSampler(dataset), batch_size, drop_last=True)


def _mean_reciprocal_rank(model: "SentenceTransformer", pairs: Sequence[Pair], strength: float) -> float:
    """How near the top the right one of all passages comes, with this share of the trained change applied."""
    for _, layer in _lora_layers(model):
        layer.scaling["default"] = _ALPHA_PER_RANK * strength
    model.eval()
    questions = model.encode([QUERY_PREFIX + pair.question for pair in pairs], normalize_embeddings=True)
    passages = model.encode([PASSAGE_PREFIX + pair.passage for pair in pairs], normalize_embeddings=True)
    similarities = questions @ passages.T
    better = (similarities > np.diag(similarities)[:, None]).sum(axis=1)
    return float((1 / (1 + better)).mean())


def _factors(model: "SentenceTransformer") -> dict[str, tuple[Any, Any]]:
    """A and B of each adapted layer, named as in the unpacked model."""
    factors = {}
    for name, layer in _lora_layers(model):
        a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
        factors[name[name.index("encoder.") :]] = (a.detach().numpy(), b.detach().numpy())
    return factors


def _lora_layers(model: "SentenceTransformer") -> Iterator[tuple[str, Any]]:
    from peft.tuners.lora import LoraLayer

    return ((name, layer) for name, layer in model.named_modules() if isinstance(layer, LoraLayer))
