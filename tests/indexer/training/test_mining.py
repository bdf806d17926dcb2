from __future__ import annotations

import numpy as np
from tokenizers import Tokenizer
from transformers import BertConfig

from indexer.training.corpora import Pair
from indexer.training.mining import mine
from indexer.training.mixture import Mixture, Sizes
from indexer.training.network import bert, sentence_vectors
from indexer.training.tokenizer import train_tokenizer


def mixture_of(tokenizer: Tokenizer, texts: list[str]) -> Mixture:
    mixture = Mixture(tokenizer, 32)
    pairs = [Pair(text, f"请问{text}", 1.0) for text in texts]
    mixture.add_pairs("toy", pairs, positive_from=1, per_step=6)
    mixture.close()
    return mixture


def test_mined_texts_are_the_nearest_of_other_groups_without_the_very_nearest() -> None:
    texts = [f"{what}{how}" for what in "卡单票号码宽网账" for how in ("怎么办", "丢了", "在哪查")]
    tokenizer = train_tokenizer([*texts, *(f"请问{text}" for text in texts)] * 20, 330)
    mixture = mixture_of(tokenizer, texts)
    model = bert(
        BertConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
        )
    ).train(False)
    mined = mine(model, mixture, 1, nearest=2, furthest=5)
    vectors = sentence_vectors(model, mixture.texts).detach().bfloat16()
    scores = (vectors @ vectors.T).float().numpy()
    scores[mixture.group[:, None] == mixture.group[None, :]] = -2
    for row in np.unique(mixture.sets[0].first):
        ranked = np.sort(scores[row])[::-1]
        assert np.allclose(np.sort(scores[row, mined[row]])[::-1], ranked[2:5], atol=0.01)
        assert not np.isin(mixture.group[mined[row]], mixture.group[row]).any()
    assert set(mined[np.unique(mixture.sets[0].second)].flatten()) == {-1}
    mixture.mined = mined
    drawn = mixture.draw(1, 1, Sizes(hard=2)).hard
    asked = mixture.sets[0].first[mixture.draw(1, 1, Sizes(hard=2)).pairs[0][1]]
    assert len(drawn) == 12
    assert np.isin(drawn.reshape(6, 2), mined[asked]).all()
