"""Which model a name means: an embedded one, a folder, a preset or a hub name.

A folder or a cached hub name never touches the network; only a hub name that is not in the
cache does, and only when its encoder is loaded.
"""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import CacheNotFound, HfHubHTTPError, HFValidationError

from indexer.errors import ModelError

EMBEDDED_MODELS = Path(__file__).resolve().parent.parent / "data" / "models"

# A model name with this at its end means the int8 ONNX twin in the model's folder.
INT8_SUFFIX = ":int8"

PRESETS = {
    "qmc-domain": "DMetaSoul/sbert-chinese-qmc-domain-v1",
    "qmc-domain-distill": "DMetaSoul/sbert-chinese-qmc-domain-v1-distill",
}

# Enough to load any safetensors model, and nothing that could run code.
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors"]
_UNWANTED = ["onnx/*", "openvino/*"]


def embedded() -> list[str]:
    """Return the names of the models that come with the code."""
    if not EMBEDDED_MODELS.is_dir():
        return []
    return sorted(f.parent.name for f in EMBEDDED_MODELS.glob("[!.]*/config.json"))


def _default() -> str:
    names = embedded()
    return names[0] if len(names) == 1 else "embedded"


DEFAULT_MODEL = _default()


def resolve(name: str) -> Path | str:
    """Return the folder or the hub name that `name` means."""
    if name in embedded():
        return EMBEDDED_MODELS / name
    if name == DEFAULT_MODEL:
        raise ModelError(f"no embedded model in {EMBEDDED_MODELS}; name one with --model")
    if name in PRESETS:
        return PRESETS[name]
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if folder.is_absolute() or name.startswith((".", "~")) or len(folder.parts) != 2:
        raise ModelError(
            f"no model folder at {name}; give a folder, a hub name (owner/name)"
            f" or one of {', '.join([*embedded(), *PRESETS])}"
        )
    return name


def name_of(source: Path | str) -> str:
    """Return the name that resolves to `source` again, from any working folder."""
    if isinstance(source, Path):
        folder = source.resolve()
        return folder.name if folder.parent == EMBEDDED_MODELS else str(folder)
    return source


def locate(source: Path | str, *, offline: bool = False) -> Path:
    """Return the folder with the files of what `resolve` returned.

    A hub name that is not in the cache is downloaded, unless `offline`.
    """
    if isinstance(source, Path):
        if not source.is_dir():
            raise ModelError(f"no model folder at {source}; check the path")
        return source
    cached: Path | None = None
    try:
        cached = Path(snapshot_download(source, local_files_only=True))
    except HFValidationError as error:
        raise ModelError(f"{source} is not a folder nor a hub name; check the path") from error
    except (OSError, CacheNotFound):
        pass
    # A download that was cut short leaves a snapshot without weights.
    if cached and any(cached.rglob("*.safetensors")):
        return cached
    if offline:
        raise ModelError(f"model {source} is not in the cache; copy it to this machine")
    return _download(source)


def _download(name: str) -> Path:
    try:
        folder = snapshot_download(name, allow_patterns=_WANTED, ignore_patterns=_UNWANTED)
    except HfHubHTTPError as error:
        raise ModelError(
            f"model {name} is not cached and the hub did not give it ({_reason(error)});"
            " check the name or give a folder"
        ) from error
    except OSError as error:
        raise ModelError(
            f"model {name} is not cached and the hub cannot be reached ({_reason(error)});"
            " copy the model to this machine and give its folder"
        ) from error
    return Path(folder)


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
