from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import TrainingError
from indexer.training.curve import add_point, cut_after, last_step
from indexer.training.folder import load_network
from indexer.training.recipe import read_recipe
from indexer.training.road import distil_from, run_road
from indexer.transformer_encoder import TransformerEncoder

RUN = """
import sys
from pathlib import Path
from indexer.training.recipe import read_recipe
from indexer.training.road import run_road
recipe, data, out = map(Path, sys.argv[1:])
run_road(read_recipe(recipe), data, out, print)
"""


def curve(stage: Path) -> dict[int, float]:
    lines = (stage / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    return {point["step"]: point["loss"] for point in map(json.loads, lines)}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, recipe_file: Path, corpus: Path) -> Path:
    out = tmp_path_factory.mktemp("run")
    run_road(read_recipe(recipe_file), corpus, out, lambda _: None)
    return out


def test_the_road_ends_in_a_student_that_loads_and_learned_its_toy_set(finished: Path) -> None:
    student = TransformerEncoder.load(finished / "student" / "model")
    assert (student.layers, student.width) == (1, 32)
    assert TransformerEncoder.load(finished / "teacher" / "model").layers == 2
    asked, same, other = student.encode(
        ["银行卡怎么办理", "银行卡如何办理？", "发票在哪里查"]
    ).vectors
    assert asked @ same > asked @ other
    assert (finished / "student" / "curve.png").stat().st_size > 5_000
    assert (finished / "student" / "model" / "onnx" / "model_int8.onnx").exists()


def test_a_refined_student_is_smaller_and_still_knows_its_toy_set(finished: Path) -> None:
    assert load_network(finished / "refined" / "model").config.intermediate_size == 12
    refined = TransformerEncoder.load(finished / "refined" / "model")
    asked, same, other = refined.encode(
        ["银行卡怎么办理", "银行卡如何办理？", "发票在哪里查"]
    ).vectors
    assert asked @ same > asked @ other
    assert list(curve(finished / "refined")) == [4, 8]


def test_a_killed_run_goes_on_where_it_stopped_and_ends_as_the_unbroken_one(
    finished: Path, tmp_path: Path, recipe_file: Path, corpus: Path
) -> None:
    command = [sys.executable, "-c", RUN, str(recipe_file), str(corpus), str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (tmp_path / "teacher" / "checkpoint.pt").exists() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = curve(tmp_path / "teacher")
    assert before, "killed before anything was logged"
    run_road(read_recipe(recipe_file), corpus, tmp_path, lambda _: None)
    whole, resumed = curve(finished / "teacher"), curve(tmp_path / "teacher")
    assert resumed.keys() == whole.keys()
    assert resumed[40] == pytest.approx(whole[40], abs=0.05)


def test_a_share_of_the_steps_begins_the_same_curve_and_the_rest_completes_it(
    finished: Path, tmp_path: Path, recipe_file: Path, corpus: Path
) -> None:
    run_road(read_recipe(recipe_file), corpus, tmp_path, lambda _: None, share=1 / 4)
    first = pytest.approx(curve(finished / "teacher")[10], abs=0.01)
    assert curve(tmp_path / "teacher") == {10: first}
    run_road(read_recipe(recipe_file), corpus, tmp_path, lambda _: None)
    for stage in ("teacher", "student", "refined"):
        whole = curve(finished / stage)
        assert curve(tmp_path / stage) == {n: pytest.approx(whole[n], abs=0.05) for n in whole}


def test_what_was_logged_after_the_last_checkpoint_is_taken_back(tmp_path: Path) -> None:
    for step in (4, 8, 12):
        add_point(tmp_path, {"step": step, "loss": 1.0})
    cut_after(tmp_path, 8)
    assert last_step(tmp_path) == 8


def test_distilling_a_given_teacher_starts_from_its_layers(
    finished: Path, tmp_path: Path, recipe_file: Path, corpus: Path
) -> None:
    teacher = finished / "teacher" / "model"
    folder = distil_from(read_recipe(recipe_file), teacher, 1, corpus, tmp_path, lambda _: None)
    assert load_network(folder / "model").config.num_hidden_layers == 1
    with pytest.raises(TrainingError, match="a student needs fewer"):
        distil_from(read_recipe(recipe_file), teacher, 2, corpus, tmp_path, lambda _: None)


def test_a_folder_that_is_written_loads_alike_in_three_ways(finished: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel, AutoTokenizer

    folder = finished / "student" / "model"
    texts = ["银行卡怎么办理", "ＡＢＣ 發票在哪裡查？", "where is my invoice"]
    ours = TransformerEncoder.load(folder).encode(texts).vectors
    theirs = SentenceTransformer(str(folder)).encode(texts, normalize_embeddings=True)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        states = model(**batch).last_hidden_state
    mask = batch["attention_mask"][:, :, None].float()
    plain = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1).numpy()
    assert np.allclose(ours, theirs, atol=1e-5)
    assert np.allclose(ours, plain, atol=1e-5)


def test_a_typo_in_a_recipe_is_refused_by_name(tmp_path: Path, recipe_file: Path) -> None:
    path = tmp_path / "typo.toml"
    path.write_text(recipe_file.read_text(encoding="utf-8").replace("positions", "postions"))
    with pytest.raises(TrainingError, match="postions"):
        read_recipe(path)
