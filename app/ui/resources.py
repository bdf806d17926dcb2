"""What all sessions of the server share: the opened home, one encoder, one searcher.

Cached by plain values (folder, URL, model), never by a captured object, so that two homes
in one process, as in tests, do not meet.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, cast

import streamlit as st

from app.home import Home, full_name, load_encoder, open_home, stamp_of
from app.settings import Settings, read_settings

if TYPE_CHECKING:
    from indexer.encoder import Encoder
    from indexer.search import Searcher


def home() -> Home:
    """Return the working folder that the settings name, opened and checked."""
    settings = read_settings()
    return _home(str(settings.folder), settings.database_url, settings.model)


@st.cache_resource(show_spinner=False)
def _home(folder: str, url: str | None, model: str | None) -> Home:
    return open_home(Settings(home=Path(folder), database_url=url, model=model))


def encoder(model: str | None) -> Encoder:
    """Return the one encoder of this process for a model; loading takes seconds."""
    name = full_name(model)
    return _encoder(name, repr(stamp_of(name)))


@st.cache_resource(show_spinner=False, max_entries=4)
def _encoder(name: str, stamp: str) -> Encoder:
    # Cached here as well because only this cache makes a second session wait for the first.
    loaded = load_encoder(name)
    # Streamlit looks for garbage after every run of a page, often before all of it is sent: in all
    # that PyTorch brought along that takes 0.3 s. What is there now is looked through only here.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    return loaded


def remembering(model: str | None) -> Encoder:
    """Return that encoder with a memory, for pages that encode the same texts again and again."""
    name = full_name(model)
    return _remembering(name, repr(stamp_of(name)))


@st.cache_resource(show_spinner=False, max_entries=2)
def _remembering(name: str, stamp: str) -> Encoder:
    from indexer.remembering import Remembering

    return cast("Encoder", Remembering(_encoder(name, stamp)))


def searcher() -> Searcher:
    """Return the one searcher over the home."""
    settings = read_settings()
    return _searcher(str(settings.folder), settings.database_url, settings.model)


@st.cache_resource(show_spinner=False)
def _searcher(folder: str, url: str | None, model: str | None) -> Searcher:
    return _home(folder, url, model).searcher(encoder)
