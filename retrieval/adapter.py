"""A trained adapter: low-rank changes to the linear layers of the bundled model, merged into its weights at once.

One safetensors file holds, for each layer, `{layer}.lora_A.weight` (rank × in) and `{layer}.lora_B.weight` (out × rank)
in half precision; its metadata name the model it belongs to and the factor that B·A is scaled by (LoRA, Hu et al. 2021,
arXiv 2106.09685).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError

_A, _B = ".lora_A.weight", ".lora_B.weight"


@dataclass(frozen=True, slots=True)
class Adapter:
    """Low-rank changes to a model.

    Attributes:
        base: Fingerprint of the model that it was trained on.
        scale: What B·A is multiplied by.
        factors: Layer name to A (rank × in) and B (out × rank).
        fingerprint: Short hash of all the above; equal ones make equal vectors.
    """

    base: str
    scale: float
    factors: Mapping[str, tuple[NDArray[np.float16], NDArray[np.float16]]]
    fingerprint: str

    def merged(self, weights: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """`weights` (`{layer}.weight` to out × in) with the changes added.

        Raises:
            ConfigurationError: the model has no such layer, or it is of another shape.
        """
        changed = dict(weights)
        for layer, (a, b) in self.factors.items():
            weight = changed.get(f"{layer}.weight")
            if weight is None or weight.shape != (b.shape[0], a.shape[1]):
                raise ConfigurationError(
                    f"Bộ tinh chỉnh không khớp với mô hình ở lớp {layer} ({b.shape[0]} × {a.shape[1]}). "
                    "Hãy huấn luyện lại bằng `app.py finetune`, hoặc đặt EMBEDDING_ADAPTER=none."
                )
            changed[f"{layer}.weight"] = weight + np.float32(self.scale) * (b.astype(np.float32) @ a.astype(np.float32))
        return changed


def make_adapter(
    base: str, scale: float, factors: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
) -> Adapter:
    """An adapter of `factors` (layer name to A and B), rounded to half precision."""
    rounded = {name: (a.astype(np.float16), b.astype(np.float16)) for name, (a, b) in sorted(factors.items())}
    return Adapter(base, scale, rounded, _fingerprint(base, scale, rounded))


def write_adapter(adapter: Adapter, path: Path) -> None:
    """Writes `adapter` into the file `path`."""
    from safetensors.numpy import save_file

    tensors = {f"{layer}{_A}": a for layer, (a, _) in adapter.factors.items()}
    tensors |= {f"{layer}{_B}": b for layer, (_, b) in adapter.factors.items()}
    save_file(tensors, path, metadata={"base": adapter.base, "scale": repr(adapter.scale)})


def read_adapter(path: Path, *, base: str) -> Adapter:
    """The adapter in the file `path`, which must have been trained on the model with fingerprint `base`.

    Raises:
        ConfigurationError: the file is missing, damaged or belongs to another model.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        layers = sorted(name.removesuffix(_A) for name in tensors if name.endswith(_A))
        factors = {layer: (tensors.pop(layer + _A), tensors.pop(layer + _B)) for layer in layers}
        trained_on, scale = metadata["base"], float(metadata["scale"])
        if tensors or not factors or any(a.ndim != 2 or a.shape[0] != b.shape[-1] for a, b in factors.values()):
            raise ValueError("tensors")
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise ConfigurationError(
            f"Không đọc được bộ tinh chỉnh mô hình {path} ({error}). "
            "Hãy đặt EMBEDDING_ADAPTER là tệp do `app.py finetune` tạo ra, hoặc là `none`."
        ) from error
    if trained_on != base:
        raise ConfigurationError(
            f"Bộ tinh chỉnh {path} được huấn luyện cho mô hình {trained_on}, không phải {base}. "
            "Hãy huấn luyện lại bằng `app.py finetune`, hoặc đặt EMBEDDING_ADAPTER=none."
        )
    return Adapter(base, scale, factors, _fingerprint(base, scale, factors))


def _fingerprint(
    base: str, scale: float, factors: Mapping[str, tuple[NDArray[np.float16], NDArray[np.float16]]]
) -> str:
    content = hashlib.sha256(f"{base} {scale!r}".encode())
    for layer, (a, b) in sorted(factors.items()):
        content.update(f"{layer} {a.shape} {b.shape}".encode() + a.tobytes() + b.tobytes())
    return content.hexdigest()[:12]
