"""What the English encoder says of the English side of every translation, kept on disk.

Encoding it is the slowest step of the road and the same for every run, so it is done once:
the cache is keyed by the encoder's fingerprint and the texts, and written in chunks, so a
broken run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Encoder

_CHUNK = 20_000


def encode_english(
    encoder: Encoder,
    texts: Sequence[str],
    cache: Path,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float16]:
    """Return unit vectors [texts, dimension] in float16, from the cache where it has them."""
    cache.mkdir(parents=True, exist_ok=True)
    parts = []
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        key = hashlib.blake2b("\n".join([encoder.fingerprint, *chunk]).encode(), digest_size=16)
        path = cache / f"{key.hexdigest()}.npy"
        if path.exists():
            parts.append(np.load(path, allow_pickle=False))
        else:
            vectors = encoder.encode(chunk).vectors.astype(np.float16)
            content = io.BytesIO()
            np.save(content, vectors, allow_pickle=False)
            aside = path.with_suffix(".tmp")
            aside.write_bytes(content.getvalue())
            aside.replace(path)
            parts.append(vectors)
        if progress:
            progress(min(start + _CHUNK, len(texts)), len(texts))
    return np.concatenate(parts) if parts else np.zeros((0, encoder.dimension), np.float16)
