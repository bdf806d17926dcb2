"""Keeping the index of words up with the questions: by a reindex, and after every edit.

Batches are short transactions, so nobody waits long to write, and a run that is killed goes on
where it stopped. An import never pays for it row by row.
"""

from __future__ import annotations

from indexer.watching import UNWATCHED, Watch
from store.database import Database
from store.lexical import (
    clear,
    common_tokens,
    count_stale,
    count_unindexed,
    has_index,
    index_more,
    indexed,
    keep_common,
)

_BATCH = 5_000
# So few questions are an edit; more are an import, which the next reindex takes in.
_FEW = 2_000
# With so many deleted questions in it, the index is made anew.
_STALE_SHARE, _STALE = 0.25, 10_000


def take_in_words(database: Database, watch: Watch = UNWATCHED) -> int:
    """Bring the index of words up to date; return how many questions were taken in."""
    with database.reading() as session:
        if not has_index(session):
            return 0
        stale = count_stale(session)
        anew = stale < 0 or stale > max(_STALE, _STALE_SHARE * indexed(session).documents)
    if anew:
        with database.writing() as session:
            clear(session)
    taken = 0
    while True:
        watch.checkpoint()
        with database.writing() as session:
            done = index_more(session, _BATCH)
        taken += done
        if done < _BATCH:
            break
    with database.reading() as session:
        counted = common_tokens(session)
    if counted:
        with database.writing() as session:
            keep_common(session, counted)
    return taken


def take_in_few_words(database: Database) -> None:
    """Take in the questions of an edit, unless more are waiting than an edit has."""
    with database.reading() as session:
        if not has_index(session) or not 0 < count_unindexed(session) <= _FEW:
            return
    with database.writing() as session:
        index_more(session, _FEW)


def make_anew(database: Database) -> int:
    """Empty the index of words and fill it again; return how many questions it has."""
    with database.writing() as session:
        clear(session)
    return take_in_words(database)
