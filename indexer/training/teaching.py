"""What the English encoder says of the translations, computed once and kept on disk.

It is the same for every run. The cache is keyed by the encoder's weights and the tokens, and
written in chunks, so a broken run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertModel

from indexer.encoder import Progress
from indexer.training.network import sentence_vectors
from indexer.training.tokens import Ragged

_CHUNK = 20_000


def encode_once(
    teacher: BertModel, texts: Ragged, cache: Path, progress: Progress | None = None
) -> NDArray[np.float16]:
    """Return unit vectors [texts, width] in float16, from the cache where it has them."""
    teacher.train(False)  # its config may ask for dropout
    teacher.to("cuda" if torch.cuda.is_available() else "cpu")  # type: ignore[arg-type]
    weights = _digest(*(w.cpu().numpy().tobytes() for w in teacher.state_dict().values()))
    parts = [np.zeros((0, int(teacher.config.hidden_size)), np.float16)]
    for start in range(0, len(texts), _CHUNK):
        chunk = texts.take(np.arange(start, min(start + _CHUNK, len(texts))))
        name = _digest(weights.encode(), chunk.tokens.tobytes(), chunk.starts.tobytes())
        parts.append(kept_array(cache / f"{name}.npy", partial(_encode, teacher, chunk)))
        if progress:
            progress(start + len(chunk), len(texts))
    return np.concatenate(parts)


def kept_array(path: Path, make: Callable[[], NDArray[np.float16]]) -> NDArray[np.float16]:
    """Return the array in the file, made and written first where there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        np.save(content, make(), allow_pickle=False)
        aside = path.with_suffix(f".{os.getpid()}.tmp")
        aside.write_bytes(content.getvalue())
        aside.replace(path)
    return np.asarray(np.load(path, allow_pickle=False))


def _encode(teacher: BertModel, texts: Ragged) -> NDArray[np.float16]:
    with torch.inference_mode():
        return sentence_vectors(teacher, texts).cpu().numpy().astype(np.float16)


def _digest(*parts: bytes) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
