"""Whatever entries say, an export of them imports again without any change."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from store import cells
from store.collections import ensure_collection
from store.database import Database
from store.drafts import EntryDraft
from store.entries import add_entry, browse, delete_entries
from store.errors import StoreError
from store.exporting import export_collection
from store.importing import ImportOptions, import_files
from store.models import Status

SUFFIXES = [".csv", ".xlsx", ".jsonl", ".jsonl.gz"]
AWKWARD = st.text(
    st.sampled_from("问答a1 |;；#\n\r\t\"',，、=+-@[]{}\\_x000D\u3000\ufeff\u200b𠮷\x0b"),
    max_size=12,
)
ANY = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=8
)
TEXT = AWKWARD | ANY
SAID = TEXT.filter(str.strip)
TIME = (
    st.none()
    | st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC)).map(
        lambda moment: moment.replace(microsecond=0)
    )
    | st.dates(dt.date(1990, 1, 1), dt.date(2200, 1, 1)).map(
        lambda day: dt.datetime.combine(day, dt.time(), dt.UTC)
    )
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=3,
)
NAME = SAID.map(str.strip) | st.sampled_from(
    ["", "queries", "问题", "Answer", "json:x", "extra:x", "metadata", "分段内容", "相似问2"]
)
DRAFTS = st.builds(
    EntryDraft,
    standard=SAID,
    answer=TEXT,
    external_id=SAID,
    similar=st.lists(SAID, max_size=3).map(tuple),
    negative=st.lists(SAID, max_size=2).map(tuple),
    category=TEXT,
    tags=st.lists(SAID, max_size=3, unique=True).map(tuple),
    status=st.sampled_from(Status),
    valid_from=TIME,
    valid_until=TIME,
    extra=st.dictionaries(NAME, VALUE, max_size=2),
).filter(
    lambda draft: (
        not (draft.valid_from and draft.valid_until and draft.valid_from >= draft.valid_until)
    )
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
@given(entries=st.lists(DRAFTS, min_size=1, max_size=8, unique_by=lambda draft: draft.external_id))
@example(entries=[EntryDraft(standard="0", external_id="0", extra={"'=": "0", "=1+1": "1"})])
def test_any_entries_come_back_unchanged_and_equal(
    database: Database, suffix: str, entries: list[EntryDraft]
) -> None:
    with database.writing() as session:
        for name in ("库", "副本"):
            collection = ensure_collection(session, name)
            gone = [record.id for record in browse(session, collection=name, limit=999)]
            delete_entries(session, gone)
        collection = ensure_collection(session, "库")
        for draft in entries:
            add_entry(session, collection, draft)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"导出{suffix}"
        assert export_collection(database, "库", out) == len(entries)
        again = import_files(database, [out], ImportOptions("库"))
        assert (again.read, again.unchanged) == (len(entries), len(entries))
        import_files(database, [out], ImportOptions("副本"))
    with database.reading() as session:
        copies = browse(session, collection="副本", limit=999)
    assert [record.draft for record in copies] == entries


@given(st.lists(SAID, max_size=4))
def test_a_cell_of_several_texts_gives_back_the_same_texts(texts: list[str]) -> None:
    assert cells.split_questions(cells.join_questions(texts)) == tuple(texts)
    assert cells.split_tags(cells.join_tags(texts)) == tuple(texts)


@given(TIME, st.booleans())
def test_a_time_is_shown_so_that_it_reads_back(moment: dt.datetime | None, end: bool) -> None:
    assert cells.moment(cells.show_moment(moment, end=end), end=end) == moment


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_last_day_of_the_calendar_is_no_end_and_stays_so(
    database: Database, write: Callable[..., Path], tmp_path: Path, suffix: str
) -> None:
    rows = [{"id": "a", "question": "怎么退货？", "valid_until": "9999-12-31"}]
    first = import_files(database, [write("a.jsonl", rows)], ImportOptions("库"))
    assert (first.added, first.rejected) == (1, 0)
    with database.reading() as session:
        assert browse(session)[0].draft.valid_until is None
    export_collection(database, "库", tmp_path / f"out{suffix}")
    again = import_files(database, [tmp_path / f"out{suffix}"], ImportOptions("库"))
    assert (again.read, again.unchanged) == (1, 1)


def test_entries_without_ids_and_with_one_question_stay_two(
    database: Database, tmp_path: Path
) -> None:
    with database.writing() as session:
        collection = ensure_collection(session, "库")
        for answer in ("甲", "乙"):
            add_entry(session, collection, EntryDraft("怎么退货？", answer))
    for suffix in SUFFIXES:
        export_collection(database, "库", tmp_path / f"a{suffix}")
        again = import_files(database, [tmp_path / f"a{suffix}"], ImportOptions("库"))
        assert (again.read, again.unchanged) == (2, 2)


def test_a_cell_too_long_for_excel_is_refused_by_name_and_leaves_no_file(
    database: Database, write: Callable[..., Path], tmp_path: Path
) -> None:
    rows: list[dict[str, Any]] = [{"question": "长的", "answer": "长" * 40_000}]
    import_files(database, [write("a.jsonl", rows)], ImportOptions("库"))
    with pytest.raises(StoreError, match="长的"):
        export_collection(database, "库", tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()
    assert export_collection(database, "库", tmp_path / "a.csv") == 1
