"""The doctor names what is wrong and what helps, and changes nothing."""

from __future__ import annotations

import json
import shutil

from indexer.builds import reindex
from indexer.doctor import examine
from indexer.transformer_encoder import TransformerEncoder
from store.collections import ensure_collection
from store.database import Database
from store.entries import EntryDraft, add_entry, update_entry


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
