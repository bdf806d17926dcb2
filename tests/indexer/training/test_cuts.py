from __future__ import annotations

import numpy as np
from tokenizers import Tokenizer

from indexer.training.corpora import Pair
from indexer.training.cuts import cut
from indexer.training.mixture import Mixture
from indexer.training.tokenizer import train_tokenizer

TEXT = "忘记 密码，reset my password要怎么办wifi6"


def test_only_spaces_between_two_chinese_characters_are_added() -> None:
    random = np.random.default_rng(1)
    assert cut(TEXT, random, 0.0) == TEXT
    assert cut(TEXT, random, 1.0) == "忘 记 密 码，reset my password要 怎 么 办wifi6"
    assert cut("", random, 1.0) == ""
    some = {cut(TEXT, random, 0.5) for _ in range(60)}
    assert len(some) > 20
    assert {one.replace(" ", "") for one in some} == {TEXT.replace(" ", "")}


def test_a_cut_text_is_read_in_other_pieces_and_the_others_as_ever() -> None:
    tokenizer: Tokenizer = train_tokenizer(["忘记密码怎么办", "怎么付款"] * 60, 300)
    mixture = Mixture(tokenizer, 64)
    pairs = [Pair("忘记密码怎么办", "my password", 1.0), Pair("怎么付款", "pay", 1.0)]
    mixture.add_pairs("toy", pairs, positive_from=1, per_step=1)
    mixture.close()
    numbers = np.arange(4)
    whole = mixture.texts.take(numbers)

    def read(seed: int, share: float) -> list[int]:
        found = mixture.read(numbers, np.random.default_rng(seed), share)
        written = [tokenizer.id_to_token(int(token)) for token in found.tokens]
        assert "".join(written).count("忘记密码怎么办") == 1
        return list(found.lengths)

    assert read(1, 0.0) == list(whole.lengths)
    always, half = ([read(seed, share) for seed in range(40)] for share in (1.0, 0.5))
    longer = [sum(one[0] > whole.lengths[0] for one in several) for several in (always, half)]
    assert longer[0] > longer[1] > 0
    assert all(one[2:] == list(whole.lengths)[2:] for one in always)
