"""Encoding with the int8 ONNX twin of a model: several times the speed on a CPU.

Its vectors are close to those of the float32 model but not the same, so it is a model of
its own: it has its own fingerprint, and its vectors are never mixed with the other's.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from indexer import models
from indexer.batching import Batching, Rows, Unique, encode_in_batches
from indexer.encoder import Encoded, Progress, Vectors
from indexer.errors import ModelError
from indexer.model_files import read_model_files

INT8_FILE = "onnx/model_int8.onnx"
# What a layer works out for so few tokens stays in the cache of a core; with 2,048 it does not, and
# on one processor of two that were tried the same work took twice as long.
_TOKENS_PER_BATCH = 256


class OnnxEncoder:
    """A loaded ONNX model from token numbers to the sentence vector; threads may share it."""

    def __init__(self, folder: Path, name: str) -> None:
        import onnxruntime

        content = _read_twin(folder)
        files = read_model_files(folder)
        self.name = name
        self.layers, self.width, self.dimension = files.layers, files.width, files.width
        self.parameters = files.parameters
        self.max_tokens = int(files.max_tokens or 512)
        self.device = "cpu"
        self.fingerprint = _fingerprint(files.fingerprint, content)
        options = onnxruntime.SessionOptions()
        # A core for each batch: cores that share a small one mostly wait for each other.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # what both raise has no common kind
            fault = str(error).strip().split("\n")[0]
            raise ModelError(
                f"{folder} cannot be loaded ({fault}); copy the model again"
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._tokenising = threading.Lock()
        self._workers = torch.get_num_threads()

    @classmethod
    def load(cls, source: Path) -> OnnxEncoder:
        """Load the int8 twin in a model folder."""
        return cls(source, models.name_of(source) + models.INT8_SUFFIX)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoded:
        """Return a unit vector for each text; equal texts are computed once."""
        unique = Unique.of(texts)
        tokens, lengths = self._tokenise(unique.texts)
        return encode_in_batches(
            unique,
            lengths,
            lambda rows: self._encode_batch([tokens[row] for row in rows]),
            Batching(_TOKENS_PER_BATCH, _TOKENS_PER_BATCH, self._workers),
            limit=self.max_tokens,
            dimension=self.dimension,
            progress=progress,
        )

    def token_counts(self, texts: Sequence[str]) -> Rows:
        """Return how many tokens each text has, uncut."""
        return self._tokenise(texts)[1]

    def _tokenise(self, texts: Sequence[str]) -> tuple[list[list[int]], Rows]:
        """Return the tokens that are read of each text, and how many it has."""
        with self._tokenising:
            tokens = [read.ids for read in self._tokenizer.encode_batch_fast(list(texts))]
            lengths = np.array([len(ids) for ids in tokens], dtype=np.int64)
            long = np.flatnonzero(lengths > self.max_tokens).tolist()
            if long:
                self._tokenizer.enable_truncation(self.max_tokens)
                cut = self._tokenizer.encode_batch_fast([texts[row] for row in long])
                self._tokenizer.no_truncation()
                for row, read in zip(long, cut, strict=True):
                    tokens[row] = read.ids
        return tokens, lengths

    def _encode_batch(self, rows: list[list[int]]) -> Vectors:
        longest = max(map(len, rows))
        tokens = np.zeros((len(rows), longest), dtype=np.int64)
        mask = np.zeros_like(tokens)
        for place, ids in enumerate(rows):
            tokens[place, : len(ids)] = ids
            mask[place, : len(ids)] = 1
        vectors: Vectors = self._session.run(None, {"input_ids": tokens, "attention_mask": mask})[0]
        return vectors


def twin_fingerprint(folder: Path, fingerprint: str) -> str:
    """Return the fingerprint of the int8 twin in the folder of a model with that fingerprint."""
    return _fingerprint(fingerprint, _read_twin(folder))


def _fingerprint(model: str, content: bytes) -> str:
    return hashlib.sha256(model.encode() + content).hexdigest()


def _read_twin(folder: Path) -> bytes:
    path = folder / INT8_FILE
    if not path.exists():
        raise ModelError(
            f"model {folder} has no {INT8_FILE}; make it with `tongwen model export-onnx --int8`"
        )
    return path.read_bytes()
