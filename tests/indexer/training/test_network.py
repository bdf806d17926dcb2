from __future__ import annotations

import numpy as np
import torch

from indexer.training.bag import Bag
from indexer.training.network import (
    Shape,
    deepen,
    drop_layers,
    new_network,
    sentence_vectors,
)
from indexer.training.tokens import Ragged

SHAPE = Shape(layers=2, width=32, inner=32, heads=2, ballast=8, positions=64)


def some_texts() -> Ragged:
    """Five texts of three to nine tokens, each begun by [CLS] as the tokenizer does."""
    chance = np.random.default_rng(1)
    rows = [np.r_[2, chance.integers(5, 60, n)] for n in (3, 9, 4, 7, 5)]
    return Ragged(np.concatenate(rows), np.cumsum([0, *(len(row) for row in rows)]))


def trained_bag() -> Bag:
    bag = Bag(60, SHAPE.meaning, seed=4)
    with torch.no_grad():
        # Norms as training leaves them: function words near zero, names far out.
        bag.pieces.weight *= torch.linspace(0.1, 3.0, 60)[:, None]
        bag.pieces.weight[:5] = 0
    return bag


def cosines(vectors: torch.Tensor) -> torch.Tensor:
    return vectors @ vectors.T


def test_a_new_network_says_what_its_bag_said_token_weights_included() -> None:
    bag = trained_bag()
    network = new_network(SHAPE, bag.pieces.weight.detach(), seed=1)
    with torch.no_grad():
        said = sentence_vectors(network, some_texts())
        expected = bag(some_texts())
    # The longest 0.1 % of the vectors are shortened; arithmetic is bfloat16.
    assert torch.allclose(cosines(said), cosines(expected), atol=0.03)
    assert float(said[:, SHAPE.meaning :].abs().max()) == 0


def test_a_deepened_network_says_the_same_and_dropping_layers_gives_the_old_one_back() -> None:
    network = new_network(SHAPE, trained_bag().pieces.weight.detach(), seed=1)
    with torch.no_grad():
        for parameter in network.encoder.layer.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
        said = sentence_vectors(network, some_texts())
        deeper = deepen(network, 4)
        shallow = drop_layers(deeper, 2)
        assert deeper.config.num_hidden_layers == 4
        assert torch.allclose(sentence_vectors(deeper, some_texts()), said, atol=0.02)
        assert torch.equal(sentence_vectors(shallow, some_texts()), said)


def test_sentence_vectors_do_not_depend_on_the_batches() -> None:
    network = new_network(SHAPE, trained_bag().pieces.weight.detach(), seed=1)
    with torch.no_grad():
        alone = sentence_vectors(network, some_texts(), budget=1)
        together = sentence_vectors(network, some_texts(), budget=10_000)
    assert torch.allclose(alone, together, atol=0.01)
