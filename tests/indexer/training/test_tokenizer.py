from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from indexer.training.tokenizer import train_tokenizer

THINGS = ("银行卡", "密码", "繁体中文")
ASKS = ("怎么办", "丢了", "在哪里")
TEXTS = [thing + ask for thing in THINGS for ask in ASKS] * 40
TEXTS += ["how do i reset my password", "full width abc"] * 40


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(TEXTS, 330)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("銀行卡丟了", "银行卡丢了"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("How Do I RESET", "how do i reset"),
        ("  密码\t在哪里 ", "密码 在哪里"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_script_width_case_and_space_are_folded(
    tokenizer: Tokenizer, written: str, plain: str
) -> None:
    assert tokenizer.encode(written).ids == tokenizer.encode(plain).ids


def test_an_unknown_character_becomes_its_bytes_and_never_unknown(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.encode("密码😀").tokens
    assert tokens[-4:] == ["<0xF0>", "<0x9F>", "<0x98>", "<0x80>"]
    assert "[UNK]" not in tokens


def test_a_text_begins_with_cls_and_padding_is_number_zero(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("密码").tokens[0] == "[CLS]"
    assert tokenizer.token_to_id("[PAD]") == 0
    assert 261 < tokenizer.get_vocab_size() <= 330
