"""`tongwen search`: one question in, the entries that answer it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import explaining
from app.asking import remember
from app.cli import options
from app.cli.output import emit, hint, say, table
from app.home import Home, load_encoder
from app.settings import read_settings
from app.words import phrase
from store.collections import categories, tags

if TYPE_CHECKING:
    from indexer.reasons import Reasons
    from indexer.search import Filters, SearchResult

group = typer.Typer()
LONGEST_ANSWER = 200
_MOST_NAMED = 20
VERDICTS = {
    "answer": "answer",
    "did_you_mean": "did you mean",
    "no_answer": "no answer; these are the nearest",
}


@group.command()
def search(
    text: Annotated[str, typer.Argument(help="The question, as a person would type it.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many entries.")] = 5,
    collection: options.Collections = None,
    category: Annotated[str | None, typer.Option(help="Only this category.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Only entries with this tag; may be given again.")
    ] = None,
    mode: Annotated[
        str, typer.Option(help="dense (by meaning), lexical (by words), or hybrid (by both).")
    ] = "hybrid",
    threshold: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Only entries of this score or more: 0 shows all, 1 the same text."
        ),
    ] = 0.0,
    as_json: options.Json = False,
) -> None:
    """Find the entries whose questions mean the same, say whether they answer, and why."""
    from indexer.judging import reaching
    from indexer.reasons import reasons_for
    from indexer.search import Filters

    filters = Filters(collections=tuple(collection or ()), category=category, tags=tuple(tag or ()))
    with options.opened() as home:
        searcher = home.searcher()
        searcher.prepare(mode)  # else the time of the search would be that of loading the model
        result = searcher.search(text, k=k, filters=filters, mode=mode)
        shown = reaching(result, threshold)
        if as_json:
            emit(document(shown, reasons_for(shown, load_encoder), filters))
        elif result.hits and not shown.hits:
            say(f"no entry reaches --threshold {threshold:g}; lower it")
        else:
            show_hits(shown)
            if not result.hits:
                for unknown in _not_in_use(home, filters):
                    hint(unknown)
        # Last: nobody should wait for it. What the base found, not what was cut off here.
        remember(home, read_settings(), result, filters, source="command")


def document(result: SearchResult, why: list[Reasons], filters: Filters) -> dict[str, Any]:
    """Return the search result in the shape that `--json` promises."""
    return {
        "query": result.query,
        "model": result.model,
        "build": result.build,
        "took_ms": {
            "encode": round(result.took.encode_ms, 3),
            "search": round(result.took.search_ms, 3),
            "total": round(result.took.total_ms, 3),
        },
        "pending": result.pending,
        "pending_words": result.pending_words,
        "mode": str(result.mode),
        "verdict": str(result.verdict),
        "confidence": result.confidence,
        "thresholds": {
            "answer": result.thresholds.answer,
            "suggest": result.thresholds.suggest,
            "gap": result.thresholds.gap,
        },
        "conflicts": [
            {"kind": str(one.kind), "asked": one.asked, "found": one.found}
            for one in result.conflicts
        ],
        "topic": result.topic,
        "hits": [
            {
                "rank": hit.rank,
                "entry_id": hit.entry_id,
                "external_id": hit.external_id,
                "collection": hit.collection,
                "category": hit.category,
                "tags": list(hit.tags),
                "question": hit.question,
                "matched_question": hit.matched_question,
                "kind": str(hit.kind),
                "answer": hit.answer,
                "score": hit.score,
                "lexical": hit.lexical,
                "fused": hit.fused,
                "covered": hit.covered,
                "centroid": hit.centroid,
                "questions": hit.questions,
                "odds": hit.odds,
                "dense_rank": hit.dense_rank,
                "lexical_rank": hit.lexical_rank,
                "exact": hit.exact,
                "vetoed_by": hit.vetoed_by,
                "why": explaining.document(hit, reasons, filters),
            }
            for hit, reasons in zip(result.hits, why, strict=True)
        ],
    }


def _not_in_use(home: Home, filters: Filters) -> Iterator[str]:
    """Say which words of the filters no entry has, and which there are."""
    with home.database.reading() as session:
        known_categories, known_tags = categories(session), tags(session)
    asked = [("category", name, known_categories) for name in [filters.category] if name]
    asked += [("tag", name, known_tags) for name in filters.tags]
    for kind, name, known in asked:
        if name not in known:
            there = ", ".join(known[:_MOST_NAMED]) + (" ..." if len(known) > _MOST_NAMED else "")
            yield f"no entry has the {kind} '{name}'; there is {there or 'none at all'}"


def show_hits(result: Any, *, title: str = "") -> None:
    """Print the hits as a table, and one dim line about how they were found."""
    if result.hits:
        say(VERDICTS[str(result.verdict)])
        for one in result.conflicts:
            say(explaining.conflict_in_words(one, "en"))
        if result.is_choice:
            say(phrase("en", "ask_topic"))
        table(
            ("#", "score", "question", "answer", "collection"),
            [
                (
                    hit.rank,
                    explaining.shown_score(hit.score),
                    _question(hit),
                    _short(hit.answer),
                    hit.collection,
                )
                for hit in result.hits
            ],
            title=title,
        )
    elif str(result.mode) == "lexical":
        say("no entry shares a word with it; search by meaning too, with `--mode hybrid`")
    else:
        say("no entry matches; widen the filters or import entries with `tongwen import`")
    build = f"build {result.build}" if result.build else "no build yet, run `tongwen reindex`"
    hint(f"{result.took.total_ms:.0f} ms, {build}, model {result.model}")
    if result.pending:
        hint(f"{result.pending:,} questions are not indexed yet; run `tongwen reindex`")
    if result.pending_words:
        hint(
            f"{result.pending_words:,} questions are not found by their words yet;"
            " run `tongwen reindex`"
        )


def _question(hit: Any) -> str:
    if hit.vetoed_by:
        return f"{hit.question}\nnot asked by: {hit.vetoed_by}"
    if hit.matched_question == hit.question:
        return str(hit.question)
    return f"{hit.question}\n= {hit.matched_question}"


def _short(answer: str) -> str:
    return answer if len(answer) <= LONGEST_ANSWER else answer[: LONGEST_ANSWER - 1] + "…"
