from __future__ import annotations

import numpy as np

from indexer.hit_test import Prepared
from indexer.remembering import Remembering


def test_a_text_is_encoded_once_while_it_is_remembered(hash_encoder):
    inner = hash_encoder()
    encoder = Remembering(inner, capacity=2)
    first = encoder.encode(["甲", "乙", "甲"]).vectors
    assert inner.seen == ["甲", "乙"]
    assert np.array_equal(encoder.encode(["乙", "甲"]).vectors, first[[1, 0]])
    assert inner.seen == ["甲", "乙"]
    encoder.encode(["丙"])
    encoder.encode(["甲"])
    assert inner.seen == ["甲", "乙", "丙"]
    encoder.encode(["乙"])
    assert inner.seen == ["甲", "乙", "丙", "乙"]
    assert np.array_equal(first, hash_encoder().encode(["甲", "乙", "甲"]).vectors)
    assert encoder.fingerprint == inner.fingerprint
    assert encoder.encode([]).vectors.shape == (0, 16)


def test_prepared_texts_are_encoded_again_only_when_they_are_timed(hash_encoder):
    inner = hash_encoder()
    encoder = Prepared(inner, ["甲", "乙"])
    known = encoder.encode(["乙"]).vectors
    assert inner.seen == ["甲", "乙"]
    encoder.live = True
    assert np.array_equal(encoder.encode(["乙"]).vectors, known)
    assert inner.seen == ["甲", "乙", "乙"]
    encoder.live = False
    encoder.encode(["丙"])
    assert inner.seen[-1] == "丙"
