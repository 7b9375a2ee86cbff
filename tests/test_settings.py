"""Settings: their bounds, where they come from, and that README and `.env.example` say what the code does."""

import re
from pathlib import Path

import pytest
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from core.errors import ConfigurationError
from core.settings import Settings, load_settings

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def _default(field: FieldInfo) -> str:
    value = field.get_default()
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _bounds(field: FieldInfo) -> str:
    """As README prints them: `1–65535`, `3–63 ký tự`, or nothing."""
    low, high, unit = "", "", ""
    for bound in field.metadata:
        match bound:
            case Ge(ge=value):
                low = str(value)
            case Le(le=value):
                high = str(value)
            case MinLen(min_length=value):
                low, unit = str(value), " ký tự"
            case MaxLen(max_length=value):
                high, unit = str(value), " ký tự"
    return f"{low}–{high}{unit}" if low else ""


def test_readme_table_lists_every_setting_as_it_is() -> None:
    expected = [
        f"| `{name.upper()}` | {f'`{_default(field)}`' if _default(field) else 'trống'} | {_bounds(field)} "
        f"| {field.description} |".replace("  ", " ")
        for name, field in Settings.model_fields.items()
    ]
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Cấu hình\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert "\n".join(rows) == "\n".join(expected)


def test_env_example_lists_every_setting_as_it_is() -> None:
    expected = [
        f"# {field.description}\n#{name.upper()}={_default(field)}\n" for name, field in Settings.model_fields.items()
    ]
    _, *entries = (ROOT / ".env.example").read_text(encoding="utf-8").split("\n\n")
    assert "\n\n".join(entries) == "\n".join(expected)


def test_env_example_uncommented_changes_nothing(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.MULTILINE), encoding="utf-8")
    assert load_settings() == Settings()


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")] == []


def test_every_setting_has_an_effect() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in [ROOT / "app.py", *ROOT.glob("[a-z]*/**/*.py")]
        if path.relative_to(ROOT).parts[0]
        in {"app.py", "commands", "ingest", "retrieval", "answering", "training", "web"}
    )
    assert [name for name in Settings.model_fields if f"settings.{name}" not in code] == []


def test_environment_wins_over_the_file_and_arguments_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=8001\nTOP_K=7\nHOST=10.0.0.1\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "8002")
    monkeypatch.setenv("TOP_K", "8")
    settings = load_settings(top_k=9, data_dir=None)
    assert (settings.host, settings.port, settings.top_k) == ("10.0.0.1", 8002, 9)
    assert settings.data_dir == Path("data")


@pytest.mark.parametrize(
    ("line", "named"),
    [("PORT=70000", "PORT"), ("TOPK=5", "TOPK"), ("VECTOR_WEIGHT=1.5", "VECTOR_WEIGHT"), ("TOP_K=many", "TOP_K")],
)
def test_a_wrong_line_of_the_file_is_named(tmp_path: Path, line: str, named: str) -> None:
    (tmp_path / ".env").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=named):
        load_settings()


def test_a_chat_address_needs_a_model_name() -> None:
    with pytest.raises(ConfigurationError, match="CHAT_MODEL"):
        load_settings(chat_base_url="http://127.0.0.1:9/v1")


def test_settings_cannot_be_changed_and_hide_their_keys() -> None:
    settings = load_settings(chat_api_key="bí mật")
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
    assert "bí mật" not in repr(settings)
