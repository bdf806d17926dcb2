"""`tongwen builds`: which indexes there are, and which of them answers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import options
from app.cli.output import emit, progress, say, table
from app.home import load_encoder
from store.builds import BuildRecord

group = typer.Typer(
    help="List builds of the index, publish one, go back, prune.", no_args_is_help=True
)


@group.command("list")
def list_(as_json: options.Json = False) -> None:
    """List the builds, the oldest first."""
    from store.builds import answered_before, list_builds, live_build_id

    with options.opened() as home, home.database.reading() as session:
        found, live = list_builds(session), live_build_id(session)
        before = answered_before(session)
    back = before[0].id if before else None
    if as_json:
        builds = [_document(build, live=build.id == live) for build in found]
        emit({"live": live or None, "rollback_to": back, "builds": builds})
    elif found:
        table(
            ("build", "", "state", "index", "recall@10", "questions", "model", "made"),
            [
                (
                    str(b.id),
                    "live" if b.id == live else "rollback" if b.id == back else "",
                    str(b.state),
                    f"{b.index_kind}, depth {depth}" if depth else b.index_kind,
                    b.measures.get("recall_at_10"),
                    b.questions_of_every_kind,
                    b.model.name,
                    b.created_at,
                )
                for b in found
                for depth in (b.measures.get("depth"),)
            ],
        )
    else:
        say("no builds yet; run `tongwen reindex`")


@group.command()
def publish(
    build: Annotated[int, typer.Argument(help="Number of the build.")],
    as_json: options.Json = False,
) -> None:
    """Let a build answer from now on; what changed since it was made is found too."""
    from indexer.publishing import publish_build

    with options.opened() as home, progress("embed") as report:
        done = publish_build(home.database, build, load_encoder, progress=report)
    _say_live(done, as_json=as_json)


@group.command()
def rollback(as_json: options.Json = False) -> None:
    """Let the build that answered before the live one answer again."""
    from indexer.publishing import roll_back

    with options.opened() as home, progress("embed") as report:
        done = roll_back(home.database, load_encoder, progress=report)
    _say_live(done, as_json=as_json)


@group.command()
def prune(
    keep: Annotated[int, typer.Option(min=0, help="How many of the newest stay.")] = 3,
    as_json: options.Json = False,
) -> None:
    """Remove old builds; the live one and the ones to go back to stay."""
    from indexer.publishing import prune_builds

    with options.opened() as home:
        gone = prune_builds(home.database, home.folder, keep=keep)
    if as_json:
        emit({"removed": gone})
    else:
        say(f"removed {len(gone)} builds" + (f": {', '.join(map(str, gone))}" if gone else ""))


def _say_live(build: BuildRecord, *, as_json: bool) -> None:
    if as_json:
        emit(_document(build, live=True))
    else:
        count = build.questions_of_every_kind
        say(f"build {build.id} answers now: {count:,} questions, {build.model.name}")


def _document(build: BuildRecord, *, live: bool) -> dict[str, Any]:
    return {
        "id": build.id,
        "live": live,
        "state": str(build.state),
        "index_kind": build.index_kind,
        "questions": build.questions_of_every_kind,
        "model": build.model.name,
        "fingerprint": build.model.fingerprint,
        "dimension": build.model.dimension,
        "measures": dict(build.measures),
        "created_at": build.created_at,
    }
