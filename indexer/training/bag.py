"""The first model of the road: a bag of pieces, one vector per token, averaged.

It learns the meaning of words in minutes, from translations: the mean of a text's token
vectors is drawn to what the English teacher says of its English side. The norm of a token's
vector is its weight in the mean, and `network.py` carries both into a transformer.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from indexer.training.tokens import Ragged


class Bag(nn.Module):
    """Mean of token vectors, [texts, width]."""

    def __init__(self, vocabulary: int, width: int, seed: int) -> None:
        super().__init__()
        start = torch.randn(vocabulary, width, generator=torch.Generator().manual_seed(seed))
        self.pieces = nn.EmbeddingBag.from_pretrained(start * 0.02, freeze=False, mode="mean")

    def forward(self, texts: Ragged) -> Tensor:
        """Return unit vectors, [texts, width]."""
        device = self.pieces.weight.device
        tokens = torch.from_numpy(texts.tokens).to(device)
        means = self.pieces(tokens, torch.from_numpy(texts.starts[:-1]).to(device))
        return functional.normalize(means, dim=1)


def principal_axes(vectors: NDArray[np.float16], width: int) -> NDArray[np.float32]:
    """Return the [dimension, width] axes that keep most of the vectors' inner products.

    Not centred: cosines are taken from the origin, so the mean direction is kept as well.
    """
    gram = np.zeros((vectors.shape[1], vectors.shape[1]))
    for start in range(0, len(vectors), 65_536):
        block = vectors[start : start + 65_536].astype(np.float32)
        gram += block.T @ block
    _, axes = np.linalg.eigh(gram)
    return np.ascontiguousarray(axes[:, ::-1][:, :width], dtype=np.float32)
