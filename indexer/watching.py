"""The seam between long work and whoever watches it: a job row, a person, or nobody.

Long work says which phase it is in, asks between its steps whether it may go on, and asks once
more inside the transaction that makes its result count.
"""

from __future__ import annotations

from store.database import Session


class Watch:
    """Lets the work run; a watcher overrides what it cares for.

    `holder` names who does the work, for others who wait for the same lock.
    """

    holder = ""

    def phase(self, name: str) -> None:
        """Hear that a phase of the work begins."""

    def checkpoint(self) -> None:
        """Raise to stop the work here, where nothing is half done."""

    def confirm(self, session: Session) -> None:
        """Raise to undo the transaction that would publish the result."""


UNWATCHED = Watch()
