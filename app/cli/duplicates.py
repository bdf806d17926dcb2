"""`tongwen duplicates`: find what is asked twice, decide about it once, merge, and undo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import options
from app.cli.output import emit, hint, progress, say, table
from app.duplicates import (
    cluster_documents,
    decide_entries,
    opposite_documents,
    report_document,
    search_here,
    search_later,
)
from app.duplicates import undo as undo_here
from app.home import Home
from app.jobs import job_document
from app.person import person
from indexer.duplicates.requests import DuplicateRequest, read_threshold
from store.browsing import read_entries
from store.duplicate_entries import find_entry, find_question, find_two
from store.entry_merges import list_merges
from store.files.aside import check_out
from store.models import Judgement
from store.pair_decisions import DecisionRecord, forget_asked, forget_pair, list_decisions
from store.tables_out import TABLES

group = typer.Typer(help="Find duplicate questions and decide about them.")
Entry = Annotated[str, typer.Argument(help="Its number, else its own id, else its question.")]
Entries = Annotated[
    list[str], typer.Argument(help="Their numbers, else their own ids, else their questions.")
]


@group.callback(invoke_without_command=True)
def duplicates(
    context: typer.Context,
    collection: options.Collections = None,
    against: Annotated[
        list[str] | None,
        typer.Option("--against", help="Only pairs with an entry of this collection."),
    ] = None,
    threshold: Annotated[
        str, typer.Option(help="Cosine from which on two questions are alike, or auto.")
    ] = "auto",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=".xlsx, .csv or .jsonl, a row per member.")
    ] = None,
    model: options.Model = None,
    background: Annotated[
        bool, typer.Option("--background", help="Only enqueue a job for `tongwen worker`.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Clusters to print; --json has all.")] = 20,
    as_json: options.Json = False,
) -> None:
    """Find entries that ask the same, the conflicting answers first."""
    if options.is_for_another(context):
        return
    if out:
        check_out(out, TABLES)
    with options.opened() as home:
        request = DuplicateRequest(
            model=home.model_to_index(model),
            collections=tuple(collection or ()),
            against=tuple(against or ()),
            threshold=read_threshold(threshold),
            out=str(out.resolve()) if out else None,
        )
        if background:
            _enqueue(home, request, as_json=as_json)
        else:
            _search(home, request, limit, as_json=as_json)


def _enqueue(home: Home, request: DuplicateRequest, *, as_json: bool) -> None:
    job = search_later(home, request)
    if as_json:
        emit({"job": job.id, **job_document(job)})
    else:
        say(str(job.id))
        hint(f"job {job.id} waits for `tongwen worker`; watch it with `tongwen jobs show {job.id}`")


def _search(home: Home, request: DuplicateRequest, limit: int, *, as_json: bool) -> None:
    with progress("compare") as report:
        kept = search_here(home, request, report)
    if as_json:
        emit(report_document(home, kept))
        return
    found = kept.report
    for one in cluster_documents(home, found, limit):
        rows = [
            (m["entry_id"], m["external_id"], m["collection"], m["question"], m["answer"][:60])
            for m in one["members"]
        ]
        title = f"{one['number']} · {one['kind'].replace('_', ' ')} · {one['score']:.3f}"
        table(("entry", "id", "collection", "question", "answer"), rows, title=title)
    if found.opposites:
        table(
            ("entry", "question", "entry", "question", "differ in"),
            [_opposite(pair) for pair in opposite_documents(home, found, limit)],
            title="alike but opposite, never merged",
        )
    counts = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in found.counts().items())
    say(f"{found.entries:,} entries: {counts}")
    how = "automatic" if found.threshold.automatic else "as asked"
    hint(f"threshold {found.threshold.value:.3f} ({how}), {found.seconds:.1f} s")
    if found.threshold.automatic and not found.threshold.fitted:
        hint("nobody fitted a threshold for this model; `tongwen duplicates fit` does")
    if len(found.clusters) > limit:
        hint(f"{len(found.clusters) - limit:,} more clusters; --out FILE writes all of them")


def _opposite(pair: dict[str, Any]) -> tuple[str, ...]:
    differ = ", ".join(f"{one['first']} / {one['second']}" for one in pair["conflicts"])
    ends = (
        text
        for end in (pair["first"], pair["second"])
        for text in (str(end["entry_id"]), end["matched_question"])
    )
    return (*ends, differ)


@group.command()
def decide(
    entries: Entries,
    as_: Annotated[Judgement, typer.Option("--as", help="What they are to each other.")],
    as_json: options.Json = False,
) -> None:
    """Remember what every two of the entries are to each other; different ones never return."""
    with options.opened() as home, home.database.writing(by=person()) as session:
        numbers = [find_entry(session, one) for one in entries]
        pairs = decide_entries(session, numbers, as_)
        known = read_entries(session, numbers)
    if as_json:
        emit({"entries": numbers, "decision": str(as_), "pairs": pairs})
    else:
        say(f"{pairs:,} pairs are {as_}")
        for number in known:
            hint(f"entry {number}: {known[number].draft.standard}")


@group.command()
def forget(first: Entry, second: Entry, as_json: options.Json = False) -> None:
    """Take a decision about two entries back."""
    with options.opened() as home, home.database.writing(by=person()) as session:
        texts = [find_question(session, one) for one in (first, second)]
        if two := find_two(session, first, second):
            forget_asked(session, *two)
        else:
            forget_pair(session, *texts)
    if as_json:
        emit({"forgotten": texts})
    else:
        say("the decision is taken back")


@group.command()
def decisions(
    only: Annotated[Judgement | None, typer.Option("--only", help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest.")] = 1000,
    as_json: options.Json = False,
) -> None:
    """List what was decided, by whom and when, the newest first."""
    with options.opened() as home, home.database.reading() as session:
        found = list_decisions(session, decision=only, limit=limit)
    if as_json:
        emit({"decisions": [_decision(one) for one in found]})
    elif found:
        table(
            ("decision", "first", "second", "by", "when"),
            [(str(d.decision), d.first, d.second, d.by, d.decided_at) for d in found],
        )
    else:
        say("nothing is decided yet; `tongwen duplicates decide` does")


def _decision(one: DecisionRecord) -> dict[str, Any]:
    return {
        "decision": str(one.decision),
        "first": one.first,
        "second": one.second,
        "by": one.by,
        "decided_at": one.decided_at,
    }


@group.command()
def merge(
    kept: Annotated[str, typer.Argument(help="The entry that stays, with its answer.")],
    others: Entries,
    despite: Annotated[
        bool, typer.Option("--despite-conflicts", help="Also where a word or number differs.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Merge entries into one: their questions become its similar questions."""
    from indexer.duplicates.merging import merge_checked

    with options.opened() as home, home.database.writing(by=person()) as session:
        stays = find_entry(session, kept)
        gone = [find_entry(session, one) for one in others]
        done = merge_checked(session, stays, gone, despite=despite)
    if as_json:
        emit(vars(done))
    else:
        say(f"merge {done.id}: {len(done.absorbed)} entries went into entry {done.kept_id}")
        for number, question in zip((done.kept_id, *done.absorbed), done.questions, strict=True):
            hint(f"entry {number}: {question}")
        hint(f"`tongwen duplicates undo {done.id}` takes it apart again")


@group.command()
def undo(
    number: Annotated[int, typer.Argument(help="Number of the merge.")],
    as_json: options.Json = False,
) -> None:
    """Undo a merge, to the byte."""
    with options.opened() as home:
        done = undo_here(home, number, by=person())
    if as_json:
        emit(vars(done))
    else:
        say(f"merge {number} is undone: {len(done.absorbed)} entries are back")


@group.command()
def merges(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest.")] = 100,
    as_json: options.Json = False,
) -> None:
    """List merges, the newest first."""
    with options.opened() as home, home.database.reading() as session:
        found = list_merges(session, limit=limit)
    if as_json:
        emit({"merges": [vars(one) for one in found]})
    elif found:
        table(
            ("merge", "kept", "absorbed", "questions", "by", "when", "undone"),
            [
                (
                    *(m.id, m.kept_id, " ".join(map(str, m.absorbed)), " | ".join(m.questions)),
                    *(m.by, m.merged_at, m.undone_at),
                )
                for m in found
            ],
        )
    else:
        say("nothing was merged yet")


@group.command()
def fit(
    files: Annotated[
        list[Path], typer.Argument(help="Labelled pairs: question TAB question TAB 0 or 1.")
    ],
    model: options.Model = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to; default: the working folder.")
    ] = None,
    limit: Annotated[int, typer.Option(min=100, help="Pairs read of each file.")] = 10_000,
    as_json: options.Json = False,
) -> None:
    """Fit what `--threshold auto` does with a model on labelled pairs, each file a base."""
    from app.home import load_encoder
    from indexer.duplicates.fitting import fit_rule

    if out:
        check_out(out, sources=files)
    with options.opened(create=True) as home:
        encoder = load_encoder(home.model_to_index(model))
        with progress("embed") as report:
            fitted = fit_rule(encoder, files, out, home.folder, limit=limit, progress=report)
    if as_json:
        emit(fitted)
        return
    table(
        ("base", "contrast", "best threshold", "best F1", "auto", "F1 at auto"),
        [
            (
                *(b.name, _shown(b.contrast), b.best_threshold, f"{b.best_f1:.4f}"),
                *(b.automatic, f"{b.f1:.4f}"),
            )
            for b in fitted.bases
        ],
    )
    hint(f"written to {fitted.written_to}")


def _shown(contrast: float | None) -> str:
    return "" if contrast is None else f"{contrast:.4f}"
