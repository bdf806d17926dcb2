"""The whole road, stage by stage: each leaves a folder that loads as a model.

A stage that is finished is not run again; one that was broken off goes on from its last
checkpoint. So the same command, given again, continues.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from scipy.stats import spearmanr
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from indexer.encoder import Encoder, Progress
from indexer.errors import TrainingError
from indexer.training.bag import Bag, principal_axes
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
from indexer.training.curve import draw_curve
from indexer.training.fit import Encode, Evaluate, Trainer
from indexer.training.folder import CHECKSUMS, finish_folder, load_network, save_model
from indexer.training.mixture import Mixture
from indexer.training.network import (
    deepen,
    drop_layers,
    new_network,
    sentence_vectors,
)
from indexer.training.recipe import Recipe, Stage
from indexer.training.tokenizer import train_tokenizer
from indexer.training.tokens import Ragged, tokenise

Say = Callable[[str], None]
LoadEncoder = Callable[[str], Encoder]
PIECES = "pieces.safetensors"


@dataclass(frozen=True)
class Material:
    """What every stage trains on: texts by number, and the teacher's vectors of the English."""

    tokenizer: Tokenizer
    mixture: Mixture
    targets: NDArray[np.float16]
    evaluate: Evaluate


def run_road(
    recipe: Recipe,
    data: Path,
    out: Path,
    load_encoder: LoadEncoder,
    say: Say,
    *,
    share: float = 1.0,
    progress: Progress | None = None,
) -> Path:
    """Run every stage of the recipe and return the folder of the last model.

    With a `share` below 1 each stage stops after that part of its steps: a trial run whose
    curve begins as the whole one's does.
    """
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = prepare_tokenizer(recipe, data, out, say)
    material = prepare_material(recipe, data, out, tokenizer, load_encoder, say)
    folder = out
    for stage in recipe.stages:
        start = _start(recipe, stage, out, tokenizer.get_vocab_size())
        folder = run_stage(stage, start, material, out, say, share=share, progress=progress)
    return folder


def distil_from(
    recipe: Recipe,
    teacher: Path,
    layers: int,
    data: Path,
    out: Path,
    load_encoder: LoadEncoder,
    say: Say,
    *,
    progress: Progress | None = None,
) -> Path:
    """Distil the model in `teacher` as the recipe's last stage does, and return the folder."""
    parent = load_network(teacher)
    if not 0 < layers < parent.config.num_hidden_layers:
        raise TrainingError(
            f"--layers {layers}: the teacher {teacher} has {parent.config.num_hidden_layers};"
            " a student needs fewer"
        )
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    material = prepare_material(recipe, data, out, tokenizer, load_encoder, say)
    stage = replace(recipe.stages[-1], name="student", kind="distil", layers=layers)
    start = Start(drop_layers(parent, layers), _network_vectors, teaching(parent))
    return run_stage(stage, start, material, out, say, progress=progress)


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


@dataclass(frozen=True)
class Start:
    """What a stage trains, how that encodes, and who teaches it."""

    module: nn.Module
    encode: Callable[[nn.Module, Ragged], Tensor]
    teacher: Encode | None = None


def run_stage(
    stage: Stage,
    start: Start,
    material: Material,
    out: Path,
    say: Say,
    *,
    share: float = 1.0,
    progress: Progress | None = None,
) -> Path:
    """Run one stage, unless it is finished, and return its folder."""
    folder = out / stage.name
    bag = isinstance(start.module, Bag)
    finished = folder / (PIECES if bag else f"model/{CHECKSUMS}")
    if finished.exists():
        return folder
    steps = max(1, round(stage.schedule.steps * share))
    say(f"stage {stage.name}: {stage.kind}, {steps:,} steps")
    trainer = Trainer(
        start.module,
        start.encode,
        material.mixture.scaled(stage.pairs_scale),
        material.targets,
        stage.schedule,
        folder,
        start.teacher,
    )
    trainer.train(material.evaluate, stop_after=steps, progress=progress)
    trainer.finish()
    draw_curve(folder)
    if isinstance(start.module, Bag):
        save_file({"pieces": start.module.pieces.weight.detach().contiguous()}, finished)
    elif isinstance(start.module, BertModel):
        save_model(start.module, material.tokenizer, folder / "model")
        finish_folder(folder / "model")
    return folder


def _start(recipe: Recipe, stage: Stage, out: Path, vocabulary: int) -> Start:
    """Return where a stage begins, from the folder of the stage it names as its source."""
    if stage.kind == "bag":
        return Start(Bag(vocabulary, recipe.shape.meaning, recipe.seed), _bag_vectors)
    source = out / stage.source
    if stage.kind == "network":
        pieces = load_file(source / PIECES)["pieces"]
        shape = replace(recipe.shape, layers=stage.layers)
        return Start(new_network(shape, pieces, recipe.seed), _network_vectors)
    parent = load_network(source / "model")
    if stage.kind == "deepen":
        return Start(deepen(parent, stage.layers), _network_vectors)
    return Start(drop_layers(parent, stage.layers), _network_vectors, teaching(parent))


def teaching(model: BertModel) -> Encode:
    """Return a function that gives the model's vectors and learns nothing."""
    model.train(False).requires_grad_(False)
    return lambda texts: sentence_vectors(model, texts)


def _bag_vectors(module: nn.Module, texts: Ragged) -> Tensor:
    vectors: Tensor = module(texts)
    return vectors


def _network_vectors(module: nn.Module, texts: Ragged) -> Tensor:
    if not isinstance(module, BertModel):
        raise TrainingError(f"{type(module).__name__} is not a transformer that can be trained")
    return sentence_vectors(module, texts)


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
            cosines = (encode(first) * encode(second)).sum(1).float().numpy()
            scores[name] = 100 * float(spearmanr(cosines, labels).statistic)
        return {**scores, "mean": float(np.mean(list(scores.values() or [0.0])))}

    return evaluate
