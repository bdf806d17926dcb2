"""`tongwen serve` and `tongwen demo`: the pages in the browser."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from app.cli import options
from app.cli.output import err, hint, progress, say
from app.cli.searching import show_hits
from app.demo import EXAMPLES, build_demo, load_samples
from app.serving import check_port
from app.serving import serve as serve_pages
from app.settings import read_settings

group = typer.Typer()
Host = Annotated[str | None, typer.Option(help="Address to serve on; default 127.0.0.1.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default 8501.")]


@group.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Serve the pages until Ctrl+C."""
    with options.opened():
        pass  # only to say now, in one line, what is wrong with the base
    _serve(host, port)


@group.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Prepare, search, exit.")] = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Load the shipped collections, index them, show three searches, serve the pages."""
    settings = read_settings()
    if not once:
        check_port(host or settings.host, port or settings.port)
    with options.opened(create=True) as home:
        for name, added in load_samples(home.database).items():
            say(f"{name}: {added:,} entries imported")
        with progress("embed") as report:
            built = build_demo(home, report)
        say(f"index ready: build {built.id}, {built.questions_of_every_kind:,} questions")
        searcher = home.searcher()
        for example in EXAMPLES:
            show_hits(searcher.search(example, k=3), title=f"\n“{example}”")
    if not once:
        _serve(host, port)


def _serve(host: str | None, port: int | None) -> None:
    settings = read_settings()
    host, port = host or settings.host, port or settings.port
    check_port(host, port)
    shown = f"[{host}]" if ":" in host else host
    err().print(Text(f"Tongwen is at http://{shown}:{port}", style="bold"))
    hint("stop it with Ctrl+C")
    serve_pages(settings, host, port)
