from __future__ import annotations

import itertools

import numpy as np
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from indexer.training.alignment import align, spelled, translate_table
from indexer.training.tokens import Ragged


def ragged(*rows: list[int]) -> Ragged:
    tokens = np.array([token for row in rows for token in row], dtype=np.int64)
    return Ragged(tokens, np.cumsum([0, *map(len, rows)]))


def slowly(
    pieces: list[list[int]], words: list[list[int]], rounds: int
) -> dict[int, dict[int, float]]:
    """IBM Model 1 word for word, from the paper's counts."""
    chance = {(p, w): 1.0 for ps, ws in zip(pieces, words, strict=True) for p in ps for w in ws}
    for _ in range(rounds):
        counts = dict.fromkeys(chance, 0.0)
        for ps, ws in zip(pieces, words, strict=True):
            for w in ws:
                total = sum(chance[p, w] for p in ps)
                for p in ps:
                    counts[p, w] += chance[p, w] / total
        totals = {p: sum(n for (q, _), n in counts.items() if q == p) for p, _ in chance}
        chance = {(p, w): n / totals[p] for (p, w), n in counts.items()}
    return {p: {w: n for (q, w), n in chance.items() if q == p} for p, _ in chance}


def test_alignment_equals_the_paper_s_counts_one_by_one() -> None:
    random = np.random.default_rng(2)
    pieces = [list(random.integers(0, 6, n)) for n in (2, 3, 1, 4, 3, 2)]
    words = [list(random.integers(0, 7, n)) for n in (3, 2, 2, 3, 1, 4)]
    found = align(ragged(*pieces), ragged(*words), (6, 7)).toarray()
    expected = slowly(pieces, words, rounds=5)
    for piece, word in itertools.product(range(6), range(7)):
        chance = expected.get(piece, {}).get(word, 0.0)
        assert_allclose(found[piece, word], chance if chance > 0.02 else 0.0, atol=1e-9)


def test_a_piece_takes_the_meaning_of_its_word_and_an_unseen_one_that_of_its_spelling() -> None:
    table = np.array([[3.0, 0.0], [0.0, 1.0], [0.0, 2.0]], dtype=np.float32)
    chances = csr_array(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.5, 0.5, 0.0]]))
    spelling = spelled(ragged([1], [1, 2], [2]), (3, 3))
    first, second, third = translate_table(chances, table, spelling)
    assert_allclose(first, [3, 0])
    assert_allclose(second, [0, 1.5])
    # The mean of two directions, as long as its words are on average.
    assert_allclose(third, np.array([1.5, 0.5]) / np.hypot(1.5, 0.5) * 2.0, rtol=1e-6)
