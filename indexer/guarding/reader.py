"""Texts as the second reading of the guards reads them, and a memory of the last.

What reads is the shipped model trained on (docs/verdicts.md): its pieces and tokenizer are that
model's own, its layers lie in a file of their own, in int8.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
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
# What the file with the layers takes, [1, tokens, width], and what it gives.
PIECES, STATES = "pieces", "states"
TABLE = "embeddings.word_embeddings.weight"
# Longer texts are not questions; nor did it learn from any.
MOST_TOKENS, _MOST_CHARACTERS = 64, 256
# Of the last texts so many tokens are remembered, 100 MB of states.
_TOKENS = 65_536


@dataclass(frozen=True)
class Read:
    """A text as it was read: tokens, special ones included, their states, their unit mean.

    States are [tokens, width]; of a text that was too long to be read there are none.
    """

    tokens: tuple[int, ...]
    known: frozenset[int]
    states: Vectors
    unit: Vectors

    @classmethod
    def of(cls, tokens: Sequence[int], states: Vectors) -> Read:
        """Return what was read with what every comparison needs of it."""
        return cls(tuple(tokens), frozenset(tokens), states, unit(states.mean(axis=0)))

    @classmethod
    def unread(cls, width: int) -> Read:
        """Return what is known of a text that is too long."""
        return cls((), frozenset(), np.empty((0, width), np.float32), np.zeros(width, np.float32))

    def alone(self, other: Read) -> list[int]:
        """Return the places of the tokens that the other text has not."""
        return [place for place, token in enumerate(self.tokens) if token not in other.known]


def unit(vector: Vectors) -> Vectors:
    """Return a vector brought to unit length; nothing stays nothing."""
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


class Reader:
    """Reads texts one at a time, as inputs of int8 layers share a scale; threads may share it."""

    def __init__(self, table: NDArray[np.float16], tokenizer: Tokenizer, layers: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a core for each text
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            layers, options, providers=["CPUExecutionProvider"]
        )
        self._table = table
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._tokenising = threading.Lock()
        self.workers = torch.get_num_threads()

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

    def read(self, texts: Sequence[str]) -> list[Read]:
        """Return what is read of each text."""
        short = [text if len(text) <= _MOST_CHARACTERS else "" for text in texts]
        with self._tokenising:
            tokens = [found.ids for found in self._tokenizer.encode_batch_fast(short)]
        return [
            self._read(ids) if text and len(ids) <= MOST_TOKENS else Read.unread(self._width)
            for text, ids in zip(short, tokens, strict=True)
        ]

    def _read(self, tokens: list[int]) -> Read:
        pieces = self._table[tokens].astype(np.float32)[None]
        return Read.of(tokens, self._session.run([STATES], {PIECES: pieces})[0][0])

    @property
    def _width(self) -> int:
        return int(self._table.shape[1])


class Readings:
    """What a reader read of the last texts; threads may share it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Read] = OrderedDict()
        self._tokens = 0

    def of(self, texts: Sequence[str]) -> list[Read]:
        """Return what is read of each text, those that are new on as many cores as there are."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = list(dict.fromkeys(text for text in texts if text not in found))
        if new:
            found.update(zip(new, self._read(new), strict=True))
            with self._lock:
                for text in new:
                    self._remember(text, found[text])
        return [found[text] for text in texts]

    def _remember(self, text: str, read: Read) -> None:
        if text in self._known or not read.tokens:  # Another thread was here; nothing was read.
            return
        self._known[text] = read
        self._tokens += len(read.tokens)
        while self._tokens > _TOKENS:
            self._tokens -= len(self._known.popitem(last=False)[1].tokens)

    def _read(self, texts: list[str]) -> list[Read]:
        workers = self._reader.workers
        if workers < 2 or len(texts) < 4 * workers:
            return self._reader.read(texts)
        shares = [texts[start::workers] for start in range(workers)]
        with ThreadPoolExecutor(workers) as pool:
            read = list(pool.map(self._reader.read, shares))
        return [read[place % workers][place // workers] for place in range(len(texts))]
