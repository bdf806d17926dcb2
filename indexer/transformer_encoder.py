"""Encoding with a sentence-transformers or plain transformers model from a folder.

A plain folder gets mean pooling over the attention mask. Vectors equal those of the two
snippets of a model card: batching by length changes only the padding. No code of a model is
run, no pickle is read, and a folder or a cached model never touches the network.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Said explicitly, the tokenizers neither guess nor warn when the process forks later.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers.utils import logging

from indexer import models
from indexer.batching import Batching, Unique, encode_in_batches
from indexer.encoder import Encoded, Progress, Vectors
from indexer.errors import ModelError
from indexer.model_files import ModelFiles, read_model_files
from indexer.token_states import TokenStates, spans_of

_TEXTS_PER_TOKENISING = 10_000
_GPU = Batching(tokens=65_536, texts=2_048)
# A batch for each core: the caches hold what a layer works out for it, and cores that share one
# mostly wait for each other, on a busy machine for ten times the work.
_TOKENS_PER_CORE, _TEXTS_PER_CORE = 512, 64


class TransformerEncoder:
    """A loaded model; any number of threads may encode with it."""

    def __init__(self, model: SentenceTransformer, files: ModelFiles, name: str) -> None:
        self.name = name
        self.fingerprint = files.fingerprint
        self.layers = files.layers
        self.width = files.width
        self.parameters = files.parameters
        self.device = str(model.device.type)
        self.dimension = int(model.get_embedding_dimension() or files.width)
        self.max_tokens = int(files.max_tokens or model.max_seq_length or 0)
        self._prompt = files.prompt
        self._model = model.eval()
        cores = torch.get_num_threads()
        self._batching = (
            _GPU if self.device == "cuda" else Batching(_TOKENS_PER_CORE, _TEXTS_PER_CORE, cores)
        )
        # A fast tokenizer keeps its truncation settings in itself, and fails when two threads
        # set them at once ("Already borrowed").
        self._tokenising = threading.Lock()

    @classmethod
    def load(cls, source: str | Path, device: str = "auto") -> TransformerEncoder:
        """Load by folder, preset or hub name; `device` is auto, cpu or cuda."""
        found = models.resolve(source) if isinstance(source, str) else source
        files = read_model_files(models.locate(found))
        place = _device(device)
        try:
            with _quiet():
                model = _load(files, place)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ModelError(f"model {files.folder} cannot be loaded ({reason})") from error
        return cls(model, files, models.name_of(found))

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoded:
        """Return a unit vector for each text; equal texts are computed once."""
        unique = Unique.of(texts)
        return encode_in_batches(
            unique,
            self.token_counts(unique.texts),
            lambda rows: self._encode_batch([unique.texts[row] for row in rows]),
            self._batching,
            limit=self.max_tokens,
            dimension=self.dimension,
            progress=progress,
        )

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return how many tokens each text has, uncut."""
        lengths: list[int] = []
        for start in range(0, len(texts), _TEXTS_PER_TOKENISING):
            chunk = [self._prompt + text for text in texts[start : start + _TEXTS_PER_TOKENISING]]
            with self._tokenising:
                read = self._model.tokenizer(
                    chunk,
                    truncation=False,
                    return_attention_mask=False,
                    return_token_type_ids=False,
                    verbose=False,
                )
            lengths += map(len, read["input_ids"])
        return np.array(lengths, dtype=np.int64)

    def token_states(self, texts: Sequence[str]) -> list[TokenStates | None]:
        """Return the states behind the vector of each text; None where it is not their mean."""
        with torch.inference_mode():
            with self._tokenising:
                features: dict[str, Any] = self._model.preprocess(list(texts), self._prompt or None)
                masks = features["attention_mask"].bool().cpu()
                ids = [
                    row[mask].tolist()
                    for row, mask in zip(features["input_ids"], masks, strict=True)
                ]
                spans = [self._offsets(text, row) for text, row in zip(texts, ids, strict=True)]
            for key, value in features.items():
                if isinstance(value, torch.Tensor):
                    features[key] = value.to(self.device)
            with _one_thread():
                output = self._model(features)
            units = torch.nn.functional.normalize(output["sentence_embedding"].float(), dim=1)
            states = output["token_embeddings"].float().cpu()
        return [
            _states(text, states[row][masks[row]].numpy(), spans[row], units[row].cpu().numpy())
            for row, text in enumerate(texts)
        ]

    def _offsets(self, text: str, ids: list[int]) -> tuple[tuple[int, int], ...] | None:
        """Return the span of each token; the model's own reading may strip the text."""
        for start in (0, len(text) - len(text.lstrip())):
            part = text.strip() if start else text
            read = self._model.tokenizer(
                self._prompt + part,
                truncation=True,
                max_length=self.max_tokens or None,
                return_offsets_mapping=True,
                verbose=False,
            )
            if read["input_ids"] == ids:
                return spans_of(read["offset_mapping"], len(self._prompt) - start, len(text))
        return None

    def _encode_batch(self, texts: list[str]) -> Vectors:
        with torch.inference_mode():
            with self._tokenising:
                features: dict[str, Any] = self._model.preprocess(texts, self._prompt or None)
            for key, value in features.items():
                if isinstance(value, torch.Tensor):
                    features[key] = value.to(self.device)
            with _one_thread():
                output = self._model(features)["sentence_embedding"]
            unit = torch.nn.functional.normalize(output.float(), p=2, dim=1)
            vectors: Vectors = unit.cpu().numpy()
        if not np.isfinite(vectors).all():
            raise ModelError(
                f"model {self.name} gave a vector that is not a number; its files"
                " are damaged, copy them again"
            )
        return vectors


def _states(
    text: str, states: Vectors, spans: tuple[tuple[int, int], ...] | None, unit: Vectors
) -> TokenStates | None:
    if spans is None or len(spans) != len(states):
        return None
    found = TokenStates(text, states, spans)
    return found if found.mean_is(unit) else None


def _device(asked: str) -> str:
    if asked not in ("auto", "cpu", "cuda"):
        raise ModelError(f"no device {asked!r}; choose auto, cpu or cuda")
    if asked == "cuda" and not torch.cuda.is_available():
        raise ModelError("no CUDA device on this machine; choose auto or cpu")
    return "cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu"


def _load(files: ModelFiles, device: str) -> SentenceTransformer:
    """Build the modules; half precision weights are computed in float32 all the same."""
    hub: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    weights: dict[str, Any] = {"use_safetensors": True, "dtype": torch.float32}
    folder = str(files.folder)
    if files.has_modules:
        model = SentenceTransformer(folder, device=device, model_kwargs=weights, **hub)
    else:
        transformer = Transformer(
            folder, model_kwargs=hub | weights, processor_kwargs=dict(hub), config_kwargs=dict(hub)
        )
        pooling = Pooling(transformer.get_embedding_dimension(), "mean")
        model = SentenceTransformer(modules=[transformer, pooling], device=device, **hub)
    if files.max_tokens:
        model.max_seq_length = files.max_tokens
    return model


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in the calling thread alone; the setting is that thread's own."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' progress bars and notes about unused weights off the terminal."""
    transformers_logging: Any = logging  # untyped
    level = transformers_logging.get_verbosity()
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()
