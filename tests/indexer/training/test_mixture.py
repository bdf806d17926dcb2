from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from indexer.training.corpora import Intent, Pair
from indexer.training.mixture import Mixture, Sizes
from indexer.training.neighbours import neighbours
from indexer.training.tokenizer import train_tokenizer
from indexer.training.tokens import Ragged

INTENTS = [Intent(f"{thing}{ask}", ask) for thing in "甲乙丙丁" for ask in ("怎么买", "能退吗")]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer([row.text for row in INTENTS] * 60, 300)


@pytest.fixture
def mixture(tokenizer: Tokenizer) -> Mixture:
    mixture = Mixture(tokenizer, 64)
    pairs = [Pair("甲怎么买", "乙怎么买", 1.0), Pair("甲能退吗", "乙怎么买", 0.0)]
    mixture.add_pairs("toy", pairs, positive_from=1, per_step=5)
    mixture.add_intents(INTENTS)
    mixture.add_lines(["丙能退吗", "丁能退吗", "戊怎么买"])
    mixture.close()
    return mixture


def test_a_draw_is_the_same_for_the_same_step_and_another_for_the_next(mixture: Mixture) -> None:
    sizes = Sizes(lines=8, intents=8, views=8)
    first, again, next_ = (mixture.draw(1, step, sizes) for step in (3, 3, 4))
    assert np.array_equal(first.asked, again.asked)
    assert np.array_equal(first.views[0].tokens, again.views[0].tokens)
    assert not np.array_equal(first.asked, next_.asked)


def test_two_texts_of_an_intent_are_drawn_together_and_counted_as_alike(mixture: Mixture) -> None:
    draw = mixture.draw(1, 1, Sizes(intents=40))
    assert np.array_equal(mixture.group[draw.asked], mixture.group[draw.meant])
    assert len(set(mixture.group[draw.asked])) == 2
    assert not np.array_equal(draw.asked, draw.meant)


def test_what_a_set_does_not_have_is_not_drawn(mixture: Mixture) -> None:
    draw = mixture.draw(1, 1, Sizes(translations=9))
    assert len(draw.translations) == len(draw.lines) == len(draw.views[0]) == 0
    assert [len(rows) for _, rows in draw.pairs] == [5]


def test_a_thinned_text_loses_tokens_but_never_its_order_nor_its_first_two() -> None:
    texts = Ragged(np.arange(100, 150), np.array([0, 1, 20, 50]))
    thin = texts.thinned(np.random.default_rng(1), 0.5)
    assert thin.lengths[0] == 1
    for row in range(3):
        kept = thin.tokens[thin.starts[row] : thin.starts[row + 1]]
        whole = texts.tokens[texts.starts[row] : texts.starts[row + 1]]
        assert list(kept) == [token for token in whole if token in kept]
        assert list(kept[:2]) == list(whole[:2])
    assert 15 < len(thin.tokens) < 38


def test_neighbours_are_asked_for_in_more_words_where_the_plan_has_them_spoken(
    mixture: Mixture,
) -> None:
    reference = np.eye(3, dtype=np.float16)
    texts = ["丙能退吗", "丁能退吗", "戊怎么买"]
    mixture.neighbours = neighbours(texts, mixture.lines, reference, 0.0)

    def asked(spoken: float) -> int:
        sizes = Sizes(neighbours=3, together=3, worn=0.0, spoken=spoken)
        return sum(len(mixture.draw(1, step, sizes).corners[0].worn.tokens) for step in range(20))

    assert asked(0.0) < asked(0.5) < asked(1.0)


def test_judgements_are_drawn_where_a_stage_asks_for_them(tokenizer: Tokenizer) -> None:
    mixture = Mixture(tokenizer, 64)
    pairs = [Pair("甲怎么买", "乙怎么买", 2.0), Pair("甲能退吗", "乙怎么买", 1.0)]
    mixture.add_pairs("toy", pairs, positive_from=2, per_step=5)
    mixture.add_pairs("judged", pairs, positive_from=2, per_step=0, judged=True)
    mixture.close()
    assert [s.name for s, _ in mixture.draw(1, 1, Sizes()).pairs] == ["toy"]
    drawn = mixture.draw(1, 1, Sizes(judged=7)).pairs
    assert [(s.name, len(rows)) for s, rows in drawn] == [("toy", 5), ("judged", 7)]
    alone = mixture.draw(1, 1, Sizes(pairs=0, judged=7)).pairs
    assert [s.name for s, _ in alone] == ["judged"]


def test_judgements_that_follow_each_other_are_drawn_together(tokenizer: Tokenizer) -> None:
    mixture = Mixture(tokenizer, 64)
    pairs = [Pair(f"甲{n // 4}怎么买", f"乙{n}怎么买", float(n % 3)) for n in range(40)]
    mixture.add_pairs("judged", pairs, positive_from=2, per_step=0, judged=True)
    mixture.close()
    ((_, rows),) = mixture.draw(1, 1, Sizes(judged=20, judged_in_a_row=5)).pairs
    runs = rows.reshape(4, 5)
    assert (np.diff(runs, axis=1) == 1).all()
    assert len(set(runs[:, 0].tolist())) > 1
    ((_, all_rows),) = mixture.draw(1, 1, Sizes(judged=80, judged_in_a_row=80)).pairs
    assert all_rows.tolist() == list(range(40))
