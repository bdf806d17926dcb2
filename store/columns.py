"""Which column means what: headers in Chinese and English, whatever their case and width.

Remarks in brackets, spaces and marks in a header do not count: `问题(必填)` is `问题`. What
is not recognised is kept with the entry under its own name and comes back on export.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from store.errors import FileFormatError, StoreError
from store.text import normalise

# The order of the fields is the order of columns in an export.
EXPORTED = {
    "external_id": "id",
    "standard": "question",
    "similar": "similar",
    "negative": "negative",
    "answer": "answer",
    "category": "category",
    "tags": "tags",
    "status": "status",
    "valid_from": "valid_from",
    "valid_until": "valid_until",
}
LISTS = {"similar", "negative", "tags"}

_NAMES = {
    "external_id": "id 编号 外部id 外部编号 知识id 知识编号 问题id 问题编号 条目编号 条目id"
    " externalid faqid qnaid",
    "standard": "question 问题 标准问 标准问题 标准问法 标准提问 主问题 提问 standard"
    " standardquestion 分段问题",
    "similar": "similar 相似问 相似问题 相似问法 相似 扩展问 扩展问题 扩展问法 同义问 同义问题"
    " 其他问法 其它问法 similarquestion similarquestions alternate alternates alternatequestions"
    " alternative alternatives alternativequestions variants paraphrases",
    "negative": "negative 反例 反例问 反例问题 负例 负例问题 否定问 negatives negativequestion"
    " negativequestions",
    "answer": "answer 答案 回答 答复 回复 解答 标准答案 标准回答 机器人回答 回复内容 答案内容"
    " 问题答案 answers response reply",
    "category": "category 分类 类别 目录 类目 分类名称 所属分类 问题分类 知识分类 categories",
    "tags": "tags 标签 tag",
    "status": "status 状态",
    "disabled": "是否停用 停用 是否禁用 disabled isdisabled",
    "enabled": "是否启用 启用 是否有效 是否生效 enabled isenabled",
    "valid_from": "validfrom 生效 生效时间 生效日期 开始时间 开始日期 有效期起 有效期开始"
    " effectivefrom startdate",
    "valid_until": "validuntil 失效 失效时间 失效日期 过期 过期时间 过期日期 到期 到期时间"
    " 到期日期 结束时间 结束日期 截止时间 截止日期 有效期至 有效期止 validto expires expiresat"
    " expiry expirydate enddate",
}
# Names that give way to a better one: with 问题 beside it, 问法 is a similar question.
_WEAK = {"问法": ("standard", "similar"), "questions": ("standard", "similar")}
# Columns that only mean something in the files of one product.
_FOREIGN = {"分段内容": "answer", "分段标题": "title", "metadata": "metadata"}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names.split()}
_BRACKETS = re.compile(r"[(\[{【〔].*?[)\]}】〕]|[(\[{【〔].*$")
_NOISE = re.compile(r"[\W_]+")
_JSON, _EXTRA = "json:", "extra:"


@dataclass(frozen=True)
class Column:
    """One column: the field it fills, or, for the field `extra`, the name it is kept under."""

    header: str
    field: str
    name: str = ""


@dataclass(frozen=True)
class Layout:
    """The columns of a row, in its order."""

    columns: tuple[Column, ...]

    @cached_property
    def given(self) -> frozenset[str]:
        """The fields that a row of this layout speaks of, be it to say that they are empty."""
        fields = {column.field for column in self.columns}
        if fields & {"disabled", "enabled"}:
            fields.add("status")
        if "metadata" in fields:
            fields |= {"tags", "category"}
        if "title" in fields:
            fields |= {"standard", "similar"}
        return frozenset(fields)

    @cached_property
    def extras(self) -> frozenset[str]:
        """The names of the columns that are kept without being understood."""
        return frozenset(column.name for column in self.columns if column.field.startswith("extra"))

    @cached_property
    def foreign(self) -> str:
        """The product whose way of writing cells has to be undone: weknora, qnamaker or none."""
        names = {fold(column.header) for column in self.columns}
        if "机器人回答" in names:
            return "weknora"
        return "qnamaker" if any(column.field == "metadata" for column in self.columns) else ""

    @cached_property
    def joins(self) -> bool:
        """Whether rows that follow each other with one answer are one entry, as in QnA Maker."""
        return self.foreign == "qnamaker" and "external_id" not in self.given

    def header_of(self, field: str) -> str:
        """Return the header of the column that fills `field`."""
        return next(column.header for column in self.columns if column.field == field)

    def fields(self) -> dict[str, str]:
        """Return header -> field, for those that are understood."""
        shown = {"disabled": "status", "enabled": "status", "metadata": "tags", "title": "standard"}
        return {
            column.header: shown.get(column.field, column.field)
            for column in self.columns
            if not column.field.startswith("extra")
        }


@lru_cache(maxsize=4096)
def fold(header: str) -> str:
    """Return a header without what does not count: case, width, spaces, marks, remarks."""
    # A header of broken bytes can't be folded by everybody who takes part in it.
    readable = header.encode("utf-8", "replace").decode()
    return _NOISE.sub("", _BRACKETS.sub("", normalise(readable)))


@lru_cache(maxsize=4096)
def recognise(header: str) -> str | None:
    """Return the field that a header means by itself, None where it means none."""
    if header.startswith((_JSON, _EXTRA)):
        return None
    name = fold(header)
    field = _FIELDS.get(name)
    if field is None and name.rstrip("0123456789") != name:
        # 相似问1, 相似问2: only lists are spread over numbered columns.
        several = _FIELDS.get(name.rstrip("0123456789"))
        return several if several in LISTS else None
    return field or (_WEAK[name][0] if name in _WEAK else None)


def score(headers: Sequence[str]) -> int:
    """Return how many headers are understood, 0 unless one of them is the question's."""
    found = [recognise(str(header)) for header in headers]
    maxkb = "分段内容" in {fold(str(header)) for header in headers}
    if not maxkb and "standard" not in found:
        return 0
    return sum(field is not None for field in found) or 1


def scorer(mapping: Mapping[str, str]) -> Callable[[Sequence[str]], int]:
    """Return `score` for a file whose header row is the one with the mapped headers in it."""
    wanted = {fold(header) for header in mapping.values()}

    def score_mapped(headers: Sequence[str]) -> int:
        if not wanted <= {fold(str(header)) for header in headers}:
            return 0
        return len(wanted) + sum(recognise(str(header)) is not None for header in headers)

    return score_mapped if wanted else score


def export_name(name: str, *, as_json: bool) -> str:
    """Return the header under which an unknown column is exported, never one with a meaning."""
    if as_json:
        return _JSON + name
    known = recognise(name) or fold(name) in _FOREIGN or name.startswith((_JSON, _EXTRA))
    # A bare header is read without the spaces around it, and an empty one by its position.
    return _EXTRA + name if known or not name or name != name.strip() else name


def layout(
    headers: Sequence[str], mapping: Mapping[str, str], *, recognise_others: bool = True
) -> Layout:
    """Say what each header means; `mapping` (field -> header) is obeyed first.

    A field that holds one value belongs to the header that is its own name, else to the
    first one that means it; the others are kept without being understood.
    """
    chosen = _chosen(headers, mapping)
    if recognise_others:
        taken = set(chosen.values())
        by_rank = sorted(headers, key=lambda header: header not in EXPORTED.values())
        for header in by_rank:
            field = _meaning(header, headers, taken)
            if header not in chosen and field and (field in LISTS or field not in taken):
                chosen[header] = field
                taken.add(field)
    return Layout(tuple(_column(header, chosen.get(header)) for header in headers))


def _column(header: str, field: str | None) -> Column:
    if field:
        return Column(header, field)
    if header.startswith(_JSON):
        return Column(header, "extra-json", header.removeprefix(_JSON))
    return Column(header, "extra", header.removeprefix(_EXTRA))


def _meaning(header: str, headers: Sequence[str], taken: set[str]) -> str | None:
    name = fold(header)
    if name in _WEAK:
        strong = any(_FIELDS.get(fold(other)) == "standard" for other in headers)
        return _WEAK[name][1 if strong or "standard" in taken else 0]
    if name in _FOREIGN and not header.startswith((_JSON, _EXTRA)):
        partners = {"qnaid", "source"} if name == "metadata" else {"分段内容"}
        return _FOREIGN[name] if partners & {fold(other) for other in headers} else None
    return recognise(header)


def _chosen(headers: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for given, header in mapping.items():
        field = given if given in EXPORTED else recognise(given)
        if field is None:
            raise StoreError(f"no field '{given}' to map to; there are {', '.join(EXPORTED)}")
        exact = [name for name in headers if name == header]
        found = exact or [name for name in headers if fold(name) == fold(header)]
        if not found:
            raise FileFormatError(
                f"no column '{header}' to read {field} from; there are {_quoted(headers)}"
            )
        chosen[found[0]] = field
    return chosen


def check_question(file: str, headers: Sequence[str], found: Layout) -> None:
    """Raise FileFormatError unless some column holds the question; shows how to name it."""
    if not {"standard", "title"} & found.given:
        example = headers[0] if headers else "HEADER"
        raise FileFormatError(
            f"{file} has no question column among {_quoted(headers)};"
            f" name it, e.g. --map question='{example}'"
        )


def _quoted(headers: Sequence[str]) -> str:
    shown = ", ".join(f"'{header[:40]}'" for header in headers[:12])
    return f"{shown}, …" if len(headers) > 12 else shown or "no headers"
