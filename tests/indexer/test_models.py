"""Names of models: embedded, cached from the hub, and neither."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from indexer import models
from indexer.errors import ModelError
from indexer.transformer_encoder import TransformerEncoder

HUB_NAME = "owner/tiny"


@pytest.fixture
def shipped(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of embedded models with one in it."""
    folder = tmp_path / "models"
    shutil.copytree(tiny_model, folder / "little")
    monkeypatch.setattr(models, "EMBEDDED_MODELS", folder)
    return folder


@pytest.fixture
def snapshot(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of HUB_NAME as a download leaves them in the hub's cache."""
    cache = tmp_path / "cache"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    kept = cache / "models--owner--tiny"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("0" * 40)
    shutil.copytree(tiny_model, kept / "snapshots" / ("0" * 40))
    return kept / "snapshots" / ("0" * 40)


def test_an_embedded_model_is_known_by_the_name_of_its_folder(shipped: Path) -> None:
    assert models.embedded() == ["little"]
    assert models.resolve("little") == shipped / "little"
    assert models.name_of(shipped / "little") == "little"


def test_an_embedded_name_wins_over_a_folder_of_the_same_name(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work" / "little").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    assert models.resolve("little") == shipped / "little"
    assert models.resolve("./little") == tmp_path / "work" / "little"


def test_half_copied_and_hidden_folders_are_no_embedded_models(shipped: Path) -> None:
    (shipped / "half").mkdir()
    shutil.copytree(shipped / "little", shipped / ".hidden")
    assert models.embedded() == ["little"]


def test_a_cached_hub_name_loads_offline_and_keeps_its_name(
    snapshot: Path, tiny_model: Path
) -> None:
    encoder = TransformerEncoder.load(HUB_NAME, "cpu")
    assert models.locate(HUB_NAME, offline=True) == snapshot
    assert encoder.name == HUB_NAME
    assert encoder.fingerprint == TransformerEncoder.load(tiny_model, "cpu").fingerprint


def test_a_download_that_was_cut_short_is_not_taken_for_a_model(snapshot: Path) -> None:
    (snapshot / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="model owner/tiny is not in the cache"):
        models.locate(HUB_NAME, offline=True)


@pytest.mark.parametrize("name", ["missing", "./missing", "/missing/model", "a/b/c", "~/missing"])
def test_what_cannot_be_a_hub_name_is_a_missing_folder(name: str) -> None:
    with pytest.raises(ModelError, match=f"no model folder at {name}; give a folder, a hub name"):
        models.resolve(name)
