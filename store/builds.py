"""Builds and publications: which indexes exist and which one answers.

A build is made aside and never changed once it is ready. The last publication row says which
one is live, so publishing, and going back, is one committed row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from store.errors import NotFoundError, StoreError
from store.models import Build, BuildState, Publication
from store.vectors import ModelRecord, model_record

_LAST_PUBLICATION = select(func.max(Publication.id))


@dataclass(frozen=True)
class BuildRecord:
    """A build; `covered` maps a collection id to the change number its questions are in up to.

    `questions` counts its rows; negative questions have none.
    """

    id: int
    model: ModelRecord
    state: BuildState
    index_kind: str
    questions: int
    covered: Mapping[int, int]
    checksums: Mapping[str, str]
    measures: Mapping[str, Any]
    created_at: dt.datetime

    @property
    def questions_of_every_kind(self) -> int:
        """How many questions it took in, negative ones too: what people are told."""
        return int(self.measures.get("questions_of_every_kind", self.questions))


def create_build(session: Session, model_id: int) -> int:
    """Return the id of a new build that is being made."""
    build = Build(model_id=model_id)
    session.add(build)
    session.flush()
    return build.id


def finish_build(
    session: Session,
    build_id: int,
    *,
    index_kind: str,
    questions: int,
    covered: Mapping[int, int],
    checksums: Mapping[str, str],
    measures: Mapping[str, Any],
) -> None:
    """Say that the build's files are on disk and what is in them."""
    build = _find(session, build_id)
    if build.state is not BuildState.BUILDING:
        raise StoreError(f"build {build_id} is {build.state}; only one being made can finish")
    build.state = BuildState.READY
    build.index_kind = index_kind
    build.questions = questions
    build.covered = {str(number): change for number, change in covered.items()}
    build.checksums = dict(checksums)
    build.measures = dict(measures)
    session.flush()


def fail_build(session: Session, build_id: int) -> None:
    """Say that the build came to nothing."""
    _find(session, build_id).state = BuildState.FAILED
    session.flush()


def publish(session: Session, build_id: int) -> None:
    """Make a ready build the one that answers."""
    build = _find(session, build_id)
    if build.state is not BuildState.READY:
        raise StoreError(f"build {build_id} is {build.state}; only a ready one can be published")
    session.add(Publication(build_id=build_id))
    session.flush()


def live_build(session: Session) -> BuildRecord | None:
    """Return the build published last, None before the first."""
    query = select(Build).join(Publication).order_by(Publication.id.desc()).limit(1)
    build = session.scalar(query.options(joinedload(Build.model)))
    return None if build is None else _record(build)


def live_build_id(session: Session) -> int:
    """Return the id of the build published last, 0 before the first; cheaper than the build."""
    query = select(Publication.build_id).order_by(Publication.id.desc()).limit(1)
    return session.scalar(query) or 0


def last_publication(session: Session) -> int:
    """Return the number of the last publication or rollback, 0 before the first."""
    return session.connection().scalar(_LAST_PUBLICATION) or 0


def answered_before(session: Session) -> list[BuildRecord]:
    """Return the builds that a rollback would bring back, the next one first.

    Publishing again what answered once is going back to it: what came in between is passed by.
    """
    path: list[int] = []
    for number in session.scalars(select(Publication.build_id).order_by(Publication.id)):
        path = path[: path.index(number)] if number in path else path
        path.append(number)
    return [_record(_find(session, number)) for number in path[-2::-1]]


def find_build(session: Session, build_id: int) -> BuildRecord:
    """Return a build; NotFoundError where there is none of that number."""
    return _record(_find(session, build_id))


def list_builds(session: Session) -> list[BuildRecord]:
    """Return every build, the oldest first."""
    query = select(Build).order_by(Build.id).options(joinedload(Build.model))
    return [_record(build) for build in session.scalars(query)]


def delete_build(session: Session, build_id: int) -> None:
    """Forget a build and its publications; the live one can't go."""
    live = live_build(session)
    if live and live.id == build_id:
        raise StoreError(f"build {build_id} is live; publish another one first")
    build = _find(session, build_id)
    session.execute(delete(Publication).where(Publication.build_id == build_id))
    session.delete(build)
    session.flush()


def _find(session: Session, build_id: int) -> Build:
    build = session.get(Build, build_id)
    if build is None:
        raise NotFoundError(f"no build {build_id}; `tongwen builds list` shows the ones there are")
    return build


def _record(build: Build) -> BuildRecord:
    return BuildRecord(
        id=build.id,
        model=model_record(build.model),
        state=build.state,
        index_kind=build.index_kind,
        questions=build.questions,
        covered={int(number): change for number, change in build.covered.items()},
        checksums=build.checksums,
        measures=build.measures,
        created_at=build.created_at,
    )
