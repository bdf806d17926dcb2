"""What every stage of the road trains on, made once for a run and kept in its folder.

The tokenizer is trained on first use and read afterwards; the English side of the
translations is encoded once; all texts are tokenised once and known by number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from tokenizers import Tokenizer

from indexer.encoder import Encoder
from indexer.training.bag import principal_axes
from indexer.training.corpora import (
    Limits,
    Pair,
    Translation,
    consistent,
    read_lines,
    read_pairs,
    read_translations,
)
from indexer.training.crosslingual import encode_english
from indexer.training.fit import Encode, Evaluate
from indexer.training.mixture import Mixture
from indexer.training.recipe import Recipe
from indexer.training.tokenizer import train_tokenizer
from indexer.training.tokens import tokenise

Say = Callable[[str], None]
LoadEncoder = Callable[[str], Encoder]


@dataclass(frozen=True)
class Material:
    """What every stage trains on: texts by number, and the teacher's vectors of the English."""

    tokenizer: Tokenizer
    mixture: Mixture
    targets: NDArray[np.float16]
    evaluate: Evaluate


def prepare_tokenizer(recipe: Recipe, data: Path, out: Path, say: Say) -> Tokenizer:
    """Return the run's tokenizer, trained on first use."""
    path = out / "tokenizer.json"
    if path.exists():
        return Tokenizer.from_file(str(path))
    say("training the tokenizer")
    random = np.random.default_rng(recipe.seed)
    rows = _translations(recipe, data)
    texts = [row.chinese for row in rows]
    english = sorted({row.english for row in rows})
    chosen = random.permutation(len(english))[: recipe.tokenizer.english_texts]
    texts += [english[i] for i in chosen] + _lines(recipe, data)
    for pairs in recipe.pairs:
        texts += {text for pair in read_pairs(data / pairs.file) for text in pair[:2]}
    tokenizer = train_tokenizer(texts, recipe.tokenizer.size)
    tokenizer.save(str(path))
    return tokenizer


def prepare_material(
    recipe: Recipe,
    data: Path,
    out: Path,
    tokenizer: Tokenizer,
    load_encoder: LoadEncoder,
    say: Say,
) -> Material:
    """Read and tokenise the training data, and have the English side encoded."""
    mixture = Mixture(tokenizer, recipe.sources.tokens)
    for pairs in recipe.pairs:
        mixture.add_pairs(
            pairs.name,
            consistent(read_pairs(data / pairs.file)),
            positive_from=pairs.positive_from,
            per_step=pairs.per_step,
        )
    rows = _translations(recipe, data)
    english = sorted({row.english for row in rows})
    numbers = {text: number for number, text in enumerate(english)}
    mixture.add_translations(rows, np.array([numbers[row.english] for row in rows], dtype=np.int64))
    mixture.add_lines(_lines(recipe, data))
    mixture.close()
    targets = np.zeros((0, recipe.shape.meaning), dtype=np.float16)
    if english:
        say(f"encoding {len(english):,} English texts with {recipe.encoder}")
        vectors = encode_english(load_encoder(recipe.encoder), english, out / "english")
        targets = (vectors @ principal_axes(vectors, recipe.shape.meaning)).astype(np.float16)
    dev = {name: read_pairs(data / file) for name, file in recipe.dev.items()}
    return Material(tokenizer, mixture, targets, _evaluation(tokenizer, dev))


def _translations(recipe: Recipe, data: Path) -> list[Translation]:
    sources = recipe.sources
    limits = Limits(sources.chinese_characters, sources.english_characters)
    rows = read_translations([data / file for file in sources.parallel], limits)
    return rows + read_translations([data / file for file in sources.glosses], None)


def _lines(recipe: Recipe, data: Path) -> list[str]:
    lines = [line for file in recipe.sources.lines for line in read_lines(data / file)]
    return [line for line in lines if line.strip()][: recipe.sources.lines_limit]


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
