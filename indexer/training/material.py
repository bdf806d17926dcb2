"""What every stage of the road trains on, made once for a run and kept in its folder.

The tokenizer is trained on first use and read afterwards; the English side of the
translations is encoded once; all texts are tokenised once and known by number.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from tokenizers import Tokenizer
from transformers import BertModel

from indexer.models import locate, resolve
from indexer.training.adviser import advise_once
from indexer.training.alignment import align, spelled, translate_table
from indexer.training.corpora import (
    Limits,
    Pair,
    Translation,
    consistent,
    read_intents,
    read_lines,
    read_pairs,
    read_questions,
    read_translations,
)
from indexer.training.fit import Encode, Evaluate
from indexer.training.folder import load_network
from indexer.training.judged import read_judged
from indexer.training.mixture import Mixture
from indexer.training.neighbours import neighbours, side_by_side
from indexer.training.recipe import PairFile, Recipe, Stage
from indexer.training.teaching import encode_once
from indexer.training.tokenizer import SPECIAL, train_tokenizer
from indexer.training.tokens import tokenise
from indexer.training.ways import Ways, read_ways

Say = Callable[[str], None]

_ENGLISH_TOKENS = 128
_QUESTION_CHARACTERS = 60


@dataclass(frozen=True)
class EnglishEncoder:
    """The sentence encoder whose knowledge is handed over: a BERT that pools by the mean."""

    model: BertModel
    tokenizer: Tokenizer


@dataclass(frozen=True)
class Material:
    """What every stage trains on: texts by number, and the encoder's vectors of the English."""

    tokenizer: Tokenizer
    encoder: EnglishEncoder | None
    translations: list[Translation]
    lines: list[str]
    ways: list[Ways]
    mixture: Mixture
    targets: NDArray[np.float16]
    evaluate: Evaluate


def load_english(name: str) -> EnglishEncoder:
    """Load the encoder from a folder or the hub's cache."""
    folder = locate(resolve(name))
    return EnglishEncoder(load_network(folder), Tokenizer.from_file(str(folder / "tokenizer.json")))


def prepare_tokenizer(recipe: Recipe, data: Path, out: Path, say: Say) -> Tokenizer:
    """Return the run's tokenizer, trained on first use."""
    path = out / "tokenizer.json"
    if path.exists():
        return Tokenizer.from_file(str(path))
    say("training the tokenizer")
    plan, random = recipe.tokenizer, np.random.default_rng(recipe.seed)
    limits = Limits(plan.chinese_characters, plan.english_characters)
    rows = _translations(recipe, data, limits)
    texts = [row.chinese for row in rows]
    english = sorted({row.english for row in rows})
    chosen = random.permutation(len(english))[: plan.english_texts]
    texts += [english[i] for i in chosen] + _lines(recipe, data, plan.lines_limit)
    for pairs in recipe.pairs:
        if not pairs.keyed:  # else they are among the lines
            texts += sorted({text for pair in read_pairs(data / pairs.file) for text in pair[:2]})
    tokenizer = train_tokenizer(texts, plan.size)
    tokenizer.save(str(path))
    return tokenizer


def prepare_material(
    recipe: Recipe,
    data: Path,
    out: Path,
    tokenizer: Tokenizer,
    say: Say,
) -> Material:
    """Read and tokenise the training data, and have the English side encoded."""
    mixture = Mixture(tokenizer, recipe.sources.tokens)
    for pairs in recipe.pairs:
        mixture.add_pairs(
            pairs.name,
            consistent(_labelled(recipe, data, pairs)),
            positive_from=pairs.positive_from,
            per_step=pairs.per_step,
            weight=pairs.weight,
            judged=pairs.keyed,
        )
    mixture.add_intents([r for file in recipe.sources.intents for r in read_intents(data / file)])
    sources = recipe.sources
    ways = read_ways(Path(sources.ways)) if sources.ways else []
    mixture.add_ways(ways)
    rows = _translations(
        recipe, data, Limits(sources.chinese_characters, sources.english_characters)
    )
    # Without an English encoder the two sides are texts for the teacher, like any others.
    loose = [] if recipe.encoder else [text for row in rows for text in row]
    lines = _lines(recipe, data, sources.lines_limit) + loose
    mixture.add_lines(lines)
    encoder, targets = None, np.zeros((0, 0), np.float16)
    if recipe.encoder:
        encoder = load_english(recipe.encoder)
        english = sorted({row.english for row in rows})
        numbers = {text: number for number, text in enumerate(english)}
        mixture.add_translations(rows, np.array([numbers[row.english] for row in rows], np.int64))
        say(f"{recipe.encoder} encodes {len(english):,} English texts")
        texts = tokenise(encoder.tokenizer, english, _ENGLISH_TOKENS)
        mixture.add_questions(_questions(recipe, data, english))
        targets = encode_once(encoder.model, texts, out / "english")
    mixture.close()
    dev = {name: read_pairs(data / file) for name, file in recipe.dev.items()}
    evaluate = _evaluation(tokenizer, dev)
    return Material(tokenizer, encoder, rows, lines, ways, mixture, targets, evaluate)


def find_neighbours(
    recipe: Recipe, stage: Stage, parent: BertModel, material: Material, out: Path, say: Say
) -> None:
    """Give the mixture the neighbours of its lines and English questions, if the stage asks."""
    mixture, sizes = material.mixture, stage.schedule.sizes
    if sizes.neighbours:
        lines, numbers = material.lines, mixture.lines
        if stage.adviser_share:
            lines, numbers = _with_ways(lines, numbers, stage, material, recipe.seed)
        say(f"{stage.source} reads {len(lines):,} lines")
        vectors, reference = encode_once(parent, mixture.texts.take(numbers), out / "lines"), None
        if stage.adviser_share:
            say(f"the adviser reads {len(lines):,} lines")
            advice = advise_once(lines, out / "adviser")
            reference = side_by_side(vectors, advice, stage.adviser_share)
        mixture.neighbours = neighbours(lines, numbers, vectors, stage.lexical_share, reference)
    if sizes.questions and material.encoder:
        say(f"{recipe.encoder} reads {len(mixture.questions):,} questions")
        encoder = material.encoder
        texts = tokenise(encoder.tokenizer, mixture.questions, _ENGLISH_TOKENS)
        vectors = encode_once(encoder.model, texts, out / "english")
        mixture.english_neighbours = neighbours(
            mixture.questions, mixture.question_numbers, vectors, 0.0
        )


def _with_ways(
    lines: list[str], numbers: NDArray[np.int64], stage: Stage, material: Material, seed: int
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the lines with ways to ask and translations, each text once, and their numbers."""
    mixture, translations = material.mixture, material.translations
    drawn = np.random.default_rng(seed).permutation(len(translations))
    drawn = drawn[: stage.advised_translations]
    texts = lines + [text for way in material.ways for text in way.asked]
    texts += [translations[i].chinese for i in drawn] + [translations[i].english for i in drawn]
    sides = (mixture.chinese[drawn], mixture.english[drawn])
    numbers, first = np.unique(np.concatenate([numbers, mixture.asked, *sides]), return_index=True)
    return [texts[i] for i in first], numbers


def translated_pieces(
    recipe: Recipe, material: Material, encoder: EnglishEncoder, out: Path, say: Say
) -> NDArray[np.float32]:
    """Return a first vector for each piece [vocabulary, width], made on first use."""
    path = out / "pieces.npy"
    if path.exists():
        return np.asarray(np.load(path, allow_pickle=False))
    chosen = np.random.default_rng(recipe.seed).permutation(len(material.translations))
    rows = [material.translations[i] for i in chosen[: recipe.sources.aligned_limit]]
    say(f"aligning the words of {len(rows):,} translations")
    english = [row.english for row in rows]
    ours, theirs = material.tokenizer, encoder.tokenizer
    pieces = tokenise(ours, [row.chinese for row in rows] + english, recipe.sources.tokens)
    words = tokenise(theirs, english * 2, recipe.sources.tokens, special=False)
    table = encoder.model.embeddings.word_embeddings.weight.detach().cpu().numpy()
    shape = (ours.get_vocab_size(), len(table))
    numbers = ours.get_vocab()
    spelling = tokenise(theirs, sorted(numbers, key=numbers.__getitem__), 16, special=False)
    vectors = translate_table(align(pieces, words, shape), table, spelled(spelling, shape))
    for name in SPECIAL:
        vectors[ours.token_to_id(name)] = table[theirs.token_to_id(name)]
    np.save(path, vectors, allow_pickle=False)
    return vectors


def _labelled(recipe: Recipe, data: Path, pairs: PairFile) -> list[Pair]:
    if not pairs.keyed:
        return read_pairs(data / pairs.file)
    sources = recipe.sources
    lines = (line for file in sources.lines for line in read_lines(data / file))
    ways = read_ways(Path(sources.ways)) if sources.ways else []
    return read_judged(
        Path(pairs.file), itertools.chain(lines, (text for way in ways for text in way.asked))
    )


def _translations(recipe: Recipe, data: Path, limits: Limits) -> list[Translation]:
    rows = read_translations([data / file for file in recipe.sources.parallel], limits)
    return rows + read_translations([data / file for file in recipe.sources.glosses], None)


def _lines(recipe: Recipe, data: Path, most: int) -> list[str]:
    lines = [line for file in recipe.sources.lines for line in read_lines(data / file)]
    return [line for line in lines if line.strip()][:most]


def _questions(recipe: Recipe, data: Path, english: list[str]) -> list[str]:
    asked = [q for file in recipe.sources.questions for q in read_questions(data / file)]
    if recipe.sources.questions:
        asked += [text for text in english if text.endswith("?")]
    return [text for text in dict.fromkeys(asked) if 2 < len(text) <= _QUESTION_CHARACTERS]


def _evaluation(tokenizer: Tokenizer, dev: dict[str, list[Pair]], most: int = 2000) -> Evaluate:
    """Return a function from an encoder to Spearman x100 on the first pairs of each dev set."""
    sides = {
        name: (
            tokenise(tokenizer, [pair.first for pair in pairs[:most]], 128),
            tokenise(tokenizer, [pair.second for pair in pairs[:most]], 128),
            [pair.label for pair in pairs[:most]],
        )
        for name, pairs in dev.items()
    }

    def evaluate(encode: Encode) -> dict[str, float]:
        scores = {}
        for name, (first, second, labels) in sides.items():
            cosines = (encode(first) * encode(second)).sum(1).float().cpu().numpy()
            scores[name] = 100 * float(spearmanr(cosines, labels).statistic)
        return {**scores, "mean": float(np.mean(list(scores.values() or [0.0])))}

    return evaluate
