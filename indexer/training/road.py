"""The whole road, stage by stage: each leaves a folder that loads as a model.

A stage that is finished is not run again; one that was broken off goes on from its last
checkpoint. So the same command, given again, continues.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from indexer.encoder import Progress
from indexer.errors import TrainingError
from indexer.training.bag import Bag
from indexer.training.curve import draw_curve, last_step
from indexer.training.fit import Encode, Trainer
from indexer.training.folder import CHECKSUMS, finish_folder, load_network, save_model
from indexer.training.material import (
    LoadEncoder,
    Material,
    Say,
    prepare_material,
    prepare_tokenizer,
)
from indexer.training.network import (
    deepen,
    drop_layers,
    new_network,
    sentence_vectors,
)
from indexer.training.recipe import Recipe, Stage
from indexer.training.tokens import Ragged

PIECES = "pieces.safetensors"


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
    folder, trained = out, False
    for stage in recipe.stages:
        if trained:  # what was made from less of the stages before is made anew
            shutil.rmtree(out / stage.name, ignore_errors=True)
        before = last_step(out / stage.name)
        start = _start(recipe, stage, out, tokenizer.get_vocab_size())
        folder = run_stage(stage, start, material, out, say, share=share, progress=progress)
        trained = trained or last_step(folder) > before
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
    steps = max(1, round(stage.schedule.steps * share))
    # A trial run of a share of the steps leaves a model too, but no finished stage.
    if finished.exists() and last_step(folder) >= steps:
        return folder
    say(f"stage {stage.name}: {stage.kind}, {steps:,} steps")
    start.module.to("cuda" if torch.cuda.is_available() else "cpu")
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
        save_file({"pieces": start.module.pieces.weight.detach().cpu().contiguous()}, finished)
    elif isinstance(start.module, BertModel):
        save_model(start.module.cpu(), material.tokenizer, folder / "model")
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
    model.to("cuda" if torch.cuda.is_available() else "cpu")  # type: ignore[arg-type]
    return lambda texts: sentence_vectors(model, texts)


def _bag_vectors(module: nn.Module, texts: Ragged) -> Tensor:
    vectors: Tensor = module(texts)
    return vectors


def _network_vectors(module: nn.Module, texts: Ragged) -> Tensor:
    if not isinstance(module, BertModel):
        raise TrainingError(f"{type(module).__name__} is not a transformer that can be trained")
    return sentence_vectors(module, texts)
