"""The whole road, stage by stage: each leaves a folder that loads as a model.

A stage that is finished is not run again; one that was broken off goes on from its last
checkpoint. So the same command, given again, continues.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertModel

from indexer.encoder import Progress
from indexer.errors import TrainingError
from indexer.training.curve import draw_curve, last_step
from indexer.training.fit import Trainer
from indexer.training.folder import CHECKSUMS, finish_folder, load_network, save_model
from indexer.training.material import (
    Material,
    Say,
    find_neighbours,
    prepare_material,
    prepare_tokenizer,
    translated_pieces,
)
from indexer.training.network import average_in, shrink, transplant
from indexer.training.recipe import Recipe, Stage
from indexer.training.spelling import spell, spelling


def run_road(
    recipe: Recipe,
    data: Path,
    out: Path,
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
    material = prepare_material(recipe, data, out, tokenizer, say)
    folder, trained = out, False
    for stage in recipe.stages:
        if trained:  # what was made from less of the stages before is made anew
            shutil.rmtree(out / stage.name, ignore_errors=True)
        before = last_step(out / stage.name)
        start = partial(_start, recipe, stage, material, out, say)
        folder = run_stage(stage, start, material, out, say, share=share, progress=progress)
        trained = trained or last_step(folder) > before
    return folder


def distil_from(
    recipe: Recipe,
    teacher: Path,
    layers: int,
    data: Path,
    out: Path,
    say: Say,
    *,
    progress: Progress | None = None,
) -> Path:
    """Distil the model in `teacher` as the recipe's last such stage does; return the folder.

    The teacher may be any BERT, so it alone says what texts mean: the recipe's English encoder
    lives in another space and is left out.
    """
    parent = load_network(teacher)
    if not 0 < layers < parent.config.num_hidden_layers:
        raise TrainingError(
            f"--layers {layers}: the teacher {teacher} has {parent.config.num_hidden_layers};"
            " a student needs fewer"
        )
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    stages = [stage for stage in recipe.stages if stage.kind == "distil"]
    if not stages:
        raise TrainingError(f"recipe {recipe.name} has no distil stage to go by; add one")
    recipe = replace(recipe, encoder="")
    material = prepare_material(recipe, data, out, tokenizer, say)
    stage = replace(stages[-1], name="student", layers=layers)

    def start() -> Start:
        return Start(shrink(parent, layers, stage.inner), parent)

    return run_stage(stage, start, material, out, say, progress=progress)


@dataclass(frozen=True)
class Start:
    """What a stage trains, who teaches it, and the weights that are averaged in at its end."""

    model: BertModel
    teacher: BertModel | None = None
    before: BertModel | None = None


def run_stage(
    stage: Stage,
    begin: Callable[[], Start],
    material: Material,
    out: Path,
    say: Say,
    *,
    share: float = 1.0,
    progress: Progress | None = None,
) -> Path:
    """Run one stage, unless it is finished, and return its folder."""
    folder = out / stage.name
    steps = max(1, round(stage.schedule.steps * share))
    # A trial run of a share of the steps leaves a model too, but no finished stage.
    if (folder / "model" / CHECKSUMS).exists() and last_step(folder) >= steps:
        return folder
    start = begin()
    say(f"stage {stage.name}: {stage.kind}, {steps:,} steps")
    for model in filter(None, (start.model, start.teacher)):
        model.to("cuda" if torch.cuda.is_available() else "cpu")  # type: ignore[arg-type]
    trainer = Trainer(
        start.model, material.mixture, material.targets, stage.schedule, folder, start.teacher
    )
    trainer.train(material.evaluate, stop_after=steps, progress=progress)
    trainer.finish()
    draw_curve(folder)
    start.model.cpu()
    if start.before:
        average_in(start.model, start.before, stage.kept)
    save_model(start.model, material.tokenizer, folder / "model")
    finish_folder(folder / "model")
    return folder


def _start(recipe: Recipe, stage: Stage, material: Material, out: Path, say: Say) -> Start:
    """Return where a stage begins: the English encoder, or the stage it names as its source."""
    if stage.kind == "transplant":
        if material.encoder is None:
            raise TrainingError(f"stage {stage.name} needs an encoder; name one in the recipe")
        pieces = translated_pieces(recipe, material, material.encoder, out, say)
        model = transplant(material.encoder.model, torch.from_numpy(pieces), recipe.positions)
        return Start(model)
    parent = load_network(out / stage.source / "model")
    student = shrink(parent, stage.layers, stage.inner)
    if stage.kind == "refine":
        find_neighbours(recipe, stage, parent, material, out, say)
        vocabulary, width = material.tokenizer.get_vocab(), int(student.config.hidden_size)
        spellings = spelling(vocabulary, material.lines, width, recipe.seed)
        spell(student, spellings, stage.spelling)
        return Start(student, before=shrink(parent, stage.layers, stage.inner))
    return Start(student, parent)
