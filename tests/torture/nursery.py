"""Run as a process: for each order read, a child of its own that plays a role until it is killed.

An order is a JSON line with a role and what the role needs; answered with the child's process
id. Children are forked from here because loading PyTorch anew for each would take all the time.
A child that fails by itself leaves its traceback in the file `failures` of its home.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, TextIO

import torch
import transformers.models.bert  # noqa: F401 (loaded once for all children)
from transformers import AutoModel, AutoTokenizer  # noqa: F401

from app.home import load_encoder
from indexer.encoder import Encoder
from indexer.jobs import run_inline
from indexer.publishing import publish_build, roll_back
from indexer.requests import ReindexRequest
from indexer.search import Filters, Searcher, SearchResult
from indexer.transformer_encoder import TransformerEncoder  # noqa: F401
from indexer.worker import Worker
from store.database import Database
from store.importing import ImportOptions, import_files

QUERIES = ("怎么退款", "银行卡丢了", "宽带多少钱", "问题 7 版本 1", "a", "发票和订单怎么取消")


def importer(home: Path, file: str, collection: str, mode: str) -> None:
    """Import one file."""
    import_files(_database(home), [Path(file)], ImportOptions(collection, mode=mode))


def worker(home: Path) -> None:
    """Do jobs for ever."""
    Worker(_database(home), home, load_encoder, fold_share=0.3).run()


def reindexer(home: Path, model: str) -> None:
    """Reindex with a model, in this process."""
    run_inline(_database(home), home, ReindexRequest(model), load_encoder)


def publisher(home: Path, build: int) -> None:
    """Publish a build, or go back (0)."""
    if build:
        publish_build(_database(home), build, load_encoder)
    else:
        roll_back(_database(home), load_encoder)


def reader(home: Path, log: str, seed: int, collection: str, pause: float) -> None:
    """Search for ever; every answer, or what went wrong, is a line of the log.

    Half of the searches are in the collection, if one is named; `pause` seconds lie between two.
    """
    chance = random.Random(seed)
    searcher = Searcher(_database(home), home, load_encoder)
    with Path(log).open("a", encoding="utf-8", buffering=1) as lines:
        number = 0
        while True:
            number += 1
            asked = Filters(collections=(collection,)) if collection and number % 2 else Filters()
            _search(searcher, chance.choice(QUERIES), asked, lines, compare=number % 20 == 0)
            time.sleep(pause)


def _search(
    searcher: Searcher, query: str, filters: Filters, lines: TextIO, *, compare: bool
) -> None:
    seen: dict[str, Any] = {"began": time.monotonic()}
    try:
        result = searcher.search(query, k=5, filters=filters)
        seen |= {"build": result.build, "model": Path(result.model).name}
        if len({hit.entry_id for hit in result.hits}) != len(result.hits):
            seen["error"] = "an entry twice"
        if filters.collections:
            seen["hits"] = [(hit.matched_question, hit.answer) for hit in result.hits]
        if compare:
            seen["error"] = _mixture(result, load_encoder(result.model))
    except BaseException as error:
        seen["error"] = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
    seen["ended"] = time.monotonic()
    lines.write(json.dumps(seen, ensure_ascii=False) + "\n")


def _mixture(result: SearchResult, encoder: Encoder) -> str:
    """Say which hit's score is not that of the model that the result names."""
    texts = [result.query, *(hit.matched_question for hit in result.hits)]
    query, *found = encoder.encode(texts).vectors
    for hit, vector in zip(result.hits, found, strict=True):
        if abs(float(query @ vector) - hit.score) > 1e-4:
            return f"{hit.matched_question}: {hit.score} is not of {result.model}"
    return ""


def _database(home: Path) -> Database:
    return Database.at(home / "tongwen.db")


ROLES = {
    "importer": importer,
    "worker": worker,
    "reindexer": reindexer,
    "publisher": publisher,
    "reader": reader,
}


def play(role: str, home: Path, needs: dict[str, Any]) -> None:
    torch.set_num_threads(1)
    try:
        ROLES[role](home, **needs)
    except BaseException:
        with (home / "failures").open("a", encoding="utf-8") as file:
            file.write(f"{role}: {traceback.format_exc()}\n")
    os._exit(0)


def main() -> None:
    # The system buries the dead at once, so that a killed worker's process is seen to be gone.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            play(order.pop("role"), Path(order.pop("home")), order)
        print(child, flush=True)


main()
