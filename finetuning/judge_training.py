"""Training of the judge: narrow layers over states of the bundled model, which stays as it is."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from answering.judge import MAX_QUESTION_TOKENS, MAX_QUOTE_TOKENS, NORM_EPSILON, match_features
from finetuning.judge_examples import Example
from retrieval.bundled_model import BUNDLED_DIMENSION, PASSAGE_PREFIX, QUERY_PREFIX
from retrieval.text_encoder import Matrix, TextEncoder, TokenStates

# Batches are made of examples of like length, drawn from so many at a time.
_BATCHES_SORTED = 20
_WARM_UP_STEPS = 200
_LEAST_RATE = 0.02
_NOWHERE = -1e4


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How wide and how long.

    Attributes:
        layers: Layers of the bundled model whose states are read, ascending; 0 is its embeddings. Deeper ones cost time
            at each question.
        width: Of the layers on top.
        depth: How many of them there are.
        place_weight: Of pointing at the answer's first and last token beside saying whether there is one.
    """

    layers: tuple[int, ...] = (0, 6)
    width: int = 192
    depth: int = 2
    heads: int = 4
    dropout: float = 0.15
    epochs: int = 7
    batch: int = 32
    learning_rate: float = 8e-4
    weight_decay: float = 0.05
    place_weight: float = 0.3
    seed: int = 1


@dataclass(frozen=True, slots=True)
class _Item:
    """An example ready to be learned from; first and last token of the answer from 1, 0 where there is none."""

    question: TokenStates
    quote: TokenStates
    matches: tuple[Matrix, Matrix]
    first: int
    last: int


class JudgeModel(nn.Module):
    """The trained part of `answering.judge.QuoteJudge`, with a head that points at the answer."""

    def __init__(self, options: JudgeOptions) -> None:
        super().__init__()
        self.options = options
        read, width = len(options.layers), options.width
        self.projection = nn.ModuleList(nn.Linear(BUNDLED_DIMENSION, width) for _ in options.layers)
        self.question_matches = nn.Linear(2 * read + 2, width)
        self.quote_matches = nn.Linear(read + 2, width)
        self.side = nn.Embedding(3, width)
        self.position = nn.Embedding(MAX_QUOTE_TOKENS, width)
        self.verdict = nn.Embedding(1, width)
        for embedding in (self.side, self.position, self.verdict):
            nn.init.normal_(embedding.weight, 0, 0.02)
        self.norm = nn.LayerNorm(width, NORM_EPSILON)
        self.dropout = nn.Dropout(options.dropout)
        self.layer = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, options.heads, 2 * width, options.dropout, "gelu", NORM_EPSILON, batch_first=True
            )
            for _ in range(options.depth)
        )
        self.answers = nn.Linear(width, 1)
        self.place = nn.Linear(width, 2)

    def forward(self, batch: "_Batch") -> tuple[Tensor, Tensor]:
        """Log-odds of each pair, and scores of nowhere and of each quote token to be the first and the last."""
        sides = [
            sum(to(states[:, number]) for number, to in enumerate(self.projection))
            + matched(matches)
            + self.side.weight[side]
            + self.position.weight[: states.shape[2]]
            for side, (states, matches, matched) in enumerate(
                (
                    (batch.question, batch.question_matches, self.question_matches),
                    (batch.quote, batch.quote_matches, self.quote_matches),
                )
            )
        ]
        verdict = (self.verdict.weight + self.side.weight[2]).expand(len(batch.answered), 1, -1)
        missing = torch.cat([torch.zeros_like(batch.no_quote[:, :1]), batch.no_question, batch.no_quote], dim=1)
        read = self.dropout(self.norm(torch.cat([verdict, *sides], dim=1)))
        for layer in self.layer:
            read = layer(read, src_key_padding_mask=missing)
        quote = torch.cat([read[:, :1], read[:, 1 + batch.question.shape[2] :]], dim=1)
        above = batch.quote_matches[..., -1] > 0
        nowhere = torch.cat([torch.zeros_like(above[:, :1]), above | batch.no_quote], dim=1)
        return self.answers(read[:, 0])[:, 0], self.place(quote).masked_fill(nowhere[..., None], _NOWHERE)

    def tensors(self) -> dict[str, np.ndarray]:
        """What `QuoteJudge` reads, in half precision."""
        names = {
            "self_attn.out_proj": "attention.output.dense", "norm1": "attention.output.LayerNorm",
            "linear1": "intermediate.dense", "linear2": "output.dense", "norm2": "output.LayerNorm",
        }  # fmt: skip
        found: dict[str, np.ndarray] = {}
        for name, tensor in self.state_dict().items():
            value = tensor.numpy().astype(np.float16)
            for own, read_as in names.items():
                name = name.replace(own, read_as)
            layer, _, part = name.partition(".self_attn.in_proj_")
            if part:
                parts = zip(("query", "key", "value"), np.split(value, 3), strict=True)
                found.update({f"{layer}.attention.self.{own}.{part}": third for own, third in parts})
            elif not name.startswith("place."):
                found[name] = value
        found["layers"] = np.array(self.options.layers, np.int32)
        found["heads"] = np.array([self.options.heads], np.int32)
        return found


@dataclass(frozen=True, slots=True)
class _Batch:
    """Items side by side: states (items × layers × tokens × hidden), matches (items × tokens × features), paddings."""

    question: Tensor
    quote: Tensor
    question_matches: Tensor
    quote_matches: Tensor
    no_question: Tensor
    no_quote: Tensor
    first: Tensor
    last: Tensor

    @property
    def answered(self) -> Tensor:
        return (self.first > 0).float()


def train_judge(
    encoder: TextEncoder,
    examples: Callable[[random.Random], Sequence[Example]],
    held_out: Sequence[Example],
    options: JudgeOptions,
    *,
    on_epoch: Callable[[int, float, float | None], None] = lambda number, loss, auc: None,
) -> JudgeModel:
    """Trains on `examples`; `on_epoch` is told the number, the mean loss and the AUC on `held_out` after each epoch."""
    torch.manual_seed(options.seed)
    draw = random.Random(options.seed)  # noqa: S311 - no secret depends on it
    items, apart = (_prepared(encoder, chosen, options.layers) for chosen in (examples(draw), held_out))
    model = JudgeModel(options)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)
    steps = options.epochs * math.ceil(len(items) / options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            min(1, (step + 1) / _WARM_UP_STEPS) * max(_LEAST_RATE, (1 + math.cos(math.pi * min(1, step / steps))) / 2)
        ),
    )
    for epoch in range(1, options.epochs + 1):
        losses = []
        for batch in _batches(items, options.batch, draw):
            with torch.autocast("cpu", torch.bfloat16):
                chance, place = (scores.float() for scores in model(batch))
            pointing = cross_entropy(place[..., 0], batch.first) + cross_entropy(place[..., 1], batch.last)
            loss = binary_cross_entropy_with_logits(chance, batch.answered) + options.place_weight * pointing / 2
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        on_epoch(epoch, float(np.mean(losses)), _auc(model, apart) if apart else None)
    return model.eval()


def _prepared(encoder: TextEncoder, examples: Sequence[Example], layers: Sequence[int]) -> list[_Item]:
    def read(key: tuple[str, str, int]) -> TokenStates:
        prefix, text, most = key
        seen = encoder.read(prefix, text, layers, max_tokens=most)
        return TokenStates(seen.ids, seen.spans, seen.states.astype(np.float16))

    keys = [
        (
            (QUERY_PREFIX, example.question, MAX_QUESTION_TOKENS),
            (PASSAGE_PREFIX, example.quote.read, MAX_QUOTE_TOKENS),
        )
        for example in examples
    ]
    unique = list(dict.fromkeys(key for pair in keys for key in pair))
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        seen = dict(zip(unique, pool.map(read, unique), strict=True))
    items = []
    for example, (asked, given) in zip(examples, keys, strict=True):
        question, quote = seen[asked], seen[given]
        if not (question.ids.size and quote.ids.size):
            continue
        start = len(example.quote.above)
        held: Sequence[int] = ()
        if example.answer is not None:
            starts, ends = quote.spans.T
            held = np.flatnonzero(
                (starts < start + example.answer.end) & (start + example.answer.start < ends)
            ).tolist()
            if not held:
                continue  # the answer is beyond what is read
        matches = match_features(
            TokenStates(question.ids, question.spans, question.states.astype(np.float32)),
            TokenStates(quote.ids, quote.spans, quote.states.astype(np.float32)),
            quote.spans[:, 1] <= start,
        )
        items.append(_Item(question, quote, matches, held[0] + 1 if held else 0, held[-1] + 1 if held else 0))
    return items


def _batches(items: Sequence[_Item], size: int, draw: random.Random) -> Iterator[_Batch]:
    """All of `items` once, in batches of like length and in random order."""
    shuffled = draw.sample(items, len(items))
    batches = []
    for start in range(0, len(items), size * _BATCHES_SORTED):
        some = sorted(shuffled[start : start + size * _BATCHES_SORTED], key=lambda item: len(item.quote.ids))
        batches += [some[first : first + size] for first in range(0, len(some), size)]
    draw.shuffle(batches)
    yield from map(_side_by_side, batches)


def _side_by_side(items: Sequence[_Item]) -> _Batch:
    def padded(arrays: Sequence[np.ndarray], axis: int) -> Tensor:
        longest = max(array.shape[axis] for array in arrays)
        widths = [
            [(0, longest - array.shape[axis] if number == axis else 0) for number in range(array.ndim)]
            for array in arrays
        ]
        return torch.from_numpy(np.stack([np.pad(array, width) for array, width in zip(arrays, widths, strict=True)]))

    questions, quotes = [item.question for item in items], [item.quote for item in items]
    return _Batch(
        padded([question.states for question in questions], 1).float(),
        padded([quote.states for quote in quotes], 1).float(),
        padded([item.matches[0] for item in items], 0),
        padded([item.matches[1] for item in items], 0),
        ~padded([np.ones(len(question.ids), bool) for question in questions], 0),
        ~padded([np.ones(len(quote.ids), bool) for quote in quotes], 0),
        torch.tensor([item.first for item in items]),
        torch.tensor([item.last for item in items]),
    )


def log_odds(model: JudgeModel, encoder: TextEncoder, examples: Sequence[Example]) -> list[float]:
    """What `model` makes of each of `examples`, in torch; an answer beyond what is read leaves its example out."""
    return _scores(model, _prepared(encoder, examples, model.options.layers)).tolist()


@torch.no_grad()
def _scores(model: JudgeModel, items: Sequence[_Item], size: int = 64) -> Tensor:
    was_training = model.training
    model.eval()
    scores = [model(_side_by_side(items[start : start + size]))[0] for start in range(0, len(items), size)]
    model.train(was_training)
    return torch.cat(scores)


def _auc(model: JudgeModel, items: Sequence[_Item]) -> float:
    return float(roc_auc_score([item.first > 0 for item in items], _scores(model, items).numpy()))


def write_judge(model: JudgeModel, path: Path) -> None:
    """Writes the weights that `answering.judge.QuoteJudge` reads."""
    from safetensors.numpy import save_file

    save_file(model.tensors(), path)
