"""What several packages' tests share: a tiny real model, and a home of their own."""

from __future__ import annotations

import os
from pathlib import Path

# Before anything imports torch or a tokenizer: two cores, and no hub.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "2")

import pytest

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_MARKS = "，。？！、；：“”（）?!.,;:'\"()-/<>*$[]"


def write_tiny_model(folder: Path, *, layers: int = 2, width: int = 32, seed: int = 0) -> Path:
    """Write a plain transformers BERT with random weights; it reads character by character.

    Random weights keep what a bag of characters knows: equal texts score 1, texts that share
    characters score higher than texts that don't.
    """
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    common = "".join(map(chr, range(0x4E00, 0x9FA6)))
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += [*_LETTERS, *(f"##{c}" for c in _LETTERS), *_MARKS, *common]
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(words))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=64,
    )
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=2 * width,
        max_position_embeddings=64,
        initializer_range=0.05,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    # What a text is made of must outweigh where it stands and what every text shares.
    torch.nn.init.normal_(model.embeddings.word_embeddings.weight)
    model.embeddings.word_embeddings.weight.data[:5].mul_(0.05)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny transformers model."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def home_folder(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder that does not exist yet; the settings point there and to the tiny model."""
    folder = tmp_path / "家 home"
    for name in [name for name in os.environ if name.startswith("TONGWEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TONGWEN_HOME", str(folder))
    monkeypatch.setenv("TONGWEN_MODEL", str(tiny_model))
    return folder
