"""One run of an import: rows are read, gathered into batches and counted.

Each batch is one transaction, so a run that is killed leaves whole batches behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from store.batches import BatchWriter, Counts
from store.changes import edits
from store.collections import ensure_collection
from store.columns import layout
from store.database import Database
from store.entries import delete_entries
from store.errors import FileFormatError
from store.files import Opened, RawRow
from store.import_memory import Key, Seen, Written
from store.ledger import remember
from store.models import Entry
from store.parsing import Refused, Row
from store.reading_ahead import parsed_rows
from store.rejects import RejectSink
from store.reports import FileReport, ImportOptions, ImportReport, Progress
from store.scratch import Scratch
from store.screening import Advice, Screen

# Rows of a batch; the rows of one entry are seen together when they are this near. A batch touches
# nearly every page of the indexes in hash order: the larger the base, the more rows must share
# the cost of writing them. Others wait to write for as long as a batch takes, a second at most.
_BATCH, _LARGEST_BATCH = 5_000, 20_000
_BATCHES_BEFORE = 10
_TICK = 500  # rows between two reports of progress


class ImportRun:
    """One import: its counts, the entries it saw, and how far it is.

    A dry run is one into a `scratch` base.
    """

    def __init__(
        self,
        database: Database,
        scratch: Scratch | None,
        options: ImportOptions,
        sink: RejectSink,
        progress: Callable[[Progress], None] | None,
        screen: Screen | None = None,
    ) -> None:
        self._screen = screen
        self._database = scratch.database if scratch else database
        self._scratch = scratch
        self._options = options
        self._sink = sink
        self._progress = progress
        self._counts = Counts()
        self._seen = Seen()
        self._read = 0
        self._files: list[FileReport] = []
        with self._begin() as session:
            self._collection_id = ensure_collection(session, options.collection).id
            self._edits = edits(session, self._collection_id)
            mine = exists().where(Entry.collection_id == self._collection_id)
            self._written = None if self._base(session).scalar(select(mine)) else Written()
        self._alone = True

    def take(self, path: Path, source: Opened, number: int, files: int) -> None:
        """Import the rows of one file, batch by batch."""
        name, started = path.name, self._read

        def reject(raw: RawRow, reason: str) -> None:
            self._sink.add(name, raw, reason)

        writer = BatchWriter(
            self._collection_id,
            replace=self._options.mode == "replace",
            reject=reject,
            scratch=self._scratch,
        )
        batch: list[Row] = []
        enough = self._batch_size()
        try:
            with parsed_rows(path, source, self._options) as (rows, done):
                for row in rows:
                    self._read += 1
                    if self._read % _TICK == 0:
                        self._tell((number + done()) / files)
                    if isinstance(row, Refused):
                        reject(*row)
                        self._counts.rejected += 1
                        continue
                    # Rows of one entry that follow each other are never parted.
                    if len(batch) >= enough and row.key != batch[-1].key:
                        self._write(writer, batch)
                        batch, enough = [], self._batch_size()
                    batch.append(row)
        except FileFormatError:  # the file breaks off; what it held before that is kept
            self._write(writer, batch)
            raise
        self._write(writer, batch)
        self._seen.update(writer.seen)
        self._tell((number + 1) / files)
        columns = layout(
            source.headers, self._options.mapping, recognise_others=self._options.recognise_others
        )
        self._files.append(
            FileReport(name, source.format, source.encoding, columns.fields(), self._read - started)
        )

    def finish(self, signature: bytes) -> ImportReport:
        """Remove what `replace` removes, and report."""
        removed, notes = 0, []
        counts = self._counts
        if self._options.mode == "replace":
            accepted = counts.added + counts.updated + counts.unchanged
            if counts.rejected or not accepted:
                why = f"{counts.rejected:,} rows were rejected" if counts.rejected else "no rows"
                notes.append(f"{why}, so entries that the files lack were kept")
            else:
                removed = self._remove_unseen()
        report = ImportReport(
            files=tuple(self._files),
            read=self._read,
            added=counts.added,
            updated=counts.updated,
            unchanged=counts.unchanged,
            rejected=counts.rejected,
            removed=removed,
            notes=tuple(notes),
        )
        if not self._options.dry_run:
            with self._begin() as session:
                self._look(session)
                if self._alone:
                    remember(session, self._collection_id, signature, asdict(report))
        return report

    def _begin(self) -> AbstractContextManager[Session]:
        return self._database.writing(by=self._options.by)

    def _base(self, session: Session) -> Session:
        """Return what reads the entries that were there when the run began."""
        return self._scratch.base if self._scratch else session

    def _batch_size(self) -> int:
        return max(_BATCH, min(self._read // _BATCHES_BEFORE, _LARGEST_BATCH))

    def _write(self, writer: BatchWriter, batch: Sequence[Row]) -> None:
        if batch:
            advice = self._advice(writer, batch) if self._screen else {}
            with self._begin() as session:
                self._look(session)
                known = self._written if self._alone else None
                self._counts.add(writer.write(session, batch, known, advice))
                self._edits = edits(session, self._collection_id)

    def _advice(self, writer: BatchWriter, batch: Sequence[Row]) -> dict[Key, Advice]:
        """Ask the screen about what is new, before anything is locked: it may be a person."""
        with self._database.reading() as session:
            new = writer.new(session, batch)
        said = self._screen(list(new.values())) if self._screen and new else ()
        return dict(zip(new, said, strict=True))

    def _look(self, session: Session) -> None:
        """See whether somebody else edited the collection since this run last wrote."""
        self._alone = self._alone and edits(session, self._collection_id) == self._edits

    def _remove_unseen(self) -> int:
        with self._begin() as session:
            ids = select(Entry.id).where(Entry.collection_id == self._collection_id)
            gone = [one for one in self._base(session).scalars(ids) if one not in self._seen]
            self._look(session)
            if gone:
                delete_entries(session, gone)
            self._edits = edits(session, self._collection_id)
        return len(gone)

    def _tell(self, share: float) -> None:
        if self._progress:
            total = round(self._read / share) if share > 0 else None
            self._progress(Progress(self._read, total))
