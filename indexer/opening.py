"""Opening a published build, and making it anew where its files are not what was written.

A damaged build is replaced by a new one, made from the stored vectors without the model. Where
that cannot be written, or somebody else is making a build, it is made in memory only: whatever
happens to the files, a search is answered.
"""

from __future__ import annotations

import logging

from indexer.build_content import Content, collect
from indexer.build_files import BuildFiles
from indexer.errors import DamagedBuildError, IndexerError
from indexer.making import Plan, make_build
from store.builds import BuildRecord, delete_build, live_build_id
from store.changes import last_change
from store.database import Database, Session
from store.errors import StoreError

_log = logging.getLogger(__name__)


def open_build(
    database: Database, files: BuildFiles, record: BuildRecord, session: Session
) -> Content:
    """Return a published build, true to the state that the session reads.

    Its `covered` may be less than the record's, where a vector is lost too.
    """
    now = last_change(session)
    try:
        segment, stamp = files.read(record)
        return Content(segment, record.covered, record.questions, now, stamp)
    except DamagedBuildError as error:
        made = _replace(database, files, record, error)
    if made is not None and made.change == now:
        return made
    # The new build may already lack a question that this session still sees unchanged.
    return collect(session, record.model, like=record).indexed("flat")


def _replace(
    database: Database, files: BuildFiles, record: BuildRecord, fault: DamagedBuildError
) -> Content | None:
    """Publish the same content anew; None where somebody else does, or nobody can."""
    try:
        if not _is_live(database, record):
            return None  # Another build was published and this one removed meanwhile.
        _log.warning("%s; making it again from the stored vectors", fault)
        with files.lock(database):
            if not _is_live(database, record):
                return None
            asked = str(record.measures.get("asked", "auto"))
            plan = Plan(record.model, like=record, over=record.id, index=asked)
            made = make_build(database, files, plan)
            # Nobody should go back to what is damaged.
            with database.writing() as session:
                delete_build(session, record.id)
            files.remove(record.id)
        _log.warning("build %d takes the place of build %d", made.id, record.id)
        return made.content
    except (IndexerError, StoreError, OSError) as error:  # a full disk, too
        _log.warning("the new build is kept in memory only: %s", error)
        return None


def _is_live(database: Database, record: BuildRecord) -> bool:
    with database.reading() as session:
        return live_build_id(session) == record.id
