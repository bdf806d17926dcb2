from __future__ import annotations

import pytest

from store.builds import (
    create_build,
    delete_build,
    fail_build,
    finish_build,
    list_builds,
    live_build,
    live_build_id,
    publish,
)
from store.database import Database, Session
from store.errors import NotFoundError, StoreError
from store.models import BuildState
from store.vectors import register_model


def _model(session: Session) -> int:
    model = register_model(
        session, name="m", fingerprint="f", dimension=4, layers=2, parameters=1000
    )
    return model.id


def _ready(session: Session) -> int:
    build_id = create_build(session, _model(session))
    finish_build(
        session,
        build_id,
        index_kind="flat",
        questions=7,
        covered={1: 5, 12: 9},
        checksums={"index.faiss": "ab"},
        measures={"seconds": 1.5},
    )
    return build_id


def test_a_build_comes_back_as_it_was_finished(database: Database) -> None:
    with database.writing() as session:
        build_id = _ready(session)
        publish(session, build_id)
    with database.reading() as session:
        live = live_build(session)
    assert live is not None
    assert (live.id, live.state, live.index_kind) == (build_id, BuildState.READY, "flat")
    assert live.questions == 7
    assert live.covered == {1: 5, 12: 9}
    assert live.checksums == {"index.faiss": "ab"}
    assert live.measures == {"seconds": 1.5}
    assert (live.model.fingerprint, live.model.dimension) == ("f", 4)


def test_nothing_is_live_before_the_first_publication(database: Database) -> None:
    with database.writing() as session:
        _ready(session)
        assert live_build(session) is None
        assert live_build_id(session) == 0


def test_the_last_publication_says_what_is_live_so_an_old_build_can_come_back(
    database: Database,
) -> None:
    with database.writing() as session:
        first, second = _ready(session), _ready(session)
    for build_id in (first, second, first):
        with database.writing() as session:
            publish(session, build_id)
        with database.reading() as session:
            live = live_build(session)
            assert live_build_id(session) == build_id
        assert live is not None
        assert live.id == build_id


def test_only_a_ready_build_can_be_published(database: Database) -> None:
    with database.writing() as session:
        building = create_build(session, _model(session))
        failed = create_build(session, _model(session))
        fail_build(session, failed)
        with pytest.raises(StoreError, match="is building; only a ready one"):
            publish(session, building)
        with pytest.raises(StoreError, match="is failed; only a ready one"):
            publish(session, failed)
        with pytest.raises(NotFoundError, match="no build 99"):
            publish(session, 99)
        assert live_build(session) is None


def test_a_build_is_finished_once(database: Database) -> None:
    with database.writing() as session:
        build_id = _ready(session)
        with pytest.raises(StoreError, match="is ready; only one being made can finish"):
            finish_build(
                session,
                build_id,
                index_kind="flat",
                questions=0,
                covered={},
                checksums={},
                measures={},
            )


def test_builds_are_listed_the_oldest_first_and_their_ids_never_come_back(
    database: Database,
) -> None:
    with database.writing() as session:
        ids = [_ready(session) for _ in range(3)]
        delete_build(session, ids[-1])
        later = _ready(session)
    with database.reading() as session:
        assert [build.id for build in list_builds(session)] == [*ids[:2], later]
    assert later > ids[-1]


def test_the_live_build_cannot_be_deleted_but_the_one_before_it_can(database: Database) -> None:
    with database.writing() as session:
        old, new = _ready(session), _ready(session)
        publish(session, old)
        publish(session, new)
    with database.writing() as session:
        with pytest.raises(StoreError, match="is live"):
            delete_build(session, new)
        delete_build(session, old)
        with pytest.raises(NotFoundError):
            delete_build(session, old)
    with database.reading() as session:
        live = live_build(session)
    assert live is not None
    assert live.id == new
