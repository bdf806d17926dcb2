"""app -> indexer -> store, never backwards; each library has one home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "indexer", "store")
TRANSFORMERS = "indexer/transformer_encoder.py"
FORBIDDEN = {
    "store": {"app", "indexer", "streamlit", "typer", "torch", "faiss", "transformers"},
    "indexer": {"app", "streamlit", "typer", "sqlalchemy", "alembic"},
    "app": {"sqlalchemy", "alembic", "faiss", "transformers", "sentence_transformers"},
}
ONE_HOME = {"faiss": "indexer/faiss_index.py", "sentence_transformers": TRANSFORMERS}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_is_below_it(package):
    assert files(package)
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(package)
        for name in set(imports(path)) & FORBIDDEN[package]
    ]
    assert not wrong


@pytest.mark.parametrize(("library", "home"), ONE_HOME.items())
def test_a_library_has_one_home(library, home):
    users = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in files(package)
        if library in set(imports(path))
    ]
    assert users == [home]


def test_no_file_in_app_hides_a_package():
    # Streamlit puts app/ first on sys.path.
    assert not [
        path for path in files("app") if path.stem in PACKAGES and path.parent.name == "app"
    ]


def test_no_page_needs_the_command_line():
    # A page that imports it, from however far, gets a circle of imports instead of its modules.
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path in files("app")
        if "cli" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app.cli")
    ]
    assert not wrong
