from __future__ import annotations

import pytest
from sqlalchemy import update

from store.labels import list_labels, put_labels, remove_labels
from store.models import Decision, QueryLog
from store.query_log import Asked, days_ago, log_query, set_feedback
from store.unanswered import poor_queries


@pytest.fixture
def ask(database):
    def log(
        query, verdict="no_answer", *, asker=None, helpful=None, days=0, score=0.4, topic=False
    ):
        asked = Asked(
            query,
            "page",
            "dense",
            "m",
            1,
            1.0,
            verdict=verdict,
            score=score,
            asker=asker,
            topic=topic,
        )
        with database.writing() as session:
            number = log_query(session, asked, keep_days=1000)
            set_feedback(session, number, helpful)
            if days:
                age = update(QueryLog).where(QueryLog.id == number)
                session.execute(age.values(asked_at=days_ago(days)))

    return log


def _poor(database, limit=100):
    with database.reading() as session:
        return poor_queries(session, since=days_ago(30), recent_since=days_ago(7), limit=limit)


def test_what_was_not_answered_well_is_listed_and_the_rest_is_not(database, ask):
    ask("没有答案")
    ask("猜的", "did_you_mean")
    ask("答非所问", "answer", helpful=False)
    ask("什么都没找到", None, score=None)
    ask("答了", "answer")
    ask("没有模型也答了", "answer", score=None)
    ask("答得好", "answer", helpful=True)
    ask("猜对了", "did_you_mean", helpful=True)
    ask("太久以前", days=31)
    ask("退款", "did_you_mean", topic=True)
    ask("退货", "did_you_mean", topic=True, helpful=False)
    ask("护照", "no_answer", topic=True)
    found = {one.query: one for one in _poor(database)}
    assert set(found) == {"没有答案", "猜的", "答非所问", "什么都没找到", "退货", "护照"}
    assert found["答非所问"].unhelpful == 1


def test_queries_are_counted_by_normal_form_and_ranked_by_visits(database, ask):
    for _ in range(3):
        ask("一个人问了三遍", asker="a")
    ask("怎麼退貨？", asker="a", days=8)
    ask("怎么退货", asker="b")
    ask("怎么退货", asker="b")
    ask("只问一遍")
    first, second, third = _poor(database)
    assert (first.query, first.asked, first.askers, first.recent) == ("怎么退货", 3, 2, 2)
    assert (second.query, second.asked, second.askers) == ("一个人问了三遍", 3, 1)
    assert third.query == "只问一遍"
    assert len(_poor(database, limit=2)) == 2


def test_a_decided_query_comes_back_only_when_it_is_reopened(database, ask):
    ask("怎么退货")
    ask("你好")
    with database.writing(by="小王") as session:
        put_labels(session, ["怎麼退貨"], Decision.SIMILAR, 7)
    assert [one.query for one in _poor(database)] == ["你好"]
    with database.writing() as session:
        put_labels(session, ["怎么退货？"], Decision.NOT_OURS)
        (label,) = list_labels(session)
        assert (label.decision, label.entry_id) == (Decision.NOT_OURS, None)
        assert remove_labels(session, ["怎么退货", "没有的"]) == 1
    assert len(_poor(database)) == 2


def test_a_label_keeps_who_decided_and_nothing_personal(database):
    with database.writing(by="小王") as session:
        put_labels(session, ["我是13812345678"], Decision.NOT_OURS)
        (label,) = list_labels(session)
    assert (label.query, label.decided_by) == ("我是[phone]", "小王")
