"""`tongwen reindex`: vectors for what has none, and a new build, here or as a job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli import options
from app.cli.output import emit, fail, hint, progress, say
from app.home import Home
from app.jobs import enqueue_reindex, job_document, reindex_here
from indexer.requests import ReindexRequest

group = typer.Typer()


@group.command()
def reindex(
    collection: options.Collections = None,
    model: options.Model = None,
    gate: Annotated[
        list[str] | None,
        typer.Option(
            "--gate",
            metavar="METRIC>=SHARE",
            help="Publish only if recall@1, recall@5, recall@10 or mrr@10 reaches it;"
            " may be given again.",
        ),
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries", help="Labelled queries for the gate: .csv, .xlsx, .json, .jsonl."
        ),
    ] = None,
    index: Annotated[
        Literal["auto", "flat", "hnsw", "ivf"],
        typer.Option(help="flat: exact; hnsw, ivf: for very many questions; auto: by size."),
    ] = "auto",
    background: Annotated[
        bool, typer.Option("--background", help="Only enqueue a job for `tongwen worker`.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Embed what has no vector yet and publish a new build of the index.

    The model is --model, else TONGWEN_MODEL, else that of the live build, which answers until
    the new one is published.
    """
    with options.opened() as home:
        request = ReindexRequest(
            model=home.model_to_index(model),
            collections=tuple(collection or ()),
            gates=tuple(gate or ()),
            queries=str(queries.resolve()) if queries else None,
            index=index,
        )
        if background:
            _enqueue(home, request, as_json=as_json)
        else:
            _run(home, request, as_json=as_json)


def _enqueue(home: Home, request: ReindexRequest, *, as_json: bool) -> None:
    job = enqueue_reindex(home, request)
    if as_json:
        emit({"job": job.id, **job_document(job)})
    else:
        say(str(job.id))
        hint(f"job {job.id} waits for `tongwen worker`; watch it with `tongwen jobs show {job.id}`")


def _run(home: Home, request: ReindexRequest, *, as_json: bool) -> None:
    from indexer.jobs import RefusedError
    from indexer.placement import placement

    with progress("embed") as report:
        try:
            ran = reindex_here(home, request, report)
        except RefusedError as error:
            if as_json:
                emit({**vars(error.report), "job": error.job_id})
            fail(str(error))
            sys.exit(1)
    done = ran.report
    if as_json:
        emit({**vars(done), "job": ran.job_id})
        return
    say(
        f"build {done.build_id}: {done.total:,} questions,"
        f" {done.embedded:,} embedded, {done.reused:,} reused"
    )
    depth = f", depth {done.depth}" if done.depth else ""
    hint(f"index {done.index_kind}{depth}, recall@10 against exact search {done.recall_at_10:.4f}")
    if done.note:
        hint(done.note)
    for metric, figure in done.figures.items():
        hint(f"{metric} {figure:g}")
    hint(f"{done.seconds:.1f} s, model {done.model}; {placement()}")
    if done.truncated:
        hint(f"{done.truncated:,} questions were cut at the model's limit")
