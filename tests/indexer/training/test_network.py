from __future__ import annotations

import numpy as np
import torch
from torch.testing import assert_close
from transformers import BertConfig, BertModel

from indexer.training.network import average_in, bert, sentence_vectors, shrink, transplant
from indexer.training.tokens import Ragged


def encoder(layers: int = 3) -> BertModel:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=90,
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=64,
        initializer_range=0.3,
    )
    return bert(config).eval()


def some_texts() -> Ragged:
    """Five texts of three to nine tokens."""
    chance = np.random.default_rng(1)
    rows = [np.r_[2, chance.integers(5, 60, n)] for n in (3, 9, 4, 7, 5)]
    return Ragged(np.concatenate(rows), np.cumsum([0, *(len(row) for row in rows)]))


def renumbered(texts: Ragged, order: torch.Tensor) -> Ragged:
    return Ragged(order.numpy()[texts.tokens], texts.starts)


def test_a_transplant_with_the_same_words_under_other_numbers_says_the_same() -> None:
    model = encoder()
    order = torch.randperm(60, generator=torch.Generator().manual_seed(3))
    pieces = model.embeddings.word_embeddings.weight.detach()[order]
    grafted = transplant(model, pieces, positions=32)
    back = order.argsort()
    back[0] = 0  # padding keeps its number
    texts = some_texts()
    usable = Ragged(np.where(back.numpy()[texts.tokens] == 0, 7, texts.tokens), texts.starts)
    with torch.no_grad():
        said = sentence_vectors(grafted, renumbered(usable, back))
        assert_close(said, sentence_vectors(model, usable), atol=0.01, rtol=0)
    assert grafted.config.max_position_embeddings == 32


def test_shrinking_keeps_every_nth_layer_and_the_last() -> None:
    model = encoder(layers=6)
    small = shrink(model, 4)
    assert small.config.num_hidden_layers == 4
    for place, source in enumerate((0, 2, 3, 5)):
        assert_close(
            small.encoder.layer[place].state_dict(), model.encoder.layer[source].state_dict()
        )


def test_shrinking_drops_the_inner_units_that_do_least() -> None:
    model = encoder()
    with torch.no_grad():
        for layer in model.encoder.layer:
            layer.output.dense.weight[:, 5:40:7] = 0.0
            layer.intermediate.dense.weight[5:40:7] *= 3.0
        small = shrink(model, 3, inner=43).eval()
        assert small.encoder.layer[0].intermediate.dense.weight.shape == (43, 32)
        said = sentence_vectors(small, some_texts())
        assert_close(said, sentence_vectors(model, some_texts()), atol=0.01, rtol=0)


def test_sentence_vectors_do_not_depend_on_the_batches() -> None:
    model = encoder()
    with torch.no_grad():
        alone = sentence_vectors(model, some_texts(), budget=1)
        together = sentence_vectors(model, some_texts(), budget=10_000)
    assert_close(alone, together, atol=0.01, rtol=0)


def test_averaging_in_goes_a_share_of_the_way_back() -> None:
    before, model = encoder(), encoder()
    with torch.no_grad():
        for weights in model.parameters():
            weights += 1
    average_in(model, before, 0.25)
    for old, new in zip(before.parameters(), model.parameters(), strict=True):
        assert_close(new, old + 0.75)
