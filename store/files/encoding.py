"""Which encoding a text file is in: its byte order mark, else strict UTF-8, else GB18030.

The whole file is read to find out, so that a wrong guess never shows half way through an
import. A file with a few broken bytes keeps its encoding, and those bytes are marked.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from store.errors import FileFormatError

MARKED = "tongwen-marked"  # the error handler that turns a broken byte into a marker
_MARKER = 0xDC00
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SENSIBLE = re.compile("[\\t\\r\\n -~\\u3000-\\u9fff\\uff00-\\uffef]")


@dataclass(frozen=True)
class Encoding:
    """An encoding by its Python name; `damaged` says that some bytes do not fit it."""

    name: str
    damaged: bool = False


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    return "".join(chr(_MARKER + byte) for byte in broken), error.end


codecs.register_error(MARKED, _mark)


def is_marked(text: str) -> bool:
    """Whether a text holds the marker of a broken byte."""
    return any(_MARKER <= ord(char) <= _MARKER + 0xFF for char in text)


def detect(name: str, open_stream: Callable[[], BinaryIO]) -> Encoding:
    """Return the encoding of a stream; FileFormatError where it is not text at all."""
    with open_stream() as stream:
        head = stream.read(_CHUNK)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return Encoding(encoding, not _fits(open_stream, encoding))
    # Half the bytes of Latin UTF-16 are zero, and Chinese UTF-16 is no UTF-8; a stray zero
    # byte in UTF-8 text is neither.
    if b"\0" in head and (head.count(0) * 10 > len(head) or not _fits(open_stream, "utf-8")):
        wide = _without_bom(head)
        if wide:
            return Encoding(wide, not _fits(open_stream, wide))
    if len(_CONTROLS.findall(head)) * 20 > len(head):
        raise FileFormatError(f"{name} is not text; save the table as .csv, .xlsx or .jsonl")
    if _fits(open_stream, "utf-8"):
        return Encoding("utf-8")
    if _mostly(head, "utf-8"):
        return Encoding("utf-8", damaged=True)
    if _looks_chinese(head):
        return Encoding("gb18030", not _fits(open_stream, "gb18030"))
    raise FileFormatError(f"{name} is neither UTF-8, UTF-16 nor GB18030 text; save it as UTF-8")


def _fits(open_stream: Callable[[], BinaryIO], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with open_stream() as stream:
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _sample(head: bytes, encoding: str) -> str:
    # Not final: a character cut by the end of the sample is no fault.
    return codecs.getincrementaldecoder(encoding)(MARKED).decode(head)


def _mostly(head: bytes, encoding: str) -> bool:
    wide = [char for char in _sample(head, encoding) if char > "\x7f"]
    broken = sum(_MARKER <= ord(char) <= _MARKER + 0xFF for char in wide)
    return broken * 10 < len(wide)


def _looks_chinese(head: bytes) -> bool:
    # Nearly any bytes are some GB18030; real Chinese text is mostly of the GB2312 part.
    wide = [char for char in _sample(head, "gb18030")[:100_000] if char > "\x7f"]
    common = sum(len(char.encode("gb2312", "ignore")) == 2 for char in wide)
    return common * 2 > len(wide)


def _without_bom(head: bytes) -> str | None:
    """Return which UTF-16 the bytes are, judged by how many characters make sense.

    The other way round, Latin letters look like rare Chinese characters, so those that were
    in the oldest Chinese standard, and ASCII, count most.
    """
    even = head[: min(len(head), 100_000) // 2 * 2]
    best, best_rank = None, 0
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _sample(even, encoding)
        sensible = _SENSIBLE.findall(text)
        rank = sum(len(char.encode("gb2312", "ignore")) > 0 for char in sensible)
        if len(sensible) > 0.9 * len(text) and rank > best_rank:
            best, best_rank = encoding, rank
    return best
