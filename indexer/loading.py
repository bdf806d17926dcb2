"""One way from a model's name to a ready encoder, whatever kind of model it is."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from indexer import models
from indexer.encoder import Encoder
from indexer.errors import ModelError
from indexer.model_files import read_model_files
from store.vectors import ModelRecord

_DECIDING = {".json", ".txt", ".model", ".safetensors", ".onnx"}


def full_name(name: str) -> str:
    """Return the one name of a model, however it was asked for, resolvable from anywhere."""
    twin = models.INT8_SUFFIX if name.endswith(models.INT8_SUFFIX) else ""
    return models.name_of(models.resolve(name.removesuffix(twin))) + twin


def stamp(name: str) -> tuple[tuple[str, int, int], ...]:
    """Return names, sizes and times of a model folder's files; empty for a hub name.

    A long-running process sees by it that other weights lie under the same name now.
    """
    folder = models.resolve(name.removesuffix(models.INT8_SUFFIX))
    if not isinstance(folder, Path):
        return ()
    files = sorted(path for path in folder.rglob("*") if path.suffix in _DECIDING)
    stats = [(path.relative_to(folder).as_posix(), path.stat()) for path in files]
    return tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats)


@dataclass(frozen=True)
class Description:
    """What a model's files say without loading it."""

    layers: int
    fingerprint: str


def describe(name: str) -> Description:
    """Return what the files of a model say; ModelError where they are not on this machine."""
    source = models.resolve(name.removesuffix(models.INT8_SUFFIX))
    folder = models.locate(source, offline=True)
    files = read_model_files(folder)
    if name.endswith(models.INT8_SUFFIX):
        from indexer.onnx_encoder import twin_fingerprint

        return Description(files.layers, twin_fingerprint(folder, files.fingerprint))
    return Description(files.layers, files.fingerprint)


def name_now(model: ModelRecord) -> str:
    """Return the name under which a model's weights lie today: its last one, where none does."""
    for name in (model.name, *model.other_names) if model.other_names else ():
        with contextlib.suppress(ModelError):
            if describe(name).fingerprint == model.fingerprint:
                return name
    return model.name


def load_encoder(name: str, device: str = "auto") -> Encoder:
    """Load by folder, preset or hub name; NAME:int8 is the int8 ONNX twin of NAME."""
    if name.endswith(models.INT8_SUFFIX):
        from indexer.onnx_encoder import OnnxEncoder

        folder = models.resolve(name.removesuffix(models.INT8_SUFFIX))
        if not isinstance(folder, Path):
            raise ModelError(f"{name}: only a model folder has an int8 twin; give its folder")
        return OnnxEncoder.load(folder)
    from indexer.transformer_encoder import TransformerEncoder

    return TransformerEncoder.load(models.resolve(name), device)
