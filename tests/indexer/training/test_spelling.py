from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from transformers import BertConfig

from indexer.training.network import bert
from indexer.training.spelling import spell, spelling

VOCABULARY = {"[PAD]": 0, "退款": 1, "退货": 2, "流量": 3, "refund": 4, "款": 5}


def test_pieces_are_alike_by_their_rare_characters() -> None:
    lines = ["退款"] * 3 + ["款"] * 900 + ["x"] * 97
    found = spelling(VOCABULARY, lines, 4000, seed=1)
    assert not found[0].any()
    assert not found[4].any()
    # 退 is in 3 of 1,000 lines, 款 in 903.
    rare, common = (math.log(1001 / (1 + n)) / 9 for n in (3, 903))
    assert np.linalg.norm(found[5]) == pytest.approx(common, rel=0.1)
    assert np.linalg.norm(found[1] - found[5]) == pytest.approx(rare, rel=0.1)
    cosines = found @ found.T / np.linalg.norm(found, axis=1).clip(1e-9)[:, None]
    assert cosines[1, 2] / np.linalg.norm(found[2]) > 0.4
    assert abs(cosines[1, 3] / np.linalg.norm(found[3])) < 0.1
    assert np.array_equal(
        found, spelling(VOCABULARY, ["退款"] * 3 + ["款"] * 900 + ["x"] * 97, 4000, 1)
    )


def test_spelled_pieces_keep_their_meaning_beside() -> None:
    model = bert(
        BertConfig(
            vocab_size=6,
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=8,
        )
    )
    before = model.embeddings.word_embeddings.weight.detach().clone()
    spellings = spelling(VOCABULARY, ["退款"], 32, 1)
    spell(model, spellings, 0.5)
    after = model.embeddings.word_embeddings.weight.detach()
    added = 0.5 * before.norm(dim=1).mean() * torch.from_numpy(spellings)
    assert torch.allclose(after, before + added)
    assert torch.equal(after[4], before[4])
