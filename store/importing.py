"""Import: files in, every row accounted for, the same file twice changes nothing.

read = added + updated + unchanged + rejected, in rows of the files: `added` rows made a new
entry, `updated` rows changed one or added to it (so do the further rows of an entry that is
spread over rows), `unchanged` rows said what was known. A killed import leaves whole entries,
and running it again completes it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from sqlalchemy import select

from store.columns import check_question, layout, scorer
from store.database import Database
from store.drafts import EntryDraft
from store.errors import FileFormatError, StoreError
from store.files import Opened, check_file, open_file
from store.garbage import rare_collections
from store.import_run import ImportRun
from store.ledger import recall, sign
from store.models import Collection
from store.parsing import Refused, parse
from store.rejects import Rejected, reject_sink
from store.reports import FileReport, ImportOptions, ImportReport, Preview, Progress
from store.scratch import open_scratch
from store.screening import Screen

__all__ = [
    "FileReport",
    "ImportOptions",
    "ImportReport",
    "Preview",
    "Progress",
    "Rejected",
    "import_files",
    "preview_file",
]


def import_files(
    database: Database,
    paths: Sequence[Path],
    options: ImportOptions,
    *,
    rejects: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    screen: Screen | None = None,
) -> ImportReport:
    """Import files into a collection; files that are no tables fail before anything is written.

    A `screen` is asked about the rows that would make a new entry.
    """
    for path in paths:
        check_file(path)
    signature = _sign(paths, options)
    known = None if options.asks else _recall(database, options.collection, signature)
    with ExitStack() as stack:
        # The ledger knows how many rows were rejected, but not which.
        if known is not None and not (rejects and known.rejected):
            stack.enter_context(reject_sink(rejects, list(paths)))
            return known
        opened = [stack.enter_context(_open(path, options)) for path in paths]
        sink = stack.enter_context(reject_sink(rejects, list(paths)))
        scratch = stack.enter_context(open_scratch(database)) if options.dry_run else None
        stack.enter_context(rare_collections())
        run = ImportRun(database, scratch, options, sink, progress, screen)
        for number, (path, source) in enumerate(zip(paths, opened, strict=True)):
            run.take(path, source, number, len(opened))
        return run.finish(signature)


def preview_file(
    path: Path, mapping: Mapping[str, str], limit: int = 20, *, recognise_others: bool = True
) -> Preview:
    """Return the first rows of a file as entries; columns that are not understood are problems."""
    options = ImportOptions("", mapping=mapping, recognise_others=recognise_others)
    drafts: list[EntryDraft] = []
    problems: list[str] = []
    with closing(open_file(path, scorer(mapping))) as source:
        columns = layout(source.headers, mapping, recognise_others=recognise_others)
        try:
            check_question(path.name, source.headers, columns)
        except StoreError as error:
            problems.append(str(error))
        some = itertools.islice(source.rows, 0 if problems else limit)
        for row in parse(some, options, tabular=source.tabular):
            if isinstance(row, Refused):
                problems.append(f"line {row.raw.line}: {row.reason}")
            else:
                drafts.append(row.draft)
    return Preview(
        source.format,
        source.encoding,
        source.headers,
        columns.fields(),
        tuple(drafts),
        tuple(problems),
    )


@contextmanager
def _open(path: Path, options: ImportOptions) -> Iterator[Opened]:
    source = open_file(path, scorer(options.mapping))
    with closing(source):
        # An empty JSON list has no headers, and lines that are no objects are refused one by one.
        if source.headers or source.tabular:
            columns = layout(
                source.headers, options.mapping, recognise_others=options.recognise_others
            )
            check_question(path.name, source.headers, columns)
        yield source


def _sign(paths: Sequence[Path], options: ImportOptions) -> bytes:
    mapping = sorted(options.mapping.items())
    how: dict[str, object] = {
        "mode": options.mode,
        "mapping": mapping,
        "others": options.recognise_others,
    }
    if options.on_duplicate:
        how["on_duplicate"] = options.on_duplicate
    try:
        return sign(paths, how)
    except OSError as error:
        raise FileFormatError(
            f"{error.filename} cannot be read ({error.strerror}); check its rights"
        ) from error


def _recall(database: Database, collection: str, signature: bytes) -> ImportReport | None:
    """Return the report of the same import done before, with nothing edited since."""
    with database.reading() as session:
        found = session.scalar(select(Collection.id).where(Collection.name == collection))
        known = recall(session, found, signature) if found else None
    if known is None:
        return None
    return ImportReport(
        files=tuple(FileReport(**file) for file in known["files"]),
        read=known["read"],
        added=0,
        updated=0,
        unchanged=known["read"] - known["rejected"],
        rejected=known["rejected"],
        notes=tuple(known["notes"]),
    )
