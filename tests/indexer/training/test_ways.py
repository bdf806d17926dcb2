from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from indexer.errors import TrainingError
from indexer.training.recipe import DEFAULT_RECIPE, read_recipe
from indexer.training.ways import Groups, Ways, read_ways

LINES = [
    Ways(("退货流程", "怎么把东西寄回去", "how do I return it"), ("退货运费谁出",)),
    Ways(("改密码", "换个口令"), ()),
    Ways(("挂失", "卡丢了", "lost card"), ("解除挂失", "身份证丢了")),
]


def drawn(seed: int, count: int = 3, together: int = 3) -> list[tuple[str, str, str]]:
    numbers: dict[str, int] = {}
    groups = Groups(LINES, lambda text: numbers.setdefault(text, len(numbers)))
    names = list(numbers)
    draw = groups.draw(np.random.default_rng(seed), count, together)
    rows = zip(draw.first, draw.second, draw.missed, strict=True)
    return [(names[a], names[b], names[c]) for a, b, c in rows]


def test_two_different_ways_of_a_line_are_drawn_with_one_of_its_near_misses() -> None:
    line_of = {text: way for way in LINES for text in way.asked}
    for seed in range(20):
        rows = drawn(seed)
        assert len(rows) == 6
        for first, second, missed in rows:
            assert first != second
            assert line_of[first] is line_of[second]
            assert missed in (line_of[first].missed or {second})


def test_a_run_is_of_lines_that_follow_each_other_and_begins_anew_at_the_end() -> None:
    places = {text: i for i, way in enumerate(LINES) for text in way.asked}
    runs = {tuple(sorted({places[a] for a, _, _ in drawn(s, 2, 2)})) for s in range(20)}
    assert runs == {(0, 1), (1, 2), (0, 2)}


def test_a_file_is_read_in_both_languages_and_a_line_of_another_form_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ways.tsv"
    path.write_text("挂失 | 卡丢了\t解除挂失\tlost card | 挂失\n", encoding="utf-8")
    assert read_ways(tmp_path) == [Ways(("挂失", "卡丢了", "lost card"), ("解除挂失",))]
    path.write_text("挂失 | 卡丢了\t\t\n改密码\t\t改密码\n", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"ways\.tsv, line 2: expected"):
        read_ways(tmp_path)
    path.unlink()
    with pytest.raises(TrainingError, match=r"no \.tsv files"):
        read_ways(tmp_path)


def test_a_near_miss_is_told_from_its_own_line_and_from_no_other() -> None:
    from indexer.training.losses import contrast_ways

    axes = torch.eye(4)
    group, other = torch.tensor([0, 1]), torch.tensor([7, 8])
    first, second = axes[:2], axes[:2]

    def loss(*missed: int) -> float:
        return float(contrast_ways(first, second, axes[list(missed)], group, other))

    apart = loss(2, 3)
    assert loss(0, 3) > apart + 0.1  # its own near miss says the same as it
    assert loss(1, 0) == pytest.approx(apart)  # that of the other line may
    same = contrast_ways(first, second, axes[[0, 3]], group, torch.tensor([0, 8]))
    assert float(same) == pytest.approx(apart, abs=0.02)  # a near miss that is a way after all


def test_what_ships_reads_and_no_line_has_its_near_miss_among_its_ways() -> None:
    lines = read_ways(Path(read_recipe(DEFAULT_RECIPE).sources.ways))
    assert len(lines) > 8_000
    assert not [ways for ways in lines if set(ways.asked) & set(ways.missed)]
