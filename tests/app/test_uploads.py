from __future__ import annotations

import os
import time

import pytest

from app.uploads import keep_upload


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", "evil.csv"]
)
def test_an_upload_stays_in_its_folder_whatever_its_name(tmp_path, name):
    path = keep_upload(tmp_path, name, memoryview(b"x"))
    assert path.read_bytes() == b"x"
    assert path.name == "evil.csv"
    assert path.resolve().is_relative_to(tmp_path / "uploads")


def test_an_upload_of_more_than_a_day_ago_is_removed(tmp_path):
    old = keep_upload(tmp_path, "a.csv", memoryview(b"x"))
    os.utime(old.parent, (time.time() - 90_000,) * 2)
    new = keep_upload(tmp_path, "b.csv", memoryview(b"y"))
    assert not old.exists()
    assert new.exists()
