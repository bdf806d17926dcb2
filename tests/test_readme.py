"""What the README and the docs name exists: commands with their options, settings, files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from app.cli import cli
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCS = [path.read_text(encoding="utf-8") for path in PAGES[1:]]
BLOCKS = [b for text in (README, *DOCS) for b in re.findall(r"```\n(.*?)```", text, re.DOTALL)]
LINES = [line.split("#")[0].strip() for block in BLOCKS for line in block.splitlines()]


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("tongwen ")])
def test_a_tongwen_command_in_the_documents_parses(line):
    command = typer.main.get_command(cli)
    words = shlex.split(line)[1:]
    context = command.make_context("tongwen", words, resilient_parsing=False)
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        if not rest and command.invoke_without_command:
            break  # a group that is a command of its own
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
    assert command.callback is not None


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("make ")])
def test_a_make_target_in_the_readme_exists(line):
    target = line.split()[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_document_links_to_exist(page):
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


def test_the_readme_lists_every_setting():
    listed = re.findall(r"`TONGWEN_([A-Z_]+)`", "".join(re.findall(r"(?m)^\|.*\|$", README)))
    assert {name.lower() for name in listed} == set(Settings.model_fields)


def test_no_command_hides_in_an_indented_block():
    for text in (README, *DOCS):
        assert not re.findall(r"(?m)^    tongwen .*$", text)
