from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.training.adviser import advise_once
from indexer.training.material import find_neighbours, prepare_material, prepare_tokenizer
from indexer.training.neighbours import side_by_side
from indexer.training.network import bert, transplant
from indexer.training.recipe import read_recipe
from indexer.training.tokens import tokenise

ASKED = "银行卡丢了怎么办"


def test_the_adviser_reads_both_languages(tmp_path: Path) -> None:
    vectors = advise_once(
        [ASKED, "银行卡如何挂失", "I lost my bank card", "今天天气真好"], tmp_path
    )
    same, english, other = (vectors[1:] @ vectors[0]).astype(float)
    assert np.allclose(np.linalg.norm(vectors.astype(float), axis=1), 1, atol=2e-3)
    assert same > other + 0.2
    assert english > other + 0.2


def test_what_it_said_is_kept_for_the_next_run(tmp_path: Path) -> None:
    first = advise_once([ASKED], tmp_path)
    (kept,) = tmp_path.iterdir()
    np.save(kept, -first)
    assert np.array_equal(advise_once([ASKED], tmp_path), -first)
    assert not np.array_equal(advise_once([ASKED + "？"], tmp_path), -first)


def test_a_cosine_beside_each_other_is_the_weighted_sum_of_both() -> None:
    random = np.random.default_rng(1)
    first, second = (random.normal(size=(5, width)) for width in (8, 3))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    both = side_by_side(first.astype(np.float16), second.astype(np.float16), 0.3).astype(float)
    wanted = 0.7 * first @ first.T + 0.3 * second @ second.T
    assert both @ both.T == pytest.approx(wanted, abs=2e-3)


def test_neighbours_of_an_advised_stage_are_lines_ways_and_translations(
    tmp_path: Path, recipe_file: Path, corpus: Path
) -> None:
    recipe = read_recipe(recipe_file)
    stage = replace(recipe.stages[-1], adviser_share=0.4, advised_translations=5)
    tokenizer = prepare_tokenizer(recipe, corpus, tmp_path, str)
    material = prepare_material(recipe, corpus, tmp_path, tokenizer, str)
    assert material.encoder
    pieces = bert(material.encoder.model.config).embeddings.word_embeddings.weight
    model = transplant(material.encoder.model, pieces[: tokenizer.get_vocab_size()], 64)
    find_neighbours(recipe, stage, model, material, tmp_path, str)
    found = material.mixture.neighbours
    assert found
    assert len(set(found.texts)) == len(found.texts) == len(found.numbers)
    expected = set(material.lines) | {text for way in material.ways for text in way.asked}
    translated = {text for row in material.translations for text in row}
    assert expected < set(found.texts) <= expected | translated
    read = tokenise(tokenizer, list(found.texts), recipe.sources.tokens)
    assert np.array_equal(read.tokens, material.mixture.texts.take(found.numbers).tokens)
    advice = advise_once(found.texts, tmp_path / "again")
    assert np.allclose(found.reference[:, -512:], advice * 0.4**0.5, atol=2e-3)
