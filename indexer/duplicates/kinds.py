"""What the entries of a cluster are to each other, and entries that only share their answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from indexer.duplicates.report import ClusterKind
from store.answers import answer_key
from store.duplicate_texts import EntryFacts

MOST_WITH_ONE_ANSWER = 200


def kind_of(entries: Iterable[int], facts: Mapping[int, EntryFacts]) -> ClusterKind:
    """Return whether the entries that ask the same also say the same."""
    answers = {facts[entry].answer for entry in entries if facts[entry].answer}
    return ClusterKind.CONFLICTING if len(answers) > 1 else ClusterKind.SAME


def same_answers(answers: Iterable[tuple[int, str]]) -> list[list[int]]:
    """Return the entries that give the same answer, group by group, in the order of their ids.

    An answer of very many entries ("please call us") says nothing about their questions.
    """
    groups: dict[bytes, list[int]] = defaultdict(list)
    for entry, answer in answers:
        groups[answer_key(answer)].append(entry)
    found = [sorted(group) for key, group in groups.items() if key and len(group) > 1]
    return sorted(group for group in found if len(group) <= MOST_WITH_ONE_ANSWER)


def without_known(
    group: Sequence[int],
    homes: Mapping[int, int],
    apart: Callable[[int, int], bool],
) -> list[list[int]]:
    """Return the entries of a group that are news: one of each cluster, none that was refused.

    What was refused beside one of them is put together apart from it.
    """
    found: list[list[int]] = []
    seen: set[int] = set()
    while group:
        kept: list[int] = []
        refused: list[int] = []
        for entry in group:
            home = homes.get(entry)
            if home is not None and home in seen:
                continue
            if any(apart(entry, other) for other in kept):
                refused.append(entry)
                continue
            kept.append(entry)
            if home is not None:
                seen.add(home)
        found.append(kept)
        group = refused
    return [kept for kept in found if len(kept) > 1]


def across(entries: Collection[int], second_side: Collection[int]) -> bool:
    """Whether some of the entries lie on each side."""
    there = sum(entry in second_side for entry in entries)
    return 0 < there < len(entries)
