"""What is in a cell: several texts, a date, a status; and the cell that gives them back.

`join` and `split` are each other's inverse for any texts, so that an exported list comes
back as it was, even where a text holds a separator.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from typing import Any

from store.errors import StoreError
from store.models import Status

_QUESTIONS = re.compile(r"##|[|;；\r\n]+")
_TAGS = re.compile(r"##|[|;；\r\n,，、]+")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d\d)(\d\d)")
_ALWAYS = {"", "-", "永久", "长期", "永久有效", "长期有效", "不限", "无", "none", "null", "never"}
_YES = {"true", "yes", "y", "1", "是", "对", "√"}
_NO = {"false", "no", "n", "0", "否", "不", "×"}
_STATUS = {
    Status.ACTIVE: "active enabled online published 启用 已启用 生效 有效 上线 已上线 已发布 发布"
    " 正常 使用中",
    Status.DRAFT: "draft pending 草稿 待发布 未发布 待审核 审核中 编辑中",
    Status.ARCHIVED: "archived disabled inactive offline 停用 已停用 归档 已归档 失效 已失效 下线"
    " 已下线 禁用 已禁用 过期 已过期",
}
_STATUSES = {name: status for status, names in _STATUS.items() for name in names.split()}


def text(value: Any) -> str:
    """Return a scalar as text; a list of texts as lines; StoreError for anything else."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    raise StoreError(f"{_kind(value)} where a text belongs; write a text")


def split_questions(value: Any) -> tuple[str, ...]:
    """Return the questions of a cell (`|`, `;`, `；`, `##`, line ends), or of a list as it is."""
    return _split(value, _QUESTIONS)


def split_tags(value: Any) -> tuple[str, ...]:
    """Return the tags of a cell, where commas and `、` separate too, or of a list as it is."""
    return _split(value, _TAGS)


def join_questions(texts: Sequence[str]) -> str:
    """Return a cell that `split_questions` takes apart into the same texts."""
    return _join(texts, _QUESTIONS, "\n")


def join_tags(texts: Sequence[str]) -> str:
    """Return a cell that `split_tags` takes apart into the same texts."""
    return _join(texts, _TAGS, "|")


def _split(value: Any, separators: re.Pattern[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        listed = _listed(value)
        if listed is None:
            return tuple(part.strip() for part in separators.split(value) if part.strip())
        value = listed
    if value is None:
        return ()
    if isinstance(value, bool | int | float):
        return (text(value),)
    if not isinstance(value, list) or any(isinstance(item, dict | list) for item in value):
        raise StoreError(f'{_kind(value)} where a list of texts belongs; write ["…", "…"]')
    return tuple(part for part in map(text, value) if part.strip())


def _listed(cell: str) -> list[str] | None:
    """Return the texts of a cell that is a JSON list of texts, None for any other cell."""
    if not (cell.startswith("[") and cell.rstrip().endswith("]")):
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    good = isinstance(found, list) and all(isinstance(item, str) for item in found)
    return found if good else None


def _join(texts: Sequence[str], separators: re.Pattern[str], separator: str) -> str:
    cell = separator.join(texts)
    plain = not cell.startswith("[") and _split(cell, separators) == tuple(texts)
    return cell if plain else json.dumps(list(texts), ensure_ascii=False)


def moment(value: Any, *, end: bool) -> dt.datetime | None:
    """Return a date or time in UTC; a bare date is its start, or with `end` the day after it.

    None is no limit; the last day of the calendar, which no day follows, ends nothing either.
    """
    given = text(value).strip()
    if given.casefold() in _ALWAYS:
        return None
    try:
        date = _DATE.match(given)
        if date is None:
            raise ValueError
        year, month, day = (int(part) for part in date.groups() if part)
        start = dt.datetime(year, month, day, tzinfo=dt.UTC)
        rest = given[date.end() :].strip().lstrip("Tt")
        if not rest and end:
            return None if start.date() == dt.date.max else start + dt.timedelta(days=1)
        if not rest:
            return start
        time = dt.time.fromisoformat(rest.strip().replace(" ", ""))
        found = dt.datetime.combine(start.date(), time, time.tzinfo or dt.UTC)
        return found.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise StoreError(f"bad date '{given[:40]}'; write it like 2025-12-31") from error


def show_moment(value: dt.datetime | None, *, end: bool) -> str:
    """Return what `moment` reads back as the same time; a bare date where that is enough."""
    if value is None:
        return ""
    if value.time() != dt.time():
        return value.isoformat()
    if end and value.date() > dt.date.min:
        value -= dt.timedelta(days=1)
    return value.date().isoformat()


def status(value: Any) -> Status:
    """Return the status that a word stands for, in Chinese or English; active for none."""
    name = text(value).strip().casefold()
    found = _STATUSES.get(name) if name else Status.ACTIVE
    if found is None:
        raise StoreError(f"unknown status '{name[:40]}'; write active, draft or archived")
    return found


def yes(value: Any) -> bool | None:
    """Return what a yes-or-no cell says, None for an empty one."""
    name = text(value).strip().casefold()
    if name and name not in _YES | _NO:
        raise StoreError(f"'{name[:40]}' is neither yes nor no; write TRUE or FALSE")
    return name in _YES if name else None


def _kind(value: Any) -> str:
    return "an object" if isinstance(value, dict) else "a list of more than texts"
