from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from store.columns import score
from store.errors import FileFormatError
from store.files import RawRow, open_file
from store.files.tables import guard, unguard

TABLE = "问题,答案\n怎么退货,七天内\n“运费”谁出？,卖家\n"


def read(path: Path) -> tuple[str, str, list[RawRow]]:
    opened = open_file(path, score)
    try:
        return opened.format, opened.encoding, list(opened.rows)
    finally:
        opened.close()


def texts(path: Path) -> list[list[Any]]:
    return [list(row.values) for row in read(path)[2]]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_a_table_reads_the_same_in_every_encoding_and_the_one_found_is_named(
    tmp_path, encoding, found
):
    file = tmp_path / "表.csv"
    file.write_bytes(TABLE.encode(encoding))
    assert read(file)[1] == found
    assert texts(file) == [["怎么退货", "七天内"], ["“运费”谁出？", "卖家"]]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_an_english_table_in_utf_16_without_a_mark_is_not_taken_for_chinese(tmp_path, encoding):
    file = tmp_path / "t.csv"
    file.write_bytes("question,answer\r\nhow to return,within 7 days\r\n".encode(encoding))
    assert texts(file) == [["how to return", "within 7 days"]]


def test_a_stray_zero_byte_does_not_make_a_file_utf_16(tmp_path):
    file = tmp_path / "t.csv"
    file.write_bytes(b"question,answer\nhow to re\0fund,by app\n")
    assert read(file)[1] == "utf-8"
    assert texts(file) == [["how to re\0fund", "by app"]]


def test_big5_is_refused_or_marked_but_never_read_as_other_words(tmp_path):
    file = tmp_path / "t.csv"
    file.write_bytes("問題,答案\n如何退貨與換貨呢,七天內可辦理退貨\n".encode("big5"))
    with pytest.raises(FileFormatError, match="UTF-8"):
        read(file)


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt"])
def test_the_delimiter_is_found_whatever_the_name_says(tmp_path, delimiter, suffix):
    file = tmp_path / f"t{suffix}"
    file.write_text(
        TABLE.replace(",", delimiter).replace("怎么退货", "怎么退货、换货"), encoding="utf-8"
    )
    assert texts(file)[0] == ["怎么退货、换货", "七天内"]


def test_quotes_line_ends_and_long_cells_come_through_whole(tmp_path):
    file, long = tmp_path / "t.csv", "长" * 20_000
    file.write_text(
        f'问题,答案\r\n"他说""好""，\n行吗","第一行\r\n第二行"\r\nq2,{long}\r\n',
        encoding="utf-8",
        newline="",
    )
    rows = read(file)[2]
    assert [list(row.values) for row in rows] == [
        ['他说"好"，\n行吗', "第一行\r\n第二行"],
        ["q2", long],
    ]
    assert [row.line for row in rows] == [2, 5]


def test_too_many_cells_are_a_fault_and_too_few_are_not(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("问题,答案\na,b,c\nd\ne,f,\n", encoding="utf-8")
    rows = read(file)[2]
    assert [bool(row.fault) for row in rows] == [True, False, False]
    assert "3 cells under 2 headers" in rows[0].fault
    assert rows[0].whole() == {"问题": "a", "答案": "b", "cell 3": "c"}


def test_a_quote_that_is_never_closed_does_not_swallow_rows_silently(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text('问题,答案\na,b\nc,"d\ne,f\ng,h\n', encoding="utf-8")
    rows = read(file)[2]
    assert not rows[0].fault
    assert any("quote" in row.fault for row in rows[1:])
    assert "g,h" in json.dumps([row.whole() for row in rows], ensure_ascii=False)


def test_broken_bytes_fault_their_row_only(tmp_path):
    file = tmp_path / "t.csv"
    good = "问题,答案\n" + "".join(f"问题{n},答案{n}\n" for n in range(50))
    file.write_bytes(good.encode() + b"\xe9\x97,x\n" + "最后,一行\n".encode())
    rows = read(file)[2]
    assert [row.line for row in rows if row.fault] == [52]
    assert list(rows[-1].values) == ["最后", "一行"]


def test_repeated_and_empty_headers_keep_every_column(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("问题,备注,备注,\nq,1,2,3\n", encoding="utf-8")
    assert read(file)[2][0].whole() == {"问题": "q", "备注": "1", "备注 (2)": "2", "column 4": "3"}


def test_a_title_above_the_header_is_not_taken_for_it(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("2025 年常见问题,,\n问题,答案,\nq,a,\n", encoding="utf-8")
    rows = read(file)[2]
    assert [row.values[0] for row in rows if not row.fault] == ["q"]


@given(st.text(st.sampled_from("'=+-@\t\r\n＝＋－＠a "), max_size=6))
def test_the_formula_guard_is_undone_exactly_and_leaves_nothing_that_runs(cell):
    assert unguard(guard(cell)) == cell
    assert guard(cell)[:1] not in {*"=+-@\t\r\n＝＋－＠"}


JSON_ROWS = [{"question": "q1", "answer": "a"}, {"question": "问2", "answer": "答", "n": 3}]


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("t.jsonl", "\n".join(map(json.dumps, JSON_ROWS)), "jsonl"),
        ("t.json", "\n".join(map(json.dumps, JSON_ROWS)), "jsonl"),
        ("t.json", json.dumps(JSON_ROWS), "json"),
        ("t.jsonl", json.dumps(JSON_ROWS, indent=2), "json"),
        ("t.json", json.dumps({"total": 2, "data": JSON_ROWS}), "json"),
        ("t.txt", json.dumps({"items": JSON_ROWS}, indent=1, ensure_ascii=False), "json"),
    ],
)
def test_json_is_known_by_its_content(tmp_path, name, content, form):
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    found, _, rows = read(file)
    assert found == form
    assert [row.whole() for row in rows] == JSON_ROWS


def test_a_json_list_longer_than_any_buffer_is_streamed_whole(tmp_path):
    rows = [{"question": f"q{n}", "answer": "长" * (n % 700)} for n in range(3000)]
    file = tmp_path / "t.json"
    file.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    assert [row.whole() for row in read(file)[2]] == rows


def test_a_line_that_is_no_object_is_a_fault_with_its_number(tmp_path):
    file = tmp_path / "t.jsonl"
    file.write_text(
        '{"question": "q"}\n\n{"question": \n[1]\n{"question": "z"}\n', encoding="utf-8"
    )
    rows = read(file)[2]
    assert [(row.line, bool(row.fault)) for row in rows] == [
        (1, False),
        (3, True),
        (4, True),
        (5, False),
    ]


def test_gzip_is_opened_whatever_the_name_says(tmp_path):
    for name in ("t.csv.gz", "t.csv"):
        (tmp_path / name).write_bytes(gzip.compress(TABLE.encode("gb18030")))
        assert read(tmp_path / name)[:2] == ("csv", "gb18030")


def _workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def test_a_workbook_is_known_by_its_content_and_cells_read_as_people_see_them(tmp_path):
    day = dt.datetime(2025, 3, 1)
    file = _workbook(
        tmp_path / "renamed.csv",
        {"甲": [["问题", "n", "生效"], ["q", 7.0, day], ["=1+1", 0.5, True]]},
    )
    form, _, rows = read(file)
    assert form == "xlsx"
    assert rows[0].values[1] == "7"
    assert rows[0].values[2].startswith("2025-03-01")
    assert rows[1].values[1:] == ["0.5", "TRUE"]


def test_a_sheet_of_notes_is_refused_row_by_row_and_the_others_are_read(tmp_path):
    file = _workbook(
        tmp_path / "t.xlsx",
        {
            "说明": [["请勿改动"], ["第二行"]],
            "一": [["问题"], ["q1"]],
            "二": [["答案", "问题"], ["a", "q2"]],
        },
    )
    rows = read(file)[2]
    assert [row.whole() for row in rows if not row.fault] == [
        {"问题": "q1"},
        {"答案": "a", "问题": "q2"},
    ]
    assert "说明" in next(row.fault for row in rows if row.fault)


def test_an_error_or_a_formula_without_a_value_refuses_its_row_and_says_which_cell(tmp_path):
    workbook = Workbook()
    workbook.active.append(["说明"])
    sheet = workbook.create_sheet("常见 & 问题")
    rows = [("问题", "答案"), ("q1", '=A2&"<b>"'), ("q2", "#N/A"), ("q3", "=T(1)"), ("q4", "a4")]
    for line, row in enumerate(rows, 2):
        for column, value in enumerate(row, 3):  # the table begins in C2
            sheet.cell(line, column, value)
    workbook.save(tmp_path / "t.xlsx")
    # As a spreadsheet program stores what it computed, here a text that is empty.
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet_xml = parts["xl/worksheets/sheet2.xml"]
    computed = sheet_xml.replace(b'<c r="D5"><f>', b'<c r="D5" t="str"><f>')
    assert computed != sheet_xml
    parts["xl/worksheets/sheet2.xml"] = computed
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    found = [row for row in read(tmp_path / "t.xlsx")[2] if row.headers == ("问题", "答案")]
    assert [list(row.values) for row in found] == [
        ["q1", '=A2&"<b>"'],
        ["q2", "#N/A"],
        ["q3", ""],
        ["q4", "a4"],
    ]
    assert [row.fault.partition(";")[0] for row in found] == [
        "cell D3 holds a formula that was never computed",
        "cell D4 holds the error #N/A",
        "",
        "",
    ]


def test_what_has_no_value_is_seen_beside_and_below_the_table_too(tmp_path):
    workbook = Workbook()
    sheet = workbook.active
    cells = {"B2": "问题", "C2": "答案", "B3": "q1", "C3": "a1", "A3": "=1", "B4": "q2", "C4": "a2"}
    for name, value in {**cells, "F4": "=2", "B6": "=A1", "C6": "=A2"}.items():
        sheet[name] = value
    workbook.save(tmp_path / "t.xlsx")
    rows = read(tmp_path / "t.xlsx")[2]
    assert [(row.line, row.whole(), row.fault.partition(" holds")[0]) for row in rows] == [
        (3, {"问题": "q1", "答案": "a1"}, ""),
        (4, {"问题": "q2", "答案": "a2", "cell 3": "", "cell 4": "", "cell 5": "=2"}, "cell F4"),
        (6, {"问题": "=A1", "答案": "=A2"}, "cell B6"),
    ]


@pytest.mark.parametrize("lines", [1, 40_000])
def test_a_formula_is_found_wherever_it_stands_in_the_file(tmp_path, lines):
    rows = [["问题", "答案"], *([f"问{n}", f"答{n}" * 5] for n in range(lines)), ["最后", "=NOW()"]]
    found = read(_workbook(tmp_path / "t.xlsx", {"一": rows}))[2]
    assert [row.line for row in found if row.fault] == [lines + 2]


def test_a_cell_merged_downwards_is_in_every_row_that_it_stands_beside(tmp_path):
    workbook = Workbook()
    sheet = workbook.active
    table = [
        ["常见问题", None, None],
        ["分类", "问题", "答案"],
        [None, "短", "长"],
        ["物流", "q1", "a1"],
        [None, "q2", None],
        [None, None, None],
        [None, "q3", "a3"],
        [None, "q4", "a4"],
    ]
    for line, row in enumerate(table, 3):
        for column, value in enumerate(row, 2):  # the table begins in B3
            sheet.cell(line, column, value)
    for area in ("B3:D3", "B4:B5", "C4:D4", "B6:B9", "D6:D7", "B20:B22", "Z6:Z9"):
        sheet.merge_cells(area)
    workbook.save(tmp_path / "t.xlsx")
    rows = read(tmp_path / "t.xlsx")[2]
    assert [(row.line, *row.values[:3]) for row in rows if not row.fault] == [
        (5, "", "短", "长"),  # what is merged into the header is no cell of a row
        (6, "物流", "q1", "a1"),
        (7, "物流", "q2", "a1"),
        (9, "物流", "q3", "a3"),
        (10, "", "q4", "a4"),
    ]


def _bomb(path: Path, member: str, mebibytes: int, claimed: int | None = None) -> Path:
    _workbook(path, {"s": [["问题"], ["q"]]})
    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist() if name != member}
    block = b" " * (1 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
        with target.open(member, "w") as stream:
            for _ in range(mebibytes):
                stream.write(block)
    if claimed is not None:  # a directory that lies about the size
        content = path.read_bytes()
        at = content.rindex(member.encode()) - 46
        assert content[at : at + 4] == b"PK\x01\x02"
        path.write_bytes(content[: at + 24] + struct.pack("<I", claimed) + content[at + 28 :])
    return path


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize("claimed", [None, 1000])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, member, claimed):
    file = _bomb(tmp_path / "bomb.xlsx", member, 150, claimed)
    with pytest.raises(FileFormatError, match=r"bomb\.xlsx"):
        read(file)


def test_a_cell_at_the_far_corner_does_not_fill_the_memory(tmp_path):
    workbook = Workbook()
    workbook.active["A1"] = "问题"
    workbook.active["XFD1048576"] = "x"
    workbook.save(tmp_path / "t.xlsx")
    with pytest.raises(FileFormatError, match="far from the table"):
        read(tmp_path / "t.xlsx")


def _zip(members: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


NO_TABLES = {
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "an old .xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "a web page": b"<!DOCTYPE html><html><body>404</body></html>",
    "another zip": _zip({"readme.txt": "x"}),
    "a broken workbook": _zip({"xl/workbook.xml": "<a"}),
    "a cut workbook": _zip({"xl/workbook.xml": "<a/>"})[:60],
    "cut gzip": gzip.compress(TABLE.encode() * 99)[:-20],
    "no bytes": b"",
    "blank": b"\xef\xbb\xbf \r\n\r\n",
    "noise": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("content", NO_TABLES.values(), ids=NO_TABLES)
@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.jsonl"])
def test_what_is_no_table_gets_one_line_that_names_it(tmp_path, content, name):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        read(file)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(FileFormatError, match=path.name):
            read(path)
