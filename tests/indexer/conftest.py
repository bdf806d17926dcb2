"""A filled base, the tiny model as encoder, and an encoder that needs no model at all."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from indexer.encoder import Encoded, Encoder, Progress
from indexer.search import Hit
from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, EntryRecord, add_entry, browse

if TYPE_CHECKING:
    from indexer.transformer_encoder import TransformerEncoder

WORDS = (
    *("银行", "信用卡", "怎么", "挂失", "流量", "套餐", "退货", "发票", "密码", "忘记", "多久"),
    *("到账", "手机", "宽带", "能不能", "取消", "订单", "利息"),
)


class HashEncoder:
    """An encoder whose vectors come from a hash of the text; it remembers what it encoded."""

    name = "hash"
    layers = 0
    width = 16
    dimension = 16
    parameters = 0
    max_tokens = 0
    device = "cpu"

    def __init__(self, fingerprint: str = "hash-1", stop_after: int | None = None) -> None:
        self.fingerprint = fingerprint
        self.seen: list[str] = []
        self._stop_after = stop_after

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Encoded:
        if self._stop_after is not None and len(self.seen) + len(texts) > self._stop_after:
            raise KeyboardInterrupt
        self.seen += texts
        rows = [np.random.default_rng(self._seed(text)).normal(size=16) for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(-1, 16)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        if progress:
            progress(len(texts), len(texts))
        return Encoded(vectors, 0)

    def _seed(self, text: str) -> int:
        digest = hashlib.sha256((self.fingerprint + text).encode()).digest()
        return int.from_bytes(digest[:8], "little")


@pytest.fixture
def hash_encoder() -> Callable[..., HashEncoder]:
    """Make encoders without a model."""
    return HashEncoder


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """A tiny model is slower on several cores than on one, much slower on a busy machine."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def encoder(tiny_model: Path) -> TransformerEncoder:
    """The tiny model."""
    # Takes seconds to import, which mortal_reindex.py need not wait for.
    from indexer.transformer_encoder import TransformerEncoder

    return TransformerEncoder.load(tiny_model)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A working folder whose name is not ASCII."""
    folder = tmp_path / "家 home"
    folder.mkdir()
    return folder


@pytest.fixture
def database(home: Path) -> Database:
    """An empty database in the home."""
    made = Database.at(home / "tongwen.db")
    made.upgrade()
    return made


def _drafts(count: int, seed: int) -> list[EntryDraft]:
    chance = random.Random(seed)

    def question() -> str:
        return "".join(chance.sample(WORDS, chance.randint(2, 6))) + str(chance.randint(0, 999))

    return [
        EntryDraft(
            standard=question(),
            answer=f"答 {number}",
            external_id=f"{seed}-{number}",
            similar=tuple(question() for _ in range(number % 4)),
            negative=(question(),) if number % 5 == 0 else (),
            category=f"c{number % 7}",
            tags=tuple({f"t{number % 3}", f"t{number % 5}"}),
        )
        for number in range(count)
    ]


@pytest.fixture
def fill() -> Callable[..., list[int]]:
    """Add random entries to a collection; returns their ids."""

    def add(database: Database, name: str, count: int = 100, seed: int = 0) -> list[int]:
        with database.writing() as session:
            collection = ensure_collection(session, name)
            return [add_entry(session, collection, draft) for draft in _drafts(count, seed)]

    return add


@dataclass(frozen=True)
class Truth:
    """The best score of every entry for one query, worked out without any index."""

    scores: dict[int, float]

    def check(self, hits: Sequence[Hit], k: int) -> None:
        """Fail unless these are the k best entries, in order, with their scores."""
        # Those that a negative question vetoes are shown after the others.
        hits = sorted(hits, key=lambda hit: (-hit.score, hit.rank))
        best = sorted(self.scores.values(), reverse=True)[:k]
        assert [hit.score for hit in hits] == pytest.approx(best, abs=1e-5)
        assert [self.scores[hit.entry_id] for hit in hits] == pytest.approx(best, abs=1e-5)
        assert len({hit.entry_id for hit in hits}) == len(hits)
        assert sorted(hit.rank for hit in hits) == list(range(1, len(hits) + 1))


def all_entries(database: Database) -> list[EntryRecord]:
    """Read every entry."""
    with database.reading() as session:
        return browse(session, limit=1_000_000)


Allow = Callable[[EntryRecord], bool]


class SlowSearch:
    """Search without an index: every question of every entry that is allowed, one by one."""

    def __init__(self, database: Database, encoder: Encoder) -> None:
        self._encoder = encoder
        self._questions = [
            (entry, text)
            for entry in all_entries(database)
            for text in (entry.draft.standard, *entry.draft.similar)
        ]
        self._vectors = encoder.encode([text for _, text in self._questions]).vectors

    def __call__(self, queries: Sequence[str], allow: Allow) -> list[Truth]:
        """Return the truth about each query."""
        allowed = [allow(entry) for entry, _ in self._questions]
        asked = self._encoder.encode(queries).vectors
        truths = []
        for query in asked:
            scores: dict[int, float] = {}
            for (entry, _), score, may in zip(
                self._questions, self._vectors @ query, allowed, strict=True
            ):
                if may:
                    scores[entry.id] = max(float(score), scores.get(entry.id, -1.0))
            truths.append(Truth(scores))
        return truths


@pytest.fixture
def slow_search() -> type[SlowSearch]:
    """The independent answer to compare with."""
    return SlowSearch
