"""Loading models of sentence-transformers from a folder or from the hub."""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.errors import ModelUnavailableError

Model = TypeVar("Model")


def load_local_or_hub(model: str, load: Callable[[bool], Model], *, missing: str, failed: str) -> Model:
    """What `load` returns, told whether `model` is a folder, which must be loaded without the network.

    Args:
        model: A folder or a name on the hub.
        load: Imports the library and loads the model.
        missing: Said where sentence-transformers is not installed.
        failed: Said where loading failed, with the cause in place of `{}`.

    Raises:
        ModelUnavailableError: the model cannot be loaded.
    """
    if importlib.util.find_spec("sentence_transformers") is None:
        raise ModelUnavailableError(missing)
    is_local = Path(model).is_dir()
    if is_local:
        # Read when huggingface_hub is imported: a model on disk must never ask the network whether it is current.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        return load(is_local)
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        raise ModelUnavailableError(failed.replace("{}", str(error))) from error
