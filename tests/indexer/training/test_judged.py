from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from indexer.errors import TrainingError
from indexer.training.corpora import Pair
from indexer.training.judged import key_of, read_judged
from indexer.training.recipe import DEFAULT_RECIPE, read_recipe

TEXTS = ("卡丢了怎么办", "怎么挂失", " 怎么补卡 ")


def write(folder: Path, *lines: str) -> Path:
    path = folder / "judged.tsv.gz"
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    return path


def test_texts_are_found_by_their_keys_and_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    lost, report, card = map(key_of, TEXTS)
    path = write(
        tmp_path,
        f"{lost}\t{report}:2\t{card}:1\t{key_of('别处的话')}:0",
        f"{key_of('谁也没有的')}\t{report}:2",
        f"{card}\t{report}:0",
    )
    assert read_judged(path, TEXTS) == [
        Pair("卡丢了怎么办", "怎么挂失", 2),
        Pair("卡丢了怎么办", "怎么补卡", 1),
        Pair("怎么补卡", "怎么挂失", 0),
    ]
    with pytest.raises(TrainingError, match="judges none of the texts"):
        read_judged(path, ["另一句"])


def test_a_line_of_another_form_is_named(tmp_path: Path) -> None:
    lost, report, _ = map(key_of, TEXTS)
    path = write(tmp_path, f"{lost}\t{report}:2", f"{lost}\t{report}")
    with pytest.raises(TrainingError, match="line 2: expected key TAB key:label"):
        read_judged(path, TEXTS)


def test_the_judgements_that_ship_are_about_many_texts_and_read_by_the_recipe() -> None:
    (judged,) = [pairs for pairs in read_recipe(DEFAULT_RECIPE).pairs if pairs.keyed]
    with gzip.open(judged.file, "rt", encoding="utf-8") as lines:
        rows = [line.split() for line in lines]
    labels = [cell.partition(":")[2] for row in rows for cell in row[1:]]
    assert {len(cell.partition(":")[0]) for row in rows for cell in row} == {len(key_of("x"))}
    assert set(labels) == {"0", "1", "2"}
    assert len(labels) > 200_000
