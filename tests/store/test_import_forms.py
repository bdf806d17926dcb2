"""The forms that people's files have: their headers, their cells, other products' exports."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from store.columns import layout, recognise
from store.entries import EntryDraft
from store.errors import FileFormatError
from store.importing import ImportReport
from store.models import Status

Write = Callable[..., Path]
Bring = Callable[..., ImportReport]
Drafts = Callable[[], list[EntryDraft]]


def _utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("标准问", "standard"),
        ("標準問題", "standard"),
        (" Question ", "standard"),
        ("ＱＵＥＳＴＩＯＮ", "standard"),
        ("问题（必填）", "standard"),
        ("Similar_Questions", "similar"),
        ("相似问 2", "similar"),
        ("扩展问", "similar"),
        ("反例问题(选填-多个用##分隔)", "negative"),
        ("机器人回答(必填-多个用##分隔)", "answer"),
        ("是否停用(选填-默认FALSE)", "disabled"),
        ("目录", "category"),
        ("Valid From", "valid_from"),
        ("失效时间", "valid_until"),
        ("过期", "valid_until"),
        ("外部ID", "external_id"),
        ("编号", "external_id"),
        ("answer 2", None),
        ("queries", None),
        ("备注", None),
    ],
)
def test_a_header_means_what_a_reader_would_take_it_for(header: str, field: str | None) -> None:
    assert recognise(header) == field


def test_one_field_has_one_column_and_the_rest_is_kept() -> None:
    found = layout(["问题", "question", "问法", "答案"], {})
    assert found.fields() == {"question": "standard", "问法": "similar", "答案": "answer"}
    assert layout(["问法", "答案"], {}).fields() == {"问法": "standard", "答案": "answer"}
    assert layout(["问题", "答案"], {"answer": "问题"}).fields() == {"问题": "answer"}
    only = layout(["问题", "答案"], {"standard": "问题"}, recognise_others=False)
    assert only.fields() == {"问题": "standard"}


def test_every_field_is_read_from_a_chinese_table(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    text = (
        "编号,标准问题,相似问,反例问题,答案,分类,标签,状态,生效时间,失效时间,备注\n"
        'a-1,甲,"乙; 丙|丁；戊##己\n庚",不是,"一,\n""二""",类,"x，y、z",停用,'
        "2025/1/2,2025年12月31日,注\n"
    )
    bring(write("a.csv", text, "gb18030"))
    assert drafts() == [
        EntryDraft(
            standard="甲",
            answer='一,\n"二"',
            external_id="a-1",
            similar=("乙", "丙", "丁", "戊", "己", "庚"),
            negative=("不是",),
            category="类",
            tags=("x", "y", "z"),
            status=Status.ARCHIVED,
            valid_from=_utc(2025, 1, 2),
            valid_until=_utc(2026, 1, 1),
            extra={"备注": "注"},
        )
    ]


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ("2025-12-31", _utc(2025, 12, 31), _utc(2026, 1, 1)),
        ("20251231", _utc(2025, 12, 31), _utc(2026, 1, 1)),
        ("2025.1.2", _utc(2025, 1, 2), _utc(2025, 1, 3)),
        ("2025年1月2日 08:30", _utc(2025, 1, 2, 8, 30), _utc(2025, 1, 2, 8, 30)),
        ("2025-01-02T08:30:00+08:00", _utc(2025, 1, 2, 0, 30), _utc(2025, 1, 2, 0, 30)),
        ("2025-01-02T08:30:00Z", _utc(2025, 1, 2, 8, 30), _utc(2025, 1, 2, 8, 30)),
        ("永久", None, None),
        ("", None, None),
    ],
)
def test_dates_are_read_as_people_write_them(
    write: Write,
    bring: Bring,
    drafts: Drafts,
    given: str,
    start: dt.datetime | None,
    end: dt.datetime | None,
) -> None:
    bring(write("a.csv", f"question,valid_from\nq,{given}\n"))
    bring(write("b.csv", f"question,valid_until\nr,{given}\n"))
    assert [one.valid_from for one in drafts()] == [start, None]
    assert [one.valid_until for one in drafts()] == [None, end]


def test_json_keeps_texts_lists_and_types(write: Write, bring: Bring, drafts: Drafts) -> None:
    rows = [
        {
            "id": 7,
            "question": " 空 格 ",
            "similar": ["a|b", "c;d\n", " e "],
            "tags": ["x,y"],
            "queries": ["not a similar question"],
            "score": 0.5,
            "none": None,
            "answer": None,
        },
        {"question": ["first", "second"], "answer": 3},
    ]
    bring(write("a.json", json.dumps(rows, ensure_ascii=False)))
    assert drafts() == [
        EntryDraft(
            " 空 格 ",
            external_id="7",
            similar=("a|b", "c;d\n", " e "),
            tags=("x,y",),
            extra={"queries": ["not a similar question"], "score": 0.5, "none": None},
        ),
        EntryDraft("first", "3", similar=("second",)),
    ]


def test_an_object_in_place_of_a_text_is_refused(write: Write, bring: Bring) -> None:
    path = write("a.jsonl", [{"question": {"zh": "问"}}, {"question": "q", "similar": [["a"]]}])
    assert bring(path).rejected == 2


def test_a_weknora_file_imports_as_it_is(write: Write, bring: Bring, drafts: Drafts) -> None:
    text = (
        "\ufeff分类(必填),问题(必填),相似问题(选填-多个用##分隔),反例问题(选填-多个用##分隔),"
        "机器人回答(必填-多个用##分隔),是否全部回复(选填-默认FALSE),是否停用(选填-默认FALSE),"
        "是否禁止被推荐(选填-默认False 可被推荐)\n"
        "产品,这是什么,什么是它##它是什么,不是什么##别的,答一##答二,FALSE,FALSE,FALSE\n"
        "产品,停用的,,,答,,TRUE,\n"
    )
    bring(write("weknora.csv", text))
    assert drafts() == [
        EntryDraft(
            "这是什么",
            "答一\n答二",
            similar=("什么是它", "它是什么"),
            negative=("不是什么", "别的"),
            category="产品",
            extra={
                "是否全部回复(选填-默认FALSE)": "FALSE",
                "是否禁止被推荐(选填-默认False 可被推荐)": "FALSE",
            },
        ),
        EntryDraft("停用的", "答", category="产品", status=Status.ARCHIVED),
    ]


MAXKB = [
    "分段标题（选填）",
    "分段内容（必填，问题答案，最长不超过4096个字符）",
    "问题（选填，单元格内一行一个）",
]


def test_a_maxkb_workbook_imports_as_it_is(tmp_path: Path, bring: Bring, drafts: Drafts) -> None:
    book = Workbook()
    book.active.title = "文档一"  # type: ignore[union-attr]
    book.active.append(MAXKB)  # type: ignore[union-attr]
    book.active.append(["开户", "带证件", "怎么开户|线上\n如何开户；\n"])  # type: ignore[union-attr]
    book.create_sheet("文档二").append(MAXKB)
    book["文档二"].append(["标题即问题", "内容", None])
    book["文档二"].append([None, "没有问题", None])
    book.save(tmp_path / "maxkb.xlsx")
    report = bring(tmp_path / "maxkb.xlsx")
    assert (report.added, report.rejected) == (2, 1)
    assert drafts() == [
        EntryDraft("怎么开户|线上", "带证件", similar=("如何开户；",), extra={MAXKB[0]: "开户"}),
        EntryDraft("标题即问题", "内容"),
    ]


QNA = "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId\n"


def test_a_qna_maker_file_imports_as_it_is(write: Write, bring: Bring, drafts: Drafts) -> None:
    text = (
        QNA + "Hi\tHello\\nthere\tEditorial\tcategory:chat|tone:warm\t[]\tFalse\t[]\t1\n"
        "Hello\tHello\\nthere\tEditorial\tcategory:chat|tone:warm\t[]\tFalse\t[]\t1\n"
        "Bye\tSee you\tEditorial\t\t[]\tFalse\t[]\t2\n"
    )
    path = write("qna.tsv", text)
    assert bring(path).added == 2
    hi, bye = drafts()
    assert (hi.standard, hi.similar, hi.answer) == ("Hi", ("Hello",), "Hello\nthere")
    assert (hi.external_id, hi.category, hi.tags) == ("1", "chat", ("tone:warm",))
    assert hi.extra["Metadata"] == "category:chat|tone:warm"
    assert (bye.external_id, bye.tags, bye.extra["Source"]) == ("2", (), "Editorial")
    assert bring(write("copy.tsv", text)).unchanged == 3


def test_an_old_qna_maker_file_without_ids_joins_rows_by_their_answer(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    header = "Question\tAnswer\tSource\tMetadata\n"
    text = header + "Hi\tHello\tE\ta:b\nHey\tHello\tE\ta:b\nBye\tCiao\tE\t\n"
    assert bring(write("qna.tsv", text)).added == 2
    assert [(one.standard, one.similar) for one in drafts()] == [("Hi", ("Hey",)), ("Bye", ())]
    assert bring(write("copy.tsv", text)).unchanged == 3


@pytest.mark.parametrize("name", ["q.txt", "q.txt.gz"])
def test_plain_text_is_one_question_a_line(
    tmp_path: Path, bring: Bring, drafts: Drafts, name: str
) -> None:
    content = "怎么开户,要带什么\r\n\n  能不能退款;多久到账 \nquestion?\n".encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    report = bring(path)
    assert (report.read, report.added, report.files[0].format) == (3, 3, "text")
    assert [draft.standard for draft in drafts()] == [
        "怎么开户,要带什么",
        "  能不能退款;多久到账 ",
        "question?",
    ]
    assert {draft.answer for draft in drafts()} == {""}


@pytest.mark.parametrize(
    ("content", "standard"),
    [
        ("问题,答案\n怎么开户,柜台\n", "怎么开户"),
        ("问题\t答案\n怎么开户\t柜台\n", "怎么开户"),
        ("问题\n怎么开户,柜台\n", "怎么开户,柜台"),
    ],
)
def test_a_txt_file_with_a_header_stays_a_table(
    write: Write, bring: Bring, drafts: Drafts, content: str, standard: str
) -> None:
    if standard == "怎么开户,柜台":
        content = content.replace(standard, f'"{standard}"')
    bring(write("a.txt", content))
    assert drafts()[0].standard == standard


def test_a_txt_table_without_a_question_column_is_refused(write: Write, bring: Bring) -> None:
    for content in ("甲\t乙\n一\t二\n", "甲,乙\n一,二\n三,四\n"):
        with pytest.raises(FileFormatError, match="no question column"):
            bring(write("a.txt", content))


def test_every_list_of_a_json_file_is_read(write: Write, bring: Bring) -> None:
    pages = write("a.json", '[{"question": "甲"}]\n\n[{"question": "乙"}, {"question": "丙"}] []\n')
    assert bring(pages).added == 3
    named = {"total": 2, "faqs": [{"question": "丁"}], "more": [{"question": "戊"}]}
    assert bring(write("b.json", json.dumps(named))).added == 2
    page = {"items": [{"question": "壬"}, {"question": "癸"}], "errors": [{"title": "x"}]}
    assert bring(write("e.json", json.dumps(page))).added == 2
    assert bring(write("f.json", json.dumps({"total": 0, "items": []}))).read == 0
    for name, alone in (
        ("c", {"question": "己", "similar": []}),
        ("g", {"问题": "子", "相似问": []}),
    ):
        assert bring(write(f"{name}.json", json.dumps(alone))).added == 1
    with pytest.raises(FileFormatError, match=r"d\.json is not JSON from line 2 on"):
        bring(write("d.json", '[{"question": "庚"},\n{"question": "辛"}] garbage'))


def test_a_mapped_column_is_read_however_its_header_is_written(
    write: Write, bring: Bring, drafts: Drafts
) -> None:
    path = write("a.csv", "问题,客服话术(必填)\n怎么退款,七天内\n")
    bring(path, mapping={"answer": "客服话术"})
    (draft,) = drafts()
    assert (draft.answer, dict(draft.extra)) == ("七天内", {})


def test_a_value_nested_too_deeply_is_a_faulty_row(write: Write, bring: Bring) -> None:
    deep = '{"question": "甲", "x": ' + "[" * 400 + "]" * 400 + "}"
    report = bring(write("a.jsonl", f'{deep}\n{{"question": "乙"}}\n'))
    assert (report.added, report.rejected) == (1, 1)
