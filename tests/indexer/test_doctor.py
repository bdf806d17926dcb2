"""The doctor names what is wrong and what helps, and changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from indexer.build_files import BuildFiles
from indexer.builds import reindex
from indexer.doctor import examine
from indexer.errors import IndexerError
from indexer.mending import mend
from indexer.publishing import roll_back
from indexer.search import Searcher
from indexer.transformer_encoder import TransformerEncoder
from store.builds import create_build
from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry, delete_entries, update_entry
from store.errors import StoreError
from store.job_claims import begin


def _load_folder(name):
    return TransformerEncoder.load(Path(name))


def found(database, home, subject):
    return [finding for finding in examine(database, home) if finding.subject == subject]


def test_an_indexed_base_is_sound(database, home, tiny_model, encoder, fill):
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    assert {finding.level for finding in examine(database, home)} == {"ok"}
    assert "2 layers" in found(database, home, "model")[0].text


def test_no_database_and_no_index_name_the_command(home):
    database = Database.at(home / "tongwen.db")
    (finding,) = found(database, home, "database")
    assert (finding.level, finding.remedy) == ("problem", "run `tongwen init`")
    database.upgrade()
    assert found(database, home, "index")[0].level == "ok"
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft("问题"))
    assert found(database, home, "index")[0].remedy == "run `tongwen reindex`"


def test_missing_and_unused_vectors_are_counted(database, home, encoder):
    with database.writing() as session:
        bank = ensure_collection(session, "bank")
        entry_id = add_entry(session, bank, EntryDraft("旧问题", similar=("一", "二")))
    reindex(database, home, encoder)
    with database.writing() as session:
        update_entry(session, entry_id, EntryDraft("新问题", similar=("一", "二", "三")))
    texts = [finding.text for finding in found(database, home, "vectors")]
    assert texts[0].startswith("2 question texts have no vector")
    assert texts[1].startswith("1 vectors of texts that are no longer used")


def counts(database, home):
    return found(database, home, "delta")[0].counts


def test_base_delta_and_masked_are_counted(database, home, encoder):
    with database.writing() as session:
        bank = ensure_collection(session, "bank")
        one, two, three = (
            add_entry(
                session, bank, EntryDraft(f"问{n}", similar=(f"又{n}",), negative=(f"非{n}",))
            )
            for n in range(3)
        )
    reindex(database, home, encoder)
    start = {"base": 6, "delta": 0, "masked": 0, "updated": 0, "without_vector": 0}
    assert counts(database, home) == start
    with database.writing() as session:
        delete_entries(session, [one])
        bank = ensure_collection(session, "bank")
        add_entry(session, bank, EntryDraft("新的", similar=("更新的",)))
        update_entry(session, two, EntryDraft("问1", negative=("又1", "非1")))
        update_entry(session, three, EntryDraft("问2", similar=("又2",), category="别的"))
    now = {"base": 6, "delta": 2, "masked": 3, "updated": 2, "without_vector": 2}
    assert counts(database, home) == now
    Searcher(database, home, lambda name: encoder).search("问")
    assert counts(database, home) == now | {"without_vector": 0}


def test_an_int8_model_is_known_by_its_own_fingerprint(database, home, fill):
    from indexer.loading import load_encoder

    fill(database, "bank", 3)
    reindex(database, home, load_encoder("tongwen-zh-en:int8"))
    assert found(database, home, "model")[0].level == "ok"


def test_a_stuck_job_is_told(database, home):
    with database.writing() as session:
        job = begin(session, "reindex", {"model": "x"}, "elsewhere 1 ab")
        session.execute(text("UPDATE job SET heartbeat_at = '2020-01-01 00:00:00.000000'"))
    (finding,) = found(database, home, "jobs")
    assert (finding.level, f"job {job.id}" in finding.text) == ("warning", True)


def test_fix_mends_what_can_be_mended_without_the_model(database, home, encoder, fill):
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    with database.writing() as session:
        delete_entries(session, [1])
        dead = create_build(session, 1)
    (home / "builds" / f".tmp-{dead}").mkdir()
    path = home / "builds" / "1" / "rows.npz"
    path.write_bytes(path.read_bytes()[:-1])
    assert {f.level for f in examine(database, home)} == {"ok", "warning", "problem"}
    lines = list(mend(database, home))
    assert any("build 1 was damaged" in line for line in lines)
    assert any(f"unfinished build {dead} was removed" in line for line in lines)
    assert any("vectors that no question uses were removed" in line for line in lines)
    assert {f.level for f in examine(database, home)} == {"ok"}
    assert list(mend(database, home)) == []


def test_fix_removes_vectors_of_a_wrong_length_and_an_old_damaged_build(
    database, home, encoder, fill
):
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    fill(database, "bank", 10, 2)
    reindex(database, home, encoder)
    with database.writing() as session:
        session.execute(text("UPDATE vector SET data = x'00' WHERE text_hash < x'40'"))
    (home / "builds" / "1" / "vectors.f32").unlink()
    assert any("wrong length" in f.text for f in examine(database, home) if f.level == "problem")
    lines = list(mend(database, home))
    assert any("damaged vectors were removed" in line for line in lines)
    assert any("build 1, which was damaged" in line for line in lines)
    assert {f.level for f in examine(database, home)} == {"ok", "warning"}
    assert reindex(database, home, encoder).embedded > 0
    assert {f.level for f in examine(database, home)} == {"ok"}


def test_fix_leaves_the_way_back_to_another_model_and_goes_on_where_a_step_fails(
    database, home, hash_encoder, fill
):
    old, new = hash_encoder("hash-1"), hash_encoder("hash-2")
    fill(database, "bank", 10)
    reindex(database, home, old)
    reindex(database, home, new)
    (home / "builds" / "1" / "vectors.f32").write_bytes(b"damaged")
    (warning,) = [f for f in found(database, home, "builds") if f.level == "warning"]
    assert "made again from stored vectors" in warning.remedy
    assert list(mend(database, home)) == []
    roll_back(database, lambda name: old)
    seen = len(old.seen)
    assert Searcher(database, home, lambda name: old).search("银行").hits
    assert len(old.seen) == seen + 1
    # Somebody else holds the lock: the last step is done all the same.
    with database.writing() as session:
        delete_entries(session, [1])
    with BuildFiles(home).lock(database):
        mending = mend(database, home)
        assert "vectors that no question uses were removed" in next(mending)
        with pytest.raises(IndexerError, match="another process is indexing"):
            next(mending)


def test_a_model_is_found_by_any_name_that_its_weights_had(database, home, tiny_model, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    with database.writing() as session:
        add_entry(session, ensure_collection(session, "bank"), EntryDraft("怎么挂失"))
    for folder in (first, second, first):
        shutil.copytree(tiny_model, folder, dirs_exist_ok=True)
        assert reindex(database, home, TransformerEncoder.load(folder)).embedded == (
            1 if folder is first and not second.exists() else 0
        )
    for gone in (first, second):
        shutil.rmtree(gone)
        level = found(database, home, "model")[0].level
        assert level == ("ok" if second.exists() else "problem")
        if second.exists():
            searcher = Searcher(database, home, _load_folder)
            assert searcher.search("挂失").hits


def test_a_model_that_changed_or_went_is_a_problem(database, home, tiny_model, tmp_path, fill):
    fill(database, "bank", 5)
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    reindex(database, home, TransformerEncoder.load(folder))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_act": "relu"}))
    assert "has changed since build 1" in found(database, home, "model")[0].text
    shutil.rmtree(folder)
    assert found(database, home, "model")[0].level == "problem"


def test_a_damaged_database_is_told(database, home, encoder, fill):
    fill(database, "bank", 200)
    database.close()
    content = bytearray(database.path.read_bytes())
    content[8_192:40_960] = b"\x7f" * 32_768
    database.path.write_bytes(content)
    assert any(finding.level == "problem" for finding in examine(database, home))


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM lexical_docsize WHERE id % 2",
        "UPDATE counter SET value = value - 5 WHERE name = 'lexical documents'",
        "UPDATE lexical_data SET block = x'00' WHERE id > 10",
        "DELETE FROM lexical_data WHERE id > 10",
        "DELETE FROM lexical_data WHERE id = 10",
        "DELETE FROM lexical_data",
    ],
)
def test_an_index_of_words_that_lacks_questions_is_told_and_made_again(
    database, home, encoder, fill, harm
):
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    assert found(database, home, "words")[0].level == "ok"
    with database.writing() as session:
        session.execute(text(harm))
    database.close()
    (finding,) = found(database, home, "words")
    assert finding.level == "problem" and "doctor --fix" in finding.remedy
    assert any("index of words was made again" in line for line in mend(database, home))
    (finding,) = found(database, home, "words")
    assert finding.level == "ok" and finding.counts["words_waiting"] == 0


def test_a_damaged_index_of_words_leaves_the_search_by_meaning(database, home, encoder, fill):
    fill(database, "bank", 10)
    reindex(database, home, encoder)
    with database.writing() as session:
        session.execute(text("UPDATE lexical_data SET block = x'00' WHERE id > 10"))
    searcher = Searcher(database, home, lambda name: encoder)
    by_meaning = searcher.search("银行信用卡", mode="dense").hits
    assert searcher.search("银行信用卡").hits == by_meaning
    with pytest.raises(StoreError, match="index of words cannot be read"):
        searcher.search("银行信用卡", mode="lexical")
