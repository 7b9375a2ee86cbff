"""What the ablation turns off: the retriever's stages, each a value of one of its attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import UsageError
from retrieval.abbreviations import Abbreviations
from retrieval.retriever import HybridRetriever

FULL = "full"


@dataclass(frozen=True, slots=True)
class Stage:
    """A retriever with something turned off.

    Attributes:
        label: Vietnamese, for tables and pages.
        changes: Attributes of `HybridRetriever` and the values they take.
        understanding_only: They decide what is searched for and not how, so that equal queries find the same.
    """

    name: str
    label: str
    changes: Mapping[str, object] = field(default_factory=dict)
    understanding_only: bool = False

    def applied_to(self, retriever: HybridRetriever) -> HybridRetriever:
        """`retriever` changed so; the given one stays as it is."""
        return retriever.model_copy(update=dict(self.changes))


_KNOWN = (
    Stage(FULL, "đầy đủ"),
    Stage("words_only", "chỉ theo từ", {"vector_weight": 0.0}),
    Stage("meaning_only", "chỉ theo nghĩa", {"vector_weight": 1.0}),
    Stage("no_spelling_repair", "không sửa lỗi gõ", {"repairs_spelling": False}, understanding_only=True),
    Stage("no_abbreviations", "không giải chữ viết tắt", {"abbreviations": Abbreviations({})}, understanding_only=True),
)
# Attributes that are no stage: how much is fetched and shown.
_SIZES = frozenset({"top_k", "candidates", "vector_weight", "max_passage_chars"})


def stages_of(retriever: HybridRetriever, wanted: Sequence[str] = ()) -> list[Stage]:
    """The full retriever first, then each stage that it has, turned off.

    Beside those known by name, every flag that is on and every number above 0 among the retriever's own attributes
    counts as a stage that `False` or 0 turns off, so that a new one is measured from its first day.

    Args:
        retriever: As it is configured.
        wanted: Names of stages; empty for all.

    Raises:
        UsageError: a wanted stage does not exist.
    """
    attributes = type(retriever).model_fields
    named = {attribute for stage in _KNOWN for attribute in stage.changes} | _SIZES
    found = [stage for stage in _KNOWN if stage.changes.keys() <= attributes.keys()]
    for attribute in attributes:
        value = getattr(retriever, attribute, None)
        if attribute not in named and isinstance(value, bool | int | float) and value:
            found.append(Stage(f"no_{attribute}", f"không {attribute}", {attribute: type(value)(0)}))
    if unknown := set(wanted) - {stage.name for stage in found}:
        raise UsageError(
            f"Không có bước {', '.join(sorted(unknown))}. Các bước: {', '.join(stage.name for stage in found)}."
        )
    return [stage for stage in found if not wanted or stage.name in {FULL, *wanted}]
