"""Vietnamese prompt texts, one file each, that policy staff can read and review."""

from pathlib import Path

_FOLDER = Path(__file__).parent


def load_prompt(name: str) -> str:
    """The text of `prompts/<name>.txt`, stripped; its `{placeholders}` are filled by the caller."""
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip()
