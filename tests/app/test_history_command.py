from __future__ import annotations


def test_the_history_of_an_entry_names_who_changed_what_and_restores_it(
    filled, tmp_path, monkeypatch
):
    monkeypatch.setenv("TONGWEN_USER", "小王")
    number = filled("show", "-c", "bank", "--json").json["entries"][0]["id"]
    assert filled("history", number, "--json").json["revisions"] == []
    file = tmp_path / "new.csv"
    file.write_text("编号,问题,答案\nb1,银行卡丢了怎么办,打电话。\n", encoding="utf-8")
    assert filled("import", file, "-c", "bank").code == 0
    (revision,) = filled("history", "b1", "--json").json["revisions"]
    assert (revision["action"], revision["by"]) == ("import", "小王")
    assert revision["changed"] == ["answer"]
    assert revision["before"]["answer"] == "请拨打客服电话挂失。"
    assert revision["after"]["answer"] == "打电话。"
    assert "小王" in filled("history", number).out
    assert filled("history", number, "--restore", 0).code == 0
    hit = filled("search", "银行卡丢了怎么办", "--json").json["hits"][0]
    assert hit["answer"] == "请拨打客服电话挂失。"
    restored = filled("history", number, "--json").json["revisions"]
    assert [one["action"] for one in restored] == ["restore", "import"]
    assert filled("history", "nobody").code == 1
    assert filled("history", number, "--restore", 999).code == 1
