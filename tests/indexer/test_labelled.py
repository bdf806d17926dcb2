from __future__ import annotations

import pytest
from openpyxl import Workbook

from indexer.errors import IndexerError
from indexer.labelled import (
    Expectation,
    Fault,
    Labelled,
    LabelledFile,
    decided_queries,
    read_labelled,
    resolve,
)
from store.collections import ensure_collection
from store.entries import EntryDraft, add_entry, set_status
from store.entry_merges import merge_entries
from store.labels import put_labels
from store.models import Decision, Status

ONE = Labelled("卡丢了", ("b1",))
NONE = Labelled("天气怎么样")


def _read(tmp_path, name, content, encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(content.encode(encoding))
    return read_labelled(path)


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("query,expected", "utf-8"),
        ("问法,期望编号", "gb18030"),
        ("问题,编号", "utf-8-sig"),
        ("Query,Expected ID", "utf-16"),
    ],
)
def test_a_table_is_read_whatever_its_headers_and_encoding(tmp_path, header, encoding):
    read = _read(tmp_path, "q.csv", f"{header}\n卡丢了,b1\n天气怎么样,\n", encoding)
    assert read.queries == (ONE, NONE)
    assert read.faults == ()


def test_a_workbook_is_read(tmp_path):
    book = Workbook()
    for row in (["query", "expected", "note"], ["卡丢了", "b1", "x"], ["天气怎么样", None, None]):
        book.active.append(row)
    book.active.append(["一百号", 100])
    book.save(tmp_path / "q.xlsx")
    assert read_labelled(tmp_path / "q.xlsx").queries == (ONE, NONE, Labelled("一百号", ("100",)))


def test_json_lines_expect_one_several_or_none(tmp_path):
    read = _read(
        tmp_path,
        "q.jsonl",
        '{"query": "卡丢了", "expected": "b1"}\n{"query": "天气怎么样", "expected": null}\n'
        '{"query": "x", "expected": ["b1", "b2", ""]}\n{"query": "y", "expected": []}\n'
        '{"query": "z", "expected": 12}\n',
    )
    several, empty, number = read.queries[2:]
    assert read.queries[:2] == (ONE, NONE)
    assert (several.expected, empty.answerable, number.expected) == (("b1", "b2"), False, ("12",))


def test_entries_of_an_faq_file_are_expected_by_the_queries_they_bring(tmp_path):
    read = _read(
        tmp_path,
        "faq.jsonl",
        '{"id": "e1", "question": "甲", "queries": ["甲一", "甲二"]}\n'
        '{"question": "乙", "queries": ["乙一"]}\n{"question": "丙"}\n',
    )
    assert read.queries == (
        Labelled("甲一", ("e1",)),
        Labelled("甲二", ("e1",)),
        Labelled("乙一", (), "乙"),
    )


def test_rows_that_are_no_use_are_told_with_their_line(tmp_path):
    read = _read(tmp_path, "q.csv", "query,expected\n卡丢了,b1\n,b2\na,b,c\n")
    assert read.queries == (ONE,)
    assert [fault.line for fault in read.faults] == [3, 4]
    read = _read(tmp_path, "q.jsonl", '{"query": "卡丢了", "expected": "b1"}\n{\n{"query": "x"}\n')
    assert read.queries == (ONE,)
    assert read.faults[0].line == 2
    assert read.faults[1] == Fault(
        3, 'no "expected" beside the query; leave it empty where nothing answers'
    )


@pytest.mark.parametrize(
    "content", ["甲,乙\n1,2\n", '{"a": 1}\n', '{"question": "甲", "answer": "乙"}\n']
)
def test_a_file_without_labels_says_what_it_should_hold(tmp_path, content):
    name = "q.jsonl" if content.startswith("{") else "q.csv"
    with pytest.raises(IndexerError, match=r'no labelled queries.*"query" and "expected"'):
        _read(tmp_path, name, content)


def test_expected_names_are_found_in_the_base_and_missing_ones_are_told(database):
    with database.writing() as session:
        numbers = {}
        for home, name in (("a", "e1"), ("a", "x|y"), ("b", "e1"), ("b", "e2")):
            draft = EntryDraft(standard=f"{home} {name}", external_id=name)
            numbers[home, name] = add_entry(session, ensure_collection(session, home), draft)
        a = ensure_collection(session, "a").id

    def of(query, *collections):
        with database.reading() as session:
            return resolve(session, [query], collections or None)[0]

    both = frozenset({numbers["a", "e1"], numbers["b", "e1"]})
    assert of(Labelled("q", ("e1",))) == Expectation(both, ())
    assert of(Labelled("q", ("e1",)), a).entry_ids == {numbers["a", "e1"]}
    assert of(Labelled("q", ("x|y",))).entry_ids == {numbers["a", "x|y"]}
    assert of(Labelled("q", ("e2|e9",))) == Expectation(frozenset({numbers["b", "e2"]}), ("e9",))
    assert of(Labelled("q", ("e2",)), a) == Expectation(frozenset(), ("e2",))
    assert of(Labelled("q", (), "b e2")).entry_ids == {numbers["b", "e2"]}
    assert of(Labelled("q", ("b e2",))).entry_ids == {numbers["b", "e2"]}
    assert of(Labelled("q")) == Expectation(frozenset(), ())


def test_half_a_character_in_a_question_is_a_faulty_row(tmp_path):
    broken = '{"question": "\\ud800怎么退", "queries": ["退钱"]}'
    rows = broken + '\n{"query": "卡丢了", "expected": "b1"}\n'
    read = _read(tmp_path, "q.jsonl", rows)
    assert read.queries == (ONE,)
    assert "broken character" in read.faults[0].reason


def test_a_decided_query_expects_the_entry_that_its_own_was_merged_into(database):
    with database.writing() as session:
        bank, shop = ensure_collection(session, "bank"), ensure_collection(session, "shop")
        own = add_entry(session, bank, EntryDraft("怎么退款"))
        kept = add_entry(session, shop, EntryDraft("如何退款", similar=("退钱",)))
        put_labels(session, ["退钱"], Decision.SIMILAR, own)
        merge_entries(session, kept, [own])
    with database.reading() as session:
        assert [one.entry_id for one in decided_queries(session).queries] == [kept]
        assert decided_queries(session, ["shop"]).queries == decided_queries(session).queries
        assert decided_queries(session, ["bank"]) == LabelledFile((), ())
    with database.writing() as session:
        set_status(session, [kept], Status.ARCHIVED)
    with database.reading() as session:
        (fault,) = decided_queries(session).faults
    assert "is not active" in fault.reason
