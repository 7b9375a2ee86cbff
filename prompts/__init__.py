"""Vietnamese prompt texts, one file each, and tables of abbreviations and everyday words for policy staff to review."""

from pathlib import Path

_FOLDER = Path(__file__).parent
# Official abbreviations and what they stand for; `retrieval.abbreviations` describes the format.
ABBREVIATIONS = _FOLDER / "abbreviations.tsv"
# Everyday words and how official texts say the same; `answering.everyday` describes the format.
EVERYDAY_WORDS = _FOLDER / "everyday_words.tsv"


def load_prompt(name: str) -> str:
    """The text of `prompts/<name>.txt`, stripped; its `{placeholders}` are filled by the caller."""
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip()
