from __future__ import annotations

import numpy as np
import pytest

from indexer.training.spoken import spoken


@pytest.mark.parametrize("text", ["怎么修改绑定的手机号", "how do I cancel my order"])
def test_what_is_asked_stays_in_its_order_among_words_that_mean_nothing(text: str) -> None:
    random = np.random.default_rng(1)
    said = [spoken(text, random) for _ in range(200)]
    assert len(set(said)) > 50
    for one in said:
        rest = iter(one)
        assert all(character in rest for character in text)
    assert 1 < np.mean([len(one) - len(text) for one in said]) < 20


def test_each_language_is_dressed_in_its_own_words() -> None:
    random = np.random.default_rng(1)
    assert all(spoken("my fee", random).isascii() for _ in range(100))
    assert not any(c.isascii() and c.isalpha() for _ in range(100) for c in spoken("密码", random))
