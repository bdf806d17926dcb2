"""Two texts as the second reading reads them: both at once, so that each is read beside the other.

What reads is the shipped model trained on (docs/verdicts.md): its pieces and tokenizer are that
model's own, its layers lie in a file of their own, in int8.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

from indexer.encoder import Vectors
from indexer.errors import ModelError

LAYERS = "layers_int8.onnx"
# What the file with the layers takes of two texts, one after the other: the vectors of their pieces
# [1, tokens, width], the place of each in its text and which text it is of [1, tokens]; and what it
# gives, [1, tokens, width].
PIECES, PLACES, SIDES, STATES = "pieces", "places", "sides", "states"
TABLE = "embeddings.word_embeddings.weight"
# Longer texts are not questions; nor did it learn from any.
MOST_TOKENS, _MOST_CHARACTERS = 64, 256

Pair = tuple[str, str]


@dataclass(frozen=True)
class Read:
    """A text as it was read beside another: tokens, special ones included, states, unit mean.

    States are [tokens, width].
    """

    tokens: tuple[int, ...]
    known: frozenset[int]
    states: Vectors
    unit: Vectors

    @classmethod
    def of(cls, tokens: Sequence[int], states: Vectors) -> Read:
        """Return what was read with what every comparison needs of it."""
        return cls(tuple(tokens), frozenset(tokens), states, unit(states.mean(axis=0)))

    def alone(self, other: Read) -> list[int]:
        """Return the places of the tokens that the other text has not."""
        return [place for place, token in enumerate(self.tokens) if token not in other.known]


def unit(vector: Vectors) -> Vectors:
    """Return a vector brought to unit length; nothing stays nothing."""
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


class Reader:
    """Reads pairs one at a time, as inputs of int8 layers share a scale; threads may share it."""

    def __init__(self, table: NDArray[np.float16], tokenizer: Tokenizer, layers: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a core for each pair
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            layers, options, providers=["CPUExecutionProvider"]
        )
        self._table = table
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._tokenising = threading.Lock()
        self._workers = torch.get_num_threads()

    @classmethod
    def load(cls, model: Path, layers: Path) -> Reader:
        """Load layers that were trained on from those of `model`; ModelError where it can't."""
        try:
            with safe_open(model / "model.safetensors", framework="numpy") as weights:
                table = weights.get_tensor(TABLE).astype(np.float16)
            tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
            return cls(table, tokenizer, layers.read_bytes())
        except Exception as error:  # what the three raise has no common kind
            fault = str(error).strip().split("\n")[0]
            raise ModelError(f"{layers} cannot be read ({fault}); copy the model again") from error

    def read(self, pairs: Sequence[Pair]) -> list[tuple[Read, Read] | None]:
        """Return what is read of each pair, on as many cores as there are; None if one is long."""
        tokens = self._tokens({text for pair in pairs for text in pair})
        asked = [(tokens.get(one), tokens.get(other)) for one, other in pairs]
        if len(pairs) < 2 * self._workers or self._workers < 2:
            return [self._read(*pair) for pair in asked]
        with ThreadPoolExecutor(self._workers) as pool:
            return list(pool.map(lambda pair: self._read(*pair), asked))

    def _tokens(self, texts: set[str]) -> dict[str, list[int]]:
        short = [text for text in texts if len(text) <= _MOST_CHARACTERS]
        with self._tokenising:
            found = [one.ids for one in self._tokenizer.encode_batch_fast(short)]
        return {t: ids for t, ids in zip(short, found, strict=True) if len(ids) <= MOST_TOKENS}

    def _read(self, one: list[int] | None, other: list[int] | None) -> tuple[Read, Read] | None:
        if one is None or other is None:
            return None
        places = [*range(len(one)), *range(len(other))]
        given = {
            PIECES: self._table[one + other].astype(np.float32)[None],
            PLACES: np.array([places], dtype=np.int64),
            SIDES: np.array([[0] * len(one) + [1] * len(other)], dtype=np.int64),
        }
        states = self._session.run([STATES], given)[0][0]
        return Read.of(one, states[: len(one)]), Read.of(other, states[len(one) :])
