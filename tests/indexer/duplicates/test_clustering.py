from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.duplicates.clustering import EntryPair, Likeness, cluster, representative, weakest
from indexer.duplicates.edges import Edge, Match
from indexer.guards import conflicts


def _edge(first, second, score, against=()):
    return Edge(first, second, score, Match.MEANING, tuple(against))


def _clusters(edges, apart=frozenset(), nodes=None):
    entries = {end for edge in edges for end in (edge.first, edge.second)}
    nodes = nodes or {entry: [entry] for entry in entries}
    likeness = Likeness(nodes, edges, apart, {})
    pairs = [EntryPair(e.first, e.second, e) for e in edges if not e.conflicts]
    pairs.sort(key=lambda pair: (-pair.edge.score, pair.first, pair.second))
    return cluster(pairs, likeness), likeness


def test_a_chain_whose_ends_lie_apart_is_not_one_cluster():
    found, _ = _clusters([_edge(1, 2, 0.95), _edge(2, 3, 0.93)])
    assert found == [[1, 2]]


def test_what_is_alike_all_round_is_one_cluster_with_the_most_central_first():
    edges = [_edge(1, 2, 0.9), _edge(2, 3, 0.95), _edge(1, 3, 0.85)]
    (found,), likeness = _clusters(edges)
    assert found == [1, 2, 3]
    assert weakest(found, likeness) == 0.85
    assert representative(found, likeness, {1, 2, 3}) == 2
    # One that has an answer is of more use.
    assert representative(found, likeness, {1}) == 1


def test_two_that_were_called_different_are_never_in_one_cluster():
    edges = [_edge(1, 2, 0.99), _edge(2, 3, 0.9), _edge(1, 3, 0.95)]
    found, _ = _clusters(edges, apart={(1, 2)})
    assert found == [[1, 3]]


def test_two_that_contradict_are_not_joined_by_a_third():
    against = conflicts("能退款吗", "不能退款吗")
    assert against
    edges = [_edge(1, 2, 0.99, against), _edge(1, 3, 0.9), _edge(2, 3, 0.95)]
    found, _ = _clusters(edges)
    assert found == [[2, 3]]


def test_entries_that_share_a_question_are_alike():
    edges = [_edge(10, 20, 0.9)]
    likeness = Likeness({1: [10, 11], 2: [11], 3: [20]}, edges, set(), {})
    assert likeness.of(2, 1) == 1.0
    assert likeness.of(1, 3) == 0.9
    assert likeness.of(2, 3) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0.5, 1)), max_size=45))
def test_everybody_in_a_cluster_is_like_everybody_else_and_in_no_other_one(made):
    links = {(min(a, b), max(a, b)): score for a, b, score in made if a != b}
    found, likeness = _clusters([_edge(*link, score) for link, score in links.items()])
    for group in found:
        assert len(group) > 1
        for one, other in itertools.combinations(group, 2):
            assert likeness.of(one, other) == pytest.approx(links[one, other])
    everybody = [entry for group in found for entry in group]
    assert len(everybody) == len(set(everybody))
    # A pair is left out only where one of its entries found a home.
    for one, other in links:
        assert one in everybody or other in everybody
