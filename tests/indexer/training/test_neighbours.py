from __future__ import annotations

import numpy as np
import pytest

from indexer.training.neighbours import Neighbours, mistyped, neighbours

TEXTS = [
    f"{thing}{ask}{n}" for thing in ("退款", "流量") for ask in ("怎么", "能") for n in range(60)
]


@pytest.fixture(scope="module")
def lines() -> Neighbours:
    about = np.array([[1.0, 0.1] if text.startswith("退") else [0.1, 1.0] for text in TEXTS])
    about /= np.linalg.norm(about, axis=1, keepdims=True)
    return neighbours(TEXTS, np.arange(len(TEXTS)) + 7, about.astype(np.float16), 0.5)


def test_lines_of_a_corner_mean_alike(lines: Neighbours) -> None:
    for place in range(5):
        drawn = lines.draw(np.random.default_rng(place), 10, 10)
        assert len(drawn) == len(set(drawn)) == 10
        assert len({lines.texts[i][:2] for i in drawn}) == 1


def test_texts_numbers_and_vectors_stay_together(lines: Neighbours) -> None:
    for text, number, vector in zip(lines.texts, lines.numbers, lines.reference, strict=True):
        assert TEXTS[number - 7] == text
        assert (vector[0] > vector[1]) == text.startswith("退")


def test_likeness_is_half_of_meaning_and_half_of_shared_characters(lines: Neighbours) -> None:
    places = np.array([0, 3, len(TEXTS) - 1])
    found = lines.likeness(places)
    assert np.allclose(np.diag(found), 1, atol=2e-3)
    frequency = {c: sum(c in text for text in TEXTS) for c in "".join(TEXTS)}

    def weights(text: str) -> dict[str, float]:
        rare = {c: 1 + np.log((1 + len(TEXTS)) / (1 + frequency[c])) for c in text}
        return {c: (1 + np.log(text.count(c))) * rare[c] for c in text}

    one, other = (weights(lines.texts[i]) for i in (0, len(TEXTS) - 1))
    norms = [np.sqrt(sum(w * w for w in ws.values())) for ws in (one, other)]
    shared = sum(one[c] * other.get(c, 0) for c in one) / norms[0] / norms[1]
    meant = lines.reference[0].astype(float) @ lines.reference[-1].astype(float)
    assert found[0, 2] == pytest.approx(0.5 * shared + 0.5 * meant, abs=2e-3)


def test_a_slip_of_the_finger_changes_one_letter_of_a_long_word_and_nothing_else() -> None:
    random = np.random.default_rng(2)
    slips = {mistyped("my password 密码密码 fee", random, 1.0) for _ in range(40)}
    assert len(slips) > 10
    for slip in slips:
        my, word, chinese, fee = slip.split(" ")
        assert (my, chinese, fee) == ("my", "密码密码", "fee")
        assert word != "password" or "ss" in "password"
        assert abs(len(word) - len("password")) <= 1
    assert mistyped("my password", random, 0.0) == "my password"
