"""Import keeps accounts: every row is added, updated, unchanged or rejected, and none is lost."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from store.collections import ensure_collection, summaries
from store.database import Database
from store.entries import EntryDraft, add_entry, browse, update_entry
from store.errors import FileFormatError, StoreError
from store.import_memory import Key, Written
from store.importing import ImportOptions, ImportReport, Progress, import_files, preview_file
from store.models import Status
from store.questions import stream_questions
from store.text import text_hash

Write = Callable[..., Path]
Bring = Callable[..., ImportReport]
Drafts = Callable[[], list[EntryDraft]]


def _counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.rejected


def test_the_same_file_twice_changes_nothing(
    write: Write, bring: Bring, drafts: Drafts, tmp_path: Path
) -> None:
    path = write(
        "a.jsonl", [{"id": str(n), "question": f"问{n}", "answer": "答"} for n in range(9)]
    )
    assert _counts(bring(path)) == (9, 0, 0, 0)
    before = drafts()
    assert _counts(bring(path)) == (0, 0, 9, 0)
    rejects = tmp_path / "r.jsonl"
    assert _counts(bring(path, rejects=rejects)) == (0, 0, 9, 0)
    assert rejects.read_bytes() == b""
    # Under another name it is compared row by row, not as a file that is known.
    assert _counts(bring(path.rename(tmp_path / "b.jsonl"))) == (0, 0, 9, 0)
    assert drafts() == before


def test_an_edit_between_two_imports_of_a_file_is_seen(
    database: Database, write: Write, bring: Bring, drafts: Drafts
) -> None:
    path = write("a.jsonl", [{"id": "1", "question": "问", "answer": "答"}])
    bring(path)
    with database.writing() as session:
        [record] = browse(session)
        update_entry(session, record.id, replace(record.draft, answer="改过"))
    assert _counts(bring(path)) == (0, 1, 0, 0)
    assert drafts()[0].answer == "答"


def test_rows_without_an_id_are_matched_by_what_the_question_means(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    bring(write("a.csv", "问题,答案\n怎么开户？,旧\n怎么销户,柜台\n"))
    report = bring(write("b.csv", "问题,答案\n 怎麼開戶,新\n怎么销户,柜台\n怎么转账,手机\n"))
    assert _counts(report) == (1, 1, 1, 0)
    assert [(one.standard, one.answer) for one in drafts()] == [
        (" 怎麼開戶", "新"),
        ("怎么销户", "柜台"),
        ("怎么转账", "手机"),
    ]


def test_one_question_under_two_ids_is_two_entries(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    path = write("a.csv", "id,question,answer\n1,q,a\n2,q,b\n")
    assert _counts(bring(path)) == (2, 0, 0, 0)
    assert [(one.external_id, one.answer) for one in drafts()] == [("1", "a"), ("2", "b")]


def test_a_file_without_a_column_leaves_that_field_alone(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    bring(write("a.csv", "id,问题,相似问,答案,标签,备注\n1,甲,乙|丙,旧,t,n\n"))
    report = bring(write("b.csv", "id,问题,答案\n1,甲,新\n"))
    assert _counts(report) == (0, 1, 0, 0)
    assert drafts() == [
        EntryDraft("甲", "新", "1", similar=("乙", "丙"), tags=("t",), extra={"备注": "n"})
    ]
    bring(write("c.csv", "id,问题,相似问,备注\n1,甲,,\n"))
    assert drafts() == [EntryDraft("甲", "新", "1", tags=("t",))]


def test_rows_that_share_an_id_become_one_entry(write: Write, bring: Bring, drafts: Drafts) -> None:
    text = "编号,问题,答案,标签\n1,甲,答,x\n2,子,丑,\n1,乙,,y\n1,丙,答,\n1,乙,答,\n"
    path = write("a.csv", text)
    assert _counts(bring(path)) == (2, 2, 1, 0)
    whole = EntryDraft("甲", "答", "1", similar=("乙", "丙"), tags=("x", "y"))
    assert drafts()[0] == whole
    bring(write("b.csv", "编号,问题,答案\n1,甲,答\n"))
    assert drafts()[0] == whole
    again = write("c.csv", text + "3,新,答,\n")
    assert _counts(bring(again)) == (1, 0, 5, 0)


def test_a_row_that_says_what_was_stored_before_is_not_lost_to_one_that_changes_it(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    bring(write("a.csv", "id,question,answer\n1,甲,答\n"))
    assert _counts(bring(write("b.csv", "id,question,answer\n1,乙,答\n1,甲,答\n"))) == (0, 2, 0, 0)
    assert drafts() == [EntryDraft("乙", "答", "1", similar=("甲",))]


def test_rows_of_one_entry_far_apart_still_become_one(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    others = "".join(f"x{n},问{n},答\n" for n in range(5_100))
    path = write("a.csv", f"id,question,answer\n1,甲,答\n{others}1,乙,\n1,甲,另一个\n")
    assert _counts(bring(path)) == (5_101, 1, 0, 1)
    assert drafts()[0] == EntryDraft("甲", "答", "1", similar=("乙",))
    again = write("b.csv", path.read_text() + "2,新,答\n")
    assert _counts(bring(again)) == (1, 0, 5_102, 1)


def test_rows_that_contradict_are_refused_with_the_reason(
    write: Write, bring: Bring, drafts: Drafts, tmp_path: Path
) -> None:
    path = write("a.csv", "id,question,answer\n1,甲,一\n1,乙,二\n,丙,三\n,丙？,四\n")
    rejects = tmp_path / "r.jsonl"
    assert _counts(bring(path, rejects=rejects)) == (2, 0, 0, 2)
    assert [(one.standard, one.answer) for one in drafts()] == [("甲", "一"), ("丙", "三")]
    lines = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(line["line"], line["row"]["question"]) for line in lines] == [(3, "乙"), (5, "丙？")]
    assert all("another answer" in line["reason"] for line in lines)
    assert _counts(bring(path, rejects=rejects)) == (0, 0, 2, 2)


def test_every_rejected_row_is_written_whole_with_its_reason(
    write: Write, bring: Bring, tmp_path: Path
) -> None:
    rows = [
        ('"好的",答,active,,', None),
        (",只有答案,active,,", "empty question"),
        (f"{'长' * 2001},答,active,,", "question of 2,001"),
        (f"q1,{'答' * 200_001},active,,", "answer of 200,001"),
        ("q2,答,大概,,", "unknown status '大概'"),
        ("q3,答,active,明天,", "bad date '明天'"),
        ("q4,答,active,2025-02-30,", "bad date '2025-02-30'"),
        ("q5,答,active,2025-02-03,2025-02-01", "valid_from is not before"),
        ("q6,答,active,,,多,的", "7 cells under 5 headers"),
        ("q7", None),
    ]
    text = "问题,答案,状态,生效,失效\n" + "\n".join(row for row, _ in rows) + "\n"
    rejects = tmp_path / "r.jsonl"
    report = bring(write("a.csv", text), rejects=rejects)
    assert _counts(report) == (2, 0, 0, 8)
    lines = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    expected = [(n, row, why) for n, (row, why) in enumerate(rows, 2) if why]
    for (number, row, why), line in zip(expected, lines, strict=True):
        assert (line["file"], line["line"]) == ("a.csv", number)
        assert why in line["reason"]
        assert "\n" not in line["reason"]
        assert [cell for cell in line["row"].values() if cell] == [c for c in row.split(",") if c]


def test_rejected_rows_as_csv_cannot_run_as_formulas(
    write: Write, bring: Bring, tmp_path: Path
) -> None:
    rejects = tmp_path / "r.csv"
    bring(write("=a.csv", '问题,答案\n,=HYPERLINK("x")\n'), rejects=rejects)
    with rejects.open(encoding="utf-8-sig", newline="") as stream:
        header, row = csv.reader(stream)
    assert header == ["file", "line", "reason", "row"]
    assert row[0] == "'=a.csv"
    assert json.loads(row[3])["答案"] == '=HYPERLINK("x")'


def test_a_dry_run_says_what_the_import_will_do_and_does_nothing(
    database: Database, write: Write, bring: Bring, drafts: Drafts, tmp_path: Path
) -> None:
    bring(write("a.csv", "id,question,answer\n1,a,x\n2,b,y\n"))
    path = write("b.csv", "id,question,answer\n1,a,x\n2,b,z\n3,c,w\n4,,\n")
    before = drafts()
    rejects = tmp_path / "r.jsonl"
    dry = bring(path, dry_run=True, mode="replace", rejects=rejects)
    assert drafts() == before
    assert len(rejects.read_text().splitlines()) == 1
    assert bring(path, mode="replace") == dry
    with database.reading() as session:
        assert len(summaries(session)) == 1


def test_a_dry_run_into_a_new_collection_does_not_make_it(
    database: Database, write: Write, bring: Bring
) -> None:
    assert _counts(bring(write("a.csv", "question\nq\n"), dry_run=True)) == (1, 0, 0, 0)
    with database.reading() as session:
        assert summaries(session) == []


def test_replace_makes_the_collection_what_the_files_say(
    database: Database, write: Write, bring: Bring, drafts: Drafts
) -> None:
    bring(write("a.csv", "id,question,similar,answer\n1,a,s,x\n2,b,,y\n3,c,,z\n"))
    with database.writing() as session:
        other = ensure_collection(session, "another")
        add_entry(session, other, EntryDraft("stays"))
    report = bring(write("b.csv", "id,question,answer\n1,a,x\n3,c,new\n"), mode="replace")
    assert (report.updated, report.removed) == (2, 1)
    assert drafts() == [
        EntryDraft("a", "x", "1"),
        EntryDraft("c", "new", "3"),
        EntryDraft("stays"),
    ]


@pytest.mark.parametrize("content", ["id,question\n", "id,question\n1,a\n2,\n"])
def test_replace_removes_nothing_when_the_files_were_not_read_whole(
    write: Write, bring: Bring, drafts: Drafts, content: str
) -> None:
    bring(write("a.csv", "id,question\n1,a\n2,b\n3,c\n"))
    report = bring(write("b.csv", content), mode="replace")
    assert report.removed == 0
    assert "were kept" in report.notes[0]
    assert len(drafts()) == 3


def test_entries_that_differ_only_in_their_answers_and_have_no_id_stay_two(
    database: Database, write: Write, bring: Bring, drafts: Drafts, tmp_path: Path
) -> None:
    with database.writing() as session:
        home = ensure_collection(session, "库")
        for answer in ("一", "二"):
            add_entry(session, home, EntryDraft("甲", answer))
    path = write("a.csv", "question,answer\n甲,二\n甲,一\n甲,二\n")
    assert _counts(bring(path, rejects=tmp_path / "r.jsonl")) == (0, 0, 3, 0)
    assert [one.answer for one in drafts()] == ["一", "二"]


def test_an_answer_that_changed_keeps_every_question(
    database: Database, write: Write, bring: Bring
) -> None:
    def questions() -> list[tuple[int, int, str]]:
        with database.reading() as session:
            return [
                (row.id, row.change, row.text) for page in stream_questions(session) for row in page
            ]

    bring(write("a.csv", "id,question,similar,answer\n1,a,s|t,x\n"))
    before = questions()
    assert _counts(bring(write("b.csv", "id,question,similar,answer\n1,a,s|t,y\n"))) == (0, 1, 0, 0)
    assert questions() == before


def test_several_files_are_one_import_and_the_later_one_wins(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    first = write("a.csv", "id,question,answer\n1,a,x\n2,b,y\n")
    second = write("b.jsonl", [{"id": 2, "question": "b", "answer": "z"}])
    report = bring(first, second, mode="replace")
    assert _counts(report) == (2, 1, 0, 0)
    assert [(file.name, file.format, file.read) for file in report.files] == [
        ("a.csv", "csv", 2),
        ("b.jsonl", "jsonl", 1),
    ]
    assert [one.answer for one in drafts()] == ["x", "z"]


def test_a_file_that_is_no_table_stops_the_import_before_anything_is_written(
    database: Database, write: Write, bring: Bring
) -> None:
    good, bad = write("a.csv", "question\nq\n"), write("b.csv", b"%PDF-1.7 \x00\x01")
    with pytest.raises(FileFormatError, match=r"b\.csv is a PDF"):
        bring(good, bad)
    with database.reading() as session:
        assert summaries(session) == []


def test_unknown_headers_are_listed_with_the_way_to_name_them(write: Write, bring: Bring) -> None:
    path = write("a.csv", "Frage,Antwort\nWie?,So.\n")
    with pytest.raises(
        FileFormatError, match=r"'Frage', 'Antwort'; name it, e\.g\. --map question='Frage'"
    ):
        bring(path)
    report = bring(path, mapping={"question": "Frage", "answer": "Antwort"})
    assert report.files[0].columns == {"Frage": "standard", "Antwort": "answer"}
    with pytest.raises(FileFormatError, match="no column 'Fragen'"):
        bring(path, mapping={"question": "Fragen"})
    with pytest.raises(StoreError, match="no field 'colour'"):
        bring(path, mapping={"colour": "Frage"})


def test_a_mapping_wins_and_what_it_displaces_is_kept(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    path = write("a.csv", "问题,答案,官方答复\n甲,草稿,定稿\n")
    bring(path, mapping={"answer": "官方答复"})
    assert drafts() == [EntryDraft("甲", "定稿", extra={"答案": "草稿"})]


def test_a_preview_shows_entries_and_problems_and_writes_nothing(
    database: Database, write: Write
) -> None:
    path = write("a.csv", "问题,答案,状态\n甲,一,停用\n,二,\n丙,三,\n")
    shown = preview_file(path, {}, limit=2)
    assert shown.mapping == {"问题": "standard", "答案": "answer", "状态": "status"}
    assert shown.rows == (EntryDraft("甲", "一", status=Status.ARCHIVED),)
    assert [problem.split(":")[0] for problem in shown.problems] == ["line 3"]
    unknown = preview_file(write("b.csv", "x,y\n1,2\n"), {})
    assert (unknown.headers, unknown.rows, unknown.mapping) == (("x", "y"), (), {})
    assert "no question column" in unknown.problems[0]


def test_progress_ends_at_the_number_of_rows(database: Database, write: Write) -> None:
    told: list[Progress] = []
    path = write("a.csv", "question\n" + "".join(f"q{n}\n" for n in range(1700)))
    import_files(database, [path], ImportOptions("c"), progress=told.append)
    assert [at.done for at in told] == [500, 1000, 1500, 1700]
    assert told[-1].total == 1700


def test_rejected_rows_never_overwrite_the_file_they_come_from(write: Write, bring: Bring) -> None:
    path = write("a.csv", "question\nq\n")
    with pytest.raises(StoreError, match="file to import"):
        bring(path, rejects=path)
    assert path.read_text() == "question\nq\n"


def test_a_list_that_breaks_off_keeps_the_rows_before_and_completes_later(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    rows = [{"question": f"问题{n}"} for n in range(30)]
    whole = json.dumps(rows)
    for end in (whole.index("29") - 5, whole.index("19") - 5, whole.index("12") - 5):
        with pytest.raises(FileFormatError, match="rows before are imported"):
            bring(write("a.json", whole[:end]))
        assert drafts()[-1].standard != "问题29"
        assert len(drafts()) == 29  # the first, longest piece; the shorter ones add nothing
    assert _counts(bring(write("a.json", whole))) == (1, 0, 29, 0)


def test_rejected_rows_are_written_again_when_the_file_comes_again(
    write: Write, bring: Bring, tmp_path: Path
) -> None:
    path, rejects = write("a.csv", "问题,答案\n,甲\n问,乙\n"), tmp_path / "r.jsonl"
    bring(path)
    assert _counts(bring(path, rejects=rejects)) == (0, 0, 1, 1)
    assert len(rejects.read_text(encoding="utf-8").splitlines()) == 1


def test_an_empty_list_is_zero_rows(write: Write, bring: Bring) -> None:
    assert bring(write("a.json", "[]")).read == 0


def test_what_somebody_else_adds_during_an_import_is_not_added_again(
    database: Database, write: Write
) -> None:
    """An import into an empty collection knows its own rows; this one has to look them up."""
    path = write("a.txt", "\n".join([*(f"问题 {n}" for n in range(12_000)), "问题 7"]))

    def meddle(at: Progress) -> None:
        if at.done == 6_000:  # the first batch is stored, the row's own is still to come
            with database.writing() as session:
                add_entry(session, ensure_collection(session, "c"), EntryDraft("问题 11000"))

    report = import_files(database, [path], ImportOptions("c"), progress=meddle)
    assert _counts(report) == (11_999, 0, 2, 0)
    with database.reading() as session:
        assert summaries(session)[0].entries == 12_000


def test_what_an_import_wrote_is_known_and_little_else() -> None:
    written = Written()
    keys: list[Key] = [f"id-{n}" if n % 2 else text_hash(f"问题 {n}") for n in range(20_000)]
    assert written.among(keys) == []
    written.add(keys[:10_000])
    among = written.among(keys)
    assert among[:10_000] == keys[:10_000] and len(among) < 10_100
    assert written.among([]) == []
