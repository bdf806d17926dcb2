"""The weights of a model, hashed and counted without loading them.

Only safetensors are accepted, because a pickle may run code when it is read. The digest
covers names, types, shapes and bytes of the tensors; their order in the file means nothing.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import ModelError
from indexer.json_files import read_json

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")

# Parts of a checkpoint that the token vectors do not pass through: whether they were saved,
# and with which random numbers, must not tell two equal models apart.
_HEADS = frozenset(("pooler", "cls", "lm_head", "classifier", "qa_outputs"))


@dataclass(frozen=True)
class Weights:
    """Digest over the tensors that decide vectors, and how many numbers there are in all."""

    digest: str
    count: int


def read_weights(folder: Path) -> Weights:
    """Return the digest and size of the weights in a folder; ModelError if none can be trusted."""
    index = folder / "model.safetensors.index.json"
    files = [folder / "model.safetensors"]
    if not files[0].exists() and index.exists():
        files = sorted({folder / str(f) for f in read_json(index).get("weight_map", {}).values()})
    if not files or not all(file.exists() for file in files):
        pickles = [file.name for file in folder.glob("*") if file.suffix in _PICKLES]
        held = f"only {pickles[0]}, and a pickle can run code" if pickles else "no weights"
        raise ModelError(
            f"model {folder} has {held}; give a model saved with safetensors (model.safetensors)"
        )
    digests: dict[str, str] = {}
    count = 0
    for file in files:
        count += _hash_tensors(file, digests)
    digest = hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()
    return Weights(digest, count)


def _hash_tensors(file: Path, digests: dict[str, str]) -> int:
    """Add the hash of each tensor by name (the order in the file means nothing); count numbers."""
    count = 0
    try:
        with file.open("rb") as opened:
            data = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
        start = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(bytes(data[8:start]))
        for name, tensor in header.items():
            if name == "__metadata__":
                continue
            first, last = tensor["data_offsets"]
            if start + last > len(data):
                raise ValueError("truncated")
            digest = hashlib.sha256(data[start + first : start + last]).hexdigest()
            if _HEADS.isdisjoint(name.split(".")[:2]):
                digests[name] = f"{tensor['dtype']} {tensor['shape']} {digest}"
            size = 1
            for side in tensor["shape"]:
                size *= int(side)
            count += size
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise ModelError(
            f"{file} is not a whole safetensors file; copy it again (a Git LFS pointer?)"
        ) from error
    return count
