"""The Insights page: its days are the days that people mean, wherever they live."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.ui.charts import day_chart
from app.words import phrase
from store.insights import Counts

pytestmark = pytest.mark.usefixtures("nothing_stays_open")

MAIN = Path(__file__).resolve().parents[2] / "app" / "main_page.py"


def test_an_entry_is_listed_with_its_last_day(filled, tmp_path):
    last = str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=9))
    file = tmp_path / "soon.csv"
    file.write_text(f"问题,答案,失效日期\n国庆几点关门,五点,{last}\n", encoding="utf-8")
    assert filled("import", file, "-c", "soon").code == 0
    test = AppTest.from_file(str(MAIN), default_timeout=60).run()
    test.switch_page("views/insights.py").run()
    assert not test.exception
    heading = phrase("zh", "valid_until")
    never, expiring = [t.value[heading].tolist() for t in test.dataframe if heading in t.value]
    assert never == ["", "", "", "", last]
    assert expiring == [last]


def test_a_day_of_the_chart_is_a_local_one():
    # A browser takes a bare date for UTC, but a date with a time for its own zone.
    chart = day_chart({dt.date(2026, 3, 1): Counts(asked=1)})
    assert set(chart.data["day"]) == {"2026-03-01T00:00"}
