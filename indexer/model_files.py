"""What a model folder says about itself, read without torch and without running anything.

The fingerprint covers what decides the vectors (weights, tokenizer, pooling, Dense, limits)
and nothing else: a copy under another name, or with another README, keeps it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.errors import ModelError
from indexer.json_files import read_json
from indexer.weights import read_weights

MODULES = ("Transformer", "Pooling", "Dense", "Normalize", "LayerNorm", "Dropout")
_WITHOUT_WEIGHTS = ("Pooling", "Normalize", "Dropout")

# Fields of config.json that say where the model came from or how it is trained.
_IDLE_FIELDS = frozenset(
    [
        "_name_or_path",
        "transformers_version",
        "torch_dtype",
        "dtype",
        "architectures",
        "_commit_hash",
        "use_cache",
        "gradient_checkpointing",
        "id2label",
        "label2id",
        "problem_type",
        "finetuning_task",
        "attention_probs_dropout_prob",
        "hidden_dropout_prob",
        "classifier_dropout",
        "initializer_range",
    ]
)
_TOKENIZER_FIELDS = (
    "do_lower_case",
    "tokenize_chinese_chars",
    "strip_accents",
    "padding_side",
    "truncation_side",
    "add_prefix_space",
)
_POOLING_FLAGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
# Where a Transformer module keeps its settings, in the order sentence-transformers looks.
_SETTINGS = tuple(
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
_USUAL_SETTINGS: dict[str, Any] = {
    "modality_config": {
        "text": {"method": "forward", "method_output_name": "last_hidden_state"},
    },
    "module_output_name": "token_embeddings",
}
_VOCABULARIES = ("vocab.txt", "vocab.json", "merges.txt", "*.model", "added_tokens.json")

# These count positions from padding_idx + 1, so they read fewer tokens than they have positions.
_SHIFTED_POSITIONS = frozenset(
    [
        "roberta",
        "xlm-roberta",
        "xlm-roberta-xl",
        "camembert",
        "roberta-prelayernorm",
        "mpnet",
        "longformer",
        "data2vec-text",
    ]
)


@dataclass(frozen=True)
class ModelFiles:
    """A readable model folder; `max_tokens` is None where no file names a limit."""

    folder: Path
    has_modules: bool
    fingerprint: str
    layers: int
    width: int
    parameters: int
    max_tokens: int | None
    prompt: str


def read_model_files(folder: Path) -> ModelFiles:
    """Read a sentence-transformers or plain transformers folder; ModelError says what is wrong."""
    listed = (folder / "modules.json").exists()
    modules = _modules(folder) if listed else [("Transformer", folder), ("Pooling", None)]
    if modules[0][0] != "Transformer":
        raise ModelError(f"model {folder} starts with {modules[0][0]}; it must start a Transformer")
    root = modules[0][1] or folder
    config = read_json(root / "config.json")
    settings = _settings(root) if listed else {}
    limit = _max_tokens(root, config, settings)
    prompt = _prompt(folder)
    parts: list[dict[str, Any]] = []
    parameters = 0
    for kind, place in modules:
        part: dict[str, Any] = {"type": kind}
        if kind == "Transformer":
            part |= {"config": _active(config), "tokenizer": _tokenizer(root), "limit": limit}
            part |= _deciding(root, settings)
        elif kind == "Pooling":
            part |= _pooling(place)
        elif place is not None and (place / "config.json").exists():
            part["config"] = read_json(place / "config.json")
        if kind not in _WITHOUT_WEIGHTS:
            weights = read_weights(place or folder)
            part["weights"] = weights.digest
            parameters += weights.count
        parts.append(part)
    # Vectors are scaled to unit length anyway.
    while parts[-1]["type"] == "Normalize":
        parts.pop()
    described = json.dumps({"modules": parts, "prompt": prompt}, sort_keys=True)
    return ModelFiles(
        folder=folder,
        has_modules=listed,
        fingerprint=hashlib.sha256(described.encode()).hexdigest(),
        layers=_first(config, "num_hidden_layers", "n_layers", "n_layer", "num_layers"),
        width=_first(config, "hidden_size", "dim", "d_model", "n_embd"),
        parameters=parameters,
        max_tokens=limit,
        prompt=prompt,
    )


def _modules(folder: Path) -> list[tuple[str, Path | None]]:
    try:
        listed = json.loads((folder / "modules.json").read_bytes())
        named = [(str(m["type"]), str(m["path"])) for m in listed]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}/modules.json is damaged; copy the model again") from error
    modules: list[tuple[str, Path | None]] = []
    for kind, path in named:
        short = kind.rpartition(".")[2]
        if not kind.startswith("sentence_transformers.") or short not in MODULES:
            raise ModelError(
                f"model {folder} needs module {kind}, which is not supported;"
                f" choose a model of {', '.join(MODULES)}"
            )
        modules.append((short, folder / path))
    if not modules:
        raise ModelError(f"{folder}/modules.json is empty; copy the model again")
    return modules


def _active(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in _IDLE_FIELDS}


def _first(config: dict[str, Any], *names: str) -> int:
    return next((int(config[name]) for name in names if config.get(name)), 0)


def _settings(root: Path) -> dict[str, Any]:
    """Return the settings of a Transformer module; a plain folder's loader reads none."""
    return next((read_json(root / name) for name in _SETTINGS if (root / name).exists()), {})


def _deciding(root: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Return what changes vectors beside the limit, nothing where all is as usual."""
    for name, usual in _USUAL_SETTINGS.items():
        if settings.get(name) not in (None, usual):
            raise ModelError(
                f"model {root} asks for another output than the token vectors ({name}), which is"
                " not supported; choose a model that pools them"
            )
    idle = {"max_seq_length", "transformer_task", *_USUAL_SETTINGS}
    kept = {name: value for name, value in settings.items() if name not in idle and value}
    return {"settings": kept} if kept else {}


def _max_tokens(root: Path, config: dict[str, Any], settings: dict[str, Any]) -> int | None:
    tokenizer = root / "tokenizer_config.json"
    limits = []
    if tokenizer.exists():
        limits.append(read_json(tokenizer).get("model_max_length"))
    if settings.get("max_seq_length"):
        limits = [settings["max_seq_length"]]
    processing = settings.get("processing_kwargs") or {}
    limits += [(processing.get(part) or {}).get("max_length") for part in ("common", "text")]
    positions = config.get("max_position_embeddings")
    if isinstance(positions, int) and positions > 0:
        shifted = config.get("model_type") in _SHIFTED_POSITIONS
        limits.append(positions - (int(config.get("pad_token_id") or 0) + 1 if shifted else 0))
    # A tokenizer without a limit says so with 1e30.
    known = [int(limit) for limit in limits if isinstance(limit, int | float) and limit < 1e9]
    return min(known) if known else None


def _prompt(folder: Path) -> str:
    """Return what the model wants before every text."""
    path = folder / "config_sentence_transformers.json"
    if not path.exists():
        return ""
    config = read_json(path)
    prompts = config.get("prompts") or {}
    return str(prompts.get(config.get("default_prompt_name")) or "")


def _tokenizer(root: Path) -> dict[str, Any]:
    path = root / "tokenizer_config.json"
    config = read_json(path) if path.exists() else {}
    found: dict[str, Any] = {name: config.get(name) for name in _TOKENIZER_FIELDS}
    whole = root / "tokenizer.json"
    if whole.exists():
        # Truncation and padding are left-overs of the last use before saving.
        rules = {k: v for k, v in read_json(whole).items() if k not in ("truncation", "padding")}
        canonical = json.dumps(rules, sort_keys=True, ensure_ascii=False)
        return found | {"rules": hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()}
    files = sorted({file for pattern in _VOCABULARIES for file in root.glob(pattern)})
    if not files:
        raise ModelError(f"model {root} has no tokenizer; copy tokenizer.json or vocab.txt too")
    return found | {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _pooling(place: Path | None) -> dict[str, Any]:
    """Return the pooling in one form; older folders keep a flag for each mode."""
    config = read_json(place / "config.json") if place else {}
    flagged = [mode for flag, mode in _POOLING_FLAGS.items() if config.get(flag)]
    modes = config.get("pooling_mode") or flagged or ["mean"]
    return {
        "modes": [modes] if isinstance(modes, str) else list(modes),
        "include_prompt": config.get("include_prompt", True),
    }
