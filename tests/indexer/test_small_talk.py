from __future__ import annotations

import pytest

from indexer.small_talk import without_small_talk
from store.text import normalise


@pytest.mark.parametrize(
    "asked, rest",
    [
        ("你好，请问一下银行卡丢了怎么办呀谢谢", "银行卡丢了怎么办呀"),
        ("您好，麻烦帮我看一下话费怎么查，谢谢", "话费怎么查"),
        ("喂，你好，我想问一下呃密码忘了", "密码忘了"),
        ("Hi there, can you please tell me how do I pay, thanks a lot", "how do i pay"),
        ("I'd like to know the fee", "the fee"),
    ],
)
def test_greetings_thanks_and_hesitations_go(asked: str, rest: str) -> None:
    left = without_small_talk(normalise(asked))
    assert "".join(c for c in left if c.isalnum()) == rest.replace(" ", "")


@pytest.mark.parametrize("asked", ["谢谢", "hello", "你好", "please"])
def test_of_nothing_else_it_stays(asked: str) -> None:
    assert without_small_talk(asked) == asked


@pytest.mark.parametrize(
    "asked",
    [
        "喂奶期间能献血吗", "办理手续太麻烦怎么简化", "感冒药几点送到", "帮助中心在哪里",
        "申请问题怎么解决", "来电免打扰怎么开", "给你好评有红包吗", "在线等级怎么升",
        "快递在不在驿站", "现在吗",
        "which hide settings are there", "thirty days trial", "绑定的手机号能改吗",
    ],
)  # fmt: skip
def test_what_is_asked_stays(asked: str) -> None:
    assert without_small_talk(asked) == asked
