from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from indexer.training.slips import Slips

COMMON = [
    "退款的宽度",
    "密码号码麻烦",
    "账号帐号长涨",
    "开通快点",
    "是不是事情",
    "优惠券优惠卷",
] * 100


@pytest.fixture(scope="module")
def slips() -> Slips:
    return Slips([*COMMON, "馬"])


def test_the_wrong_character_sounds_like_the_right_one(slips: Slips) -> None:
    random = np.random.default_rng(1)
    made = Counter(slips.of("退款", random) for _ in range(400))
    assert made["退宽"] > 100
    assert set(made) == {"退宽", "款退", "款", "退退款", "退款"}  # 退 sounds like nothing here


def test_rare_characters_and_letters_stay(slips: Slips) -> None:
    random = np.random.default_rng(1)
    made = {slips.of("wifi麻", random) for _ in range(300)}
    assert "wifi码" in made and "wifi馬" not in made
    assert not any(one.endswith("码") and not one.startswith("wifi") for one in made)


@pytest.mark.parametrize("text", ["不是2号", "没有15元"])
def test_numbers_and_denials_stay(slips: Slips, text: str) -> None:
    random = np.random.default_rng(1)
    kept = [char for char in text if char in "不没0123456789"]
    for _ in range(300):
        assert [char for char in slips.of(text, random) if char in "不没0123456789"] == kept
