"""The jobs of an operator on the clock: import, reindex, the same again, search, at growing sizes.

Each step is the command a person would type, in a process of its own, so that its time and its
peak memory are that person's too. The reindex is killed half way and started again: its time
is that of both runs.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import AppError
from app.home import open_home
from app.settings import ROOT, read_settings
from store.database import Database
from store.jobs import list_jobs

_TONGWEN = [sys.executable, "-c", "from app.cli import main; main()"]
_WARM_UP, _LOOKS_EVERY_SECONDS = 50, 0.1


@dataclass(frozen=True)
class Task:
    """What is measured: of which questions (None: made up), with which model, how many queries."""

    questions: Path | None
    sizes: tuple[int, ...]
    model: str
    queries: int
    seed: int


@dataclass(frozen=True)
class Ran:
    """What a command said, how long it took and how much memory it ever held."""

    said: Mapping[str, Any]
    seconds: float
    peak_mb: int


def measure_size(task: Task, size: int, folder: Path) -> dict[str, Any]:
    """Measure every step at one size, in an empty folder."""
    home = folder / "home"
    rows = list(itertools.islice(texts_of(task), size + task.queries))
    if len(rows) <= size:
        raise AppError(f"{task.questions} has {len(rows):,} questions; ask for fewer --sizes")
    file = folder / "questions.txt"
    file.write_text("".join(f"{text}\n" for text in rows[:size]), encoding="utf-8")
    imported = run(home, ["import", str(file), "--collection", "benchmark", "--json"])
    reindex = ["reindex", "--model", task.model, "--json"]
    killed_after, stored = run_and_kill(home, reindex, size // 2)
    resumed, again = run(home, reindex), run(home, reindex)
    search = measure_search(home, task.model, rows[size:])
    return {
        "questions": size,
        "import": {
            "seconds": round(imported.seconds, 1),
            "rows_per_second": round(imported.said["read"] / imported.said["seconds"]),
            "peak_mb": imported.peak_mb,
        },
        "reindex": {
            "seconds": round(killed_after + resumed.seconds, 1),
            "killed_after_seconds": round(killed_after, 1),
            "embedded_when_killed": stored,
            "embedded_after": resumed.said["embedded"],
            "peak_mb": resumed.peak_mb,
            "index": resumed.said["index_kind"],
            "recall_at_10": resumed.said["recall_at_10"],
        },
        "unchanged": {
            "seconds": round(again.seconds, 1),
            "embedded": again.said["embedded"],
            "peak_mb": again.peak_mb,
        },
        "search": search,
    }


def texts_of(task: Task) -> Iterator[str]:
    """Yield different questions: the file's filled lines, or made-up ones."""
    if task.questions is None:
        yield from _made_up(task.seed)
        return
    seen: set[int] = set()
    opened = gzip.open if task.questions.suffix == ".gz" else open
    try:
        with opened(task.questions, "rt", encoding="utf-8") as lines:
            for line in lines:
                text = line.strip()
                if text and hash(text) not in seen:
                    seen.add(hash(text))
                    yield text
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise AppError(f"cannot read {task.questions} ({error}); give UTF-8 text") from error


def _made_up(seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    who = ["信用卡", "储蓄卡", "宽带", "手机号", "会员", "订单", "发票", "快递", "保单", "贷款"]
    what = [
        "怎么办理",
        "怎么取消",
        "多久到账",
        "能不能修改",
        "在哪里查询",
        "为什么失败",
        "要带什么",
    ]
    when = ["今天", "周末", "节假日", "在国外", "第一次", "到期以后", "忘了密码时", "换手机后"]
    for number in itertools.count():
        parts = chance.choice(when), chance.choice(who), chance.choice(what)
        yield f"{''.join(parts)} {number}"


def run(home: Path, arguments: Sequence[str]) -> Ran:
    """Run a command with --json in a home; AppError with what it said where it fails."""
    return _finish(_start(home, [*_TONGWEN, *arguments]), f"tongwen {' '.join(arguments)}")


def run_and_kill(home: Path, arguments: Sequence[str], stored: int) -> tuple[float, int]:
    """Kill a reindex once so many texts are embedded; return its seconds and the number then."""
    database = Database.at(home / "tongwen.db")
    started = time.monotonic()
    with _start(home, [*_TONGWEN, *arguments]) as process:
        found = 0
        while process.poll() is None and found < stored:
            time.sleep(_LOOKS_EVERY_SECONDS)
            with database.reading() as session:
                newest = list_jobs(session, limit=1)
            found = newest[0].done if newest else 0
        process.kill()
    database.close()
    return time.monotonic() - started, found


def measure_search(home: Path, model: str, queries: Sequence[str]) -> dict[str, Any]:
    """Time searches, encoding and rows included, in one process of their own."""
    asked = home / "queries.json"
    asked.write_text(json.dumps([model, *queries]), encoding="utf-8")
    script = "import sys; from app.benchmarking import time_searches; time_searches(sys.argv[1])"
    ran = _finish(_start(home, [sys.executable, "-c", script, str(asked)]), "timing the searches")
    return {**ran.said, "peak_mb": ran.peak_mb}


def time_searches(asked: str) -> None:
    """Print, as JSON, how long searches for the queries in a file take."""
    model, *queries = json.loads(Path(asked).read_text(encoding="utf-8"))
    settings = read_settings().model_copy(update={"model": model})
    started = time.monotonic()
    with open_home(settings) as opened:
        searcher = opened.searcher()
        searcher.prepare()
        ready = time.monotonic() - started
        for text in queries[:_WARM_UP]:
            searcher.search(text)
        took = sorted(searcher.search(text).took.total_ms for text in queries)
    found = {
        "queries": len(took),
        "ready_seconds": round(ready, 1),
        "p50_ms": round(took[len(took) // 2], 2),
        "p99_ms": round(took[min(int(0.99 * len(took)), len(took) - 1)], 2),
    }
    sys.stdout.write(json.dumps(found))


def run_script(home: Path, script: str, arguments: Sequence[str], name: str) -> Ran:
    """Run a script that prints JSON, in a process of its own and a home."""
    return _finish(_start(home, [sys.executable, "-c", script, *arguments]), name)


def _start(home: Path, command: Sequence[str]) -> subprocess.Popen[str]:
    environment = os.environ | {"TONGWEN_HOME": str(home)}
    environment.pop("TONGWEN_DATABASE_URL", None)  # the user's own base is not measured in
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)


def _finish(process: subprocess.Popen[str], name: str) -> Ran:
    started = time.monotonic()
    with process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise AppError(f"`{name}` failed; what it said is above")
    # Kilobytes on Linux, bytes on macOS.
    size_bytes = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Ran(json.loads(output), time.monotonic() - started, round(size_bytes / (1 << 20)))


def as_markdown(results: Mapping[str, Any]) -> str:
    """Return the table of a results file, with how it was made below."""
    lines = [
        "| questions | import | reindex, killed half way and resumed | the same again"
        " | search p50 / p99 | index, recall@10 | peak memory: import / reindex / search |",
        "|---" * 7 + "|",
    ]
    for one in results["sizes"]:
        imported, made, search = one["import"], one["reindex"], one["search"]
        lines.append(
            f"| {one['questions']:,} | {imported['rows_per_second']:,} rows/s"
            f" | {made['seconds']:,.0f} s | {one['unchanged']['seconds']:.1f} s"
            f" | {search['p50_ms']:.1f} / {search['p99_ms']:.1f} ms"
            f" | {made['index']}, {made['recall_at_10']:.3f}"
            f" | {imported['peak_mb']:,} / {made['peak_mb']:,} / {search['peak_mb']:,} MB |"
        )
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    about = f"Model {results['model']}, seed {results['seed']}, {results['made_at']}; {machine}."
    return "\n".join([*lines, "", about, "", "```", results["command"], "```"])
