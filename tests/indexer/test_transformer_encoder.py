"""What a folder may say in unusual places, and what an encoder promises beside its vectors.

That vectors equal those of the model card's snippets is in test_encoder.py.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Normalize,
    Pooling,
    Transformer,
)
from transformers import AutoModel, AutoTokenizer

from indexer.errors import ModelError
from indexer.transformer_encoder import TransformerEncoder

LIMIT = 64
WORDS = ["银行卡", "丢了", "怎么办", "password", "How", "修改", "手机号", "？", "转账", "a1", " "]
Build = Callable[[Path, Path], None]


def _texts(count: int) -> list[str]:
    """Mixed lengths; a tenth are beyond the limit of the tiny model."""
    chance = random.Random(7)
    sizes = [chance.choice([1, 2, 4, 9, 18]) if n % 10 else 60 for n in range(count)]
    return ["问" + "".join(chance.choices(WORDS, k=size)) for size in sizes]


def _saved(plain: Path, folder: Path, *modules: torch.nn.Module) -> None:
    parts = [Transformer(str(plain)), *modules]
    SentenceTransformer(modules=parts, device="cpu").save(str(folder))


def _change(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def _dense(plain: Path, folder: Path) -> None:
    torch.manual_seed(3)
    _saved(plain, folder, Pooling(32, "mean"), Dense(32, 12), Normalize())


def _limited(plain: Path, folder: Path) -> None:
    _saved(plain, folder, Pooling(32, "mean"))
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 20}')


def _limited_in_an_old_file(plain: Path, folder: Path) -> None:
    _limited(plain, folder)
    old = folder / "sentence_bert_config.json"
    old.rename(folder / "sentence_roberta_config.json")


def _limited_in_processing(plain: Path, folder: Path) -> None:
    _saved(plain, folder, Pooling(32, "mean"))
    settings = {"processing_kwargs": {"text": {"max_length": 12, "truncation": True}}}
    (folder / "sentence_bert_config.json").write_text(json.dumps(settings))


def _prompted(plain: Path, folder: Path) -> None:
    _saved(plain, folder, Pooling(32, "mean", include_prompt=False))
    path = folder / "config_sentence_transformers.json"
    _change(path, prompts={"query": "查询: "}, default_prompt_name="query")


def _half(plain: Path, folder: Path) -> None:
    model = AutoModel.from_pretrained(plain, dtype=torch.float16)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(plain).save_pretrained(folder)


KINDS: dict[str, Build] = {
    "dense and normalize": _dense,
    "limit": _limited,
    "limit in an old file": _limited_in_an_old_file,
    "limit in processing": _limited_in_processing,
    "prompt": _prompted,
}


@pytest.fixture(scope="module")
def kinds(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("kinds")
    for name, build in KINDS.items():
        build(tiny_model, root / name)
    return {name: root / name for name in KINDS}


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _one_by_one(folder: Path, texts: list[str]) -> NDArray[np.float32]:
    """The transformers snippet of a model card, each text alone, so that nothing is padded."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    rows = []
    for text in texts:
        tokens = tokenizer(text, truncation=True, return_tensors="pt")
        with torch.no_grad():
            rows.append(model(**tokens)[0][0].mean(0).numpy())
    return _unit(np.stack(rows))


def _cosines(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    cosines: NDArray[np.float32] = (first * second).sum(axis=1)
    return cosines


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_those_of_sentence_transformers(kinds: dict[str, Path], kind: str) -> None:
    texts = _texts(300)
    found = TransformerEncoder.load(kinds[kind], "cpu").encode(texts).vectors
    model = SentenceTransformer(str(kinds[kind]), device="cpu", local_files_only=True)
    expected = _unit(model.encode(texts, show_progress_bar=False))
    assert found.dtype == np.float32
    assert np.abs(np.linalg.norm(found, axis=1) - 1).max() < 1e-6
    assert _cosines(found, expected).min() >= 0.99999


def test_half_precision_weights_are_computed_in_single_precision(
    tiny_model: Path, tmp_path: Path
) -> None:
    _half(tiny_model, tmp_path / "half")
    assert json.loads((tmp_path / "half" / "config.json").read_text())["dtype"] == "float16"
    texts = _texts(100)
    found = TransformerEncoder.load(tmp_path / "half", "cpu").encode(texts).vectors
    assert np.abs(found - _one_by_one(tmp_path / "half", texts)).max() < 2e-6


def test_a_text_has_the_same_vector_in_any_company_and_order(encoder: TransformerEncoder) -> None:
    texts = _texts(300)
    shuffled = texts + texts[:50]
    random.Random(2).shuffle(shuffled)
    alone = {text: encoder.encode([text]).vectors[0] for text in set(texts)}
    together = encoder.encode(shuffled).vectors
    expected = np.stack([alone[text] for text in shuffled])
    assert np.abs(together - expected).max() < 2e-6


def test_texts_over_the_limit_are_counted_with_their_copies(encoder: TransformerEncoder) -> None:
    # Each character is a token; two more open and close the text.
    fits, over = "卡" * (LIMIT - 2), "卡" * (LIMIT - 1)
    assert encoder.max_tokens == LIMIT
    assert encoder.token_counts([fits, over]).tolist() == [LIMIT, LIMIT + 1]
    assert encoder.encode([fits]).truncated == 0
    assert encoder.encode([over, fits, over + "卡", over]).truncated == 3
    assert np.array_equal(*encoder.encode([fits, over]).vectors)


def test_a_limit_of_the_folder_is_the_one_that_is_counted(kinds: dict[str, Path]) -> None:
    expected = {"limit": 20, "limit in an old file": 20, "limit in processing": 12}
    for kind, limit in expected.items():
        encoder = TransformerEncoder.load(kinds[kind], "cpu")
        assert encoder.max_tokens == limit, kind
        assert encoder.encode(["卡" * (limit - 2), "卡" * (limit - 1)]).truncated == 1, kind


def test_progress_rises_to_the_number_of_texts(encoder: TransformerEncoder) -> None:
    texts = _texts(400) + _texts(100)
    seen: list[tuple[int, int]] = []
    encoder.encode(texts, progress=lambda done, total: seen.append((done, total)))
    done = [number for number, _ in seen]
    assert len(seen) > 1
    assert done == sorted(set(done))
    assert seen[-1] == (len(texts), len(texts))
    assert {total for _, total in seen} == {len(texts)}


def test_what_the_files_say_is_shown(encoder: TransformerEncoder, kinds: dict[str, Path]) -> None:
    dense = TransformerEncoder.load(kinds["dense and normalize"], "cpu")
    assert (encoder.layers, encoder.width, encoder.dimension) == (2, 32, 32)
    assert (dense.layers, dense.width, dense.dimension) == (2, 32, 12)
    for one in (encoder, dense):
        files = Path(one.name).rglob("*.safetensors")
        assert one.parameters == sum(w.numel() for f in files for w in load_file(f).values())
    assert encoder.device == "cpu"


def test_an_unknown_device_is_refused(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="no device 'tpu'; choose auto, cpu or cuda"):
        TransformerEncoder.load(tiny_model, "tpu")


_WATCHED = """
import sys
asked = []
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        asked.append((event, args[1:]))
sys.addaudithook(watch)
from indexer.transformer_encoder import TransformerEncoder
for folder in sys.argv[1:]:
    assert len(TransformerEncoder.load(folder).encode(["银行卡丢了"]).vectors) == 1
assert not asked, asked
"""


def test_folders_are_loaded_without_network_and_without_a_word(
    tiny_model: Path, kinds: dict[str, Path]
) -> None:
    # In a process of its own: here the hub is switched off, which would prove nothing.
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    folders = [str(tiny_model), str(kinds["dense and normalize"])]
    ran = subprocess.run(
        [sys.executable, "-c", _WATCHED, *folders],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize("listed", [True, False], ids=["modules", "plain"])
def test_code_that_comes_with_a_model_is_not_run(
    tmp_path: Path, tiny_model: Path, listed: bool
) -> None:
    folder = tmp_path / "custom"
    _saved(tiny_model, folder, Pooling(32, "mean"))
    if not listed:
        (folder / "modules.json").unlink()
    mark = tmp_path / "ran"
    # Complete enough to load: what keeps it from running must be our refusal alone.
    (folder / "own.py").write_text(
        f"open({str(mark)!r}, 'w').close()\n"
        "from transformers import BertConfig\n"
        "class OwnConfig(BertConfig):\n    model_type = 'own'\n"
    )
    _change(folder / "config.json", auto_map={"AutoConfig": "own.OwnConfig"}, model_type="own")
    with pytest.raises(ModelError, match="cannot be loaded"):
        TransformerEncoder.load(folder, "cpu")
    assert not mark.exists()
