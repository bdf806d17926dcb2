"""Cells of a workbook that have no value: errors, and formulas that nobody ever computed.

A reader of values gives nothing for both, as for an empty cell, and an answer would be lost
without a word. So they are looked for in the sheets' XML, where it has formulas or errors at all.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import NamedTuple
from xml.sax.saxutils import unescape

# From the attributes of a cell to its value; a formula is 8,192 characters at most.
_CELL = re.compile(
    rb"<c\s([^>]*[^/>])>\s*(<f\b[^>]*/>|<f\b[^>]*>([^<]*)</f>)?\s*(?:<v\s*/>|<v[^>]*>([^<]*)</v>)?"
)
_AT = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_KIND = re.compile(rb'\bt="(\w+)"')
_SHEET = re.compile(rb"<sheet\s[^>]*>")
_RELATION = re.compile(rb"<Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')

# So much of what was read before is looked at again: the cell that stands across two pieces.
OVERLAP = 1 << 16


class UnreadCell(NamedTuple):
    """A cell without a value, its column counted from 0, and what stands in it."""

    column: int
    name: str
    text: str

    @property
    def fault(self) -> str:
        """What is wrong, and what to do."""
        if self.text.startswith("="):
            return (
                f"cell {self.name} holds a formula that was never computed;"
                " open the file in a spreadsheet program, save it, and import it again"
            )
        return f"cell {self.name} holds the error {self.text}; mend it, and import the file again"


Unread = dict[int, list[UnreadCell]]  # by line


def look_for_unread(xml: bytes, found: Unread) -> None:
    """Add the cells without a value that a piece of a sheet's XML has."""
    if b"<f" not in xml and b't="e"' not in xml:
        return
    for cell in _CELL.finditer(xml):
        attributes, formula, said, value = cell.groups()
        kind = _KIND.search(attributes)
        error = kind is not None and kind[1] == b"e"
        # What a formula made of text may be empty: kind `str`.
        if not error and (formula is None or value or (kind and kind[1] == b"str")):
            continue
        if at := _AT.search(attributes):
            column, line = column_number(at[1]) - 1, int(at[2])
            text = _text(value or b"#N/A") if error else "=" + _text(said or b"")
            name = (at[1] + at[2]).decode()
            one = UnreadCell(column, name, text)
            if one not in found.setdefault(line, []):  # pieces overlap
                found[line].append(one)


def sheet_files(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the name of the sheet that each file of the workbook holds."""
    try:
        book = archive.read("xl/workbook.xml")
        relations = archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return {}
    targets = {}
    for relation in _RELATION.findall(relations):
        said = dict(_ATTRIBUTE.findall(relation))
        path = posixpath.join("/xl", _text(said.get(b"Target", b"")))
        targets[said.get(b"Id", b"")] = posixpath.normpath(path).lstrip("/")
    names = {}
    for sheet in _SHEET.findall(book):
        said = dict(_ATTRIBUTE.findall(sheet))
        names[targets.get(said.get(b"r:id", b""), "")] = _text(said.get(b"name", b""))
    return names


def column_number(letters: bytes) -> int:
    """Return the number of a column: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _text(xml: bytes) -> str:
    return unescape(xml.decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"})
