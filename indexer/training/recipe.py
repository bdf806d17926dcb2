"""A recipe: everything that decides what a training run makes, in one TOML file.

Paths in it are relative to the data folder given on the command line, so the same recipe
runs wherever that folder lies. Unknown names are refused: a typo must not train silently.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from indexer.errors import TrainingError
from indexer.training.fit import Schedule
from indexer.training.mixture import Sizes

T = TypeVar("T")

DEFAULT_RECIPE = Path(__file__).parent / "recipes" / "tongwen.toml"


@dataclass(frozen=True)
class PairFile:
    """A labelled set: labels of `positive_from` and more mean "the same question".

    A step draws `per_step` of its pairs; `weight` is its share in the loss. A `keyed` file, found
    from the recipe's own, holds judgements about texts of the recipe's lines and ways, which it
    names by their keys (`judged.py`); a stage says how many of those it draws.
    """

    name: str
    file: str
    positive_from: float
    per_step: int = 0
    weight: float = 1.0
    keyed: bool = False


@dataclass(frozen=True)
class Sources:
    """Where the text is; parallel files and glosses are `Chinese TAB English`, intents `text
    TAB intent`; questions are English texts, from pairs or FAQ files; `ways` is a folder of ways to
    ask the same, found from the recipe's own.

    `aligned_limit` is how many of those teach the first meaning of our pieces.
    """

    parallel: tuple[str, ...] = ()
    glosses: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    ways: str = ""
    chinese_characters: int = 48
    english_characters: int = 200
    lines_limit: int = 400_000
    aligned_limit: int = 250_000
    tokens: int = 64


@dataclass(frozen=True)
class TokenizerPlan:
    """How many pieces, and what is read to learn them: more than is trained on, as reading is
    cheap. Characters limit the two sides of a translation; `english_texts` are drawn of them.
    """

    size: int = 24_000
    chinese_characters: int = 48
    english_characters: int = 200
    english_texts: int = 190_000
    lines_limit: int = 400_000


@dataclass(frozen=True)
class Stage:
    """One stage of the road, in a folder of its own.

    `kind` says what it starts from: `transplant` (the English encoder, its words exchanged for
    our pieces), `distil` (the model of the stage named `source` with fewer `layers` and
    `inner` units, and itself as the teacher) or `refine` (that model without a teacher, with
    neighbours in the text to be told apart; characters count by `lexical_share` among them,
    and each piece is given its `spelling`, that share of its length; in the end the weights
    from before are averaged in by the share `kept`). With an `adviser_share`, neighbours are found
    among ways to ask and `advised_translations` as well, and how near they are is told, by that
    share, by a sentence encoder of another kind (`adviser.py`).
    """

    name: str
    kind: Literal["transplant", "distil", "refine"]
    schedule: Schedule
    source: str = ""
    layers: int = 0
    inner: int = 0
    lexical_share: float = 0.0
    adviser_share: float = 0.0
    advised_translations: int = 0
    spelling: float = 0.0
    kept: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """One run: the tokenizer, then the stages in order; the last one's model is shipped.

    `encoder` is the English sentence encoder whose knowledge is handed over, a BERT folder;
    `positions` is how many tokens of a text are read.
    """

    name: str
    encoder: str
    sources: Sources
    tokenizer: TokenizerPlan
    stages: tuple[Stage, ...]
    pairs: tuple[PairFile, ...]
    dev: Mapping[str, str] = field(default_factory=dict)
    positions: int = 256
    seed: int = 1


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; raises TrainingError naming the table and the name it does not know."""
    table = read_table(path)
    parts: dict[str, Any] = {
        "sources": made(Sources, table.pop("sources", {}), "sources"),
        "tokenizer": made(TokenizerPlan, table.pop("tokenizer", {}), "tokenizer"),
        "stages": tuple(_stage(row) for row in table.pop("stages", [])),
        "pairs": tuple(made(PairFile, row, "pairs") for row in table.pop("pairs", [])),
    }
    if parts["sources"].ways:
        ways = path.parent / parts["sources"].ways
        parts["sources"] = replace(parts["sources"], ways=str(ways.resolve()))
    parts["pairs"] = tuple(
        replace(one, file=str((path.parent / one.file).resolve())) if one.keyed else one
        for one in parts["pairs"]
    )
    return made(Recipe, {**table, **parts}, "recipe")


def _stage(row: dict[str, Any]) -> Stage:
    table = row.pop("schedule", {})
    sizes = made(Sizes, table.pop("sizes", {}), "stages.schedule.sizes")
    schedule = made(Schedule, {**table, "sizes": sizes}, "stages.schedule")
    return made(Stage, {**row, "schedule": schedule}, "stages")


def read_table(path: Path) -> dict[str, Any]:
    """Read a recipe's TOML; TrainingError where there is none, or it is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"no recipe {path} ({error.strerror}); check the path") from error
    except ValueError as error:  # of TOML, or of its encoding
        raise TrainingError(f"recipe {path} is not TOML ({error}); correct it") from error


def made(kind: type[T], values: dict[str, Any], name: str) -> T:
    """Return what a table of a recipe says; TrainingError names what is strange or lacks."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    known = {f.name for f in fields}
    strange = sorted(set(values) - known)
    if strange:
        raise TrainingError(f"[{name}] knows no {', '.join(strange)}; it has {sorted(known)}")
    without = {f.name for f in fields if f.default is f.default_factory is dataclasses.MISSING}
    if missing := sorted(without - set(values)):
        raise TrainingError(f"[{name}] lacks {', '.join(missing)}; write it")
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
