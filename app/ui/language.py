"""The language of the page: chosen in the page, remembered in the address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import streamlit as st

from app.state import LANGUAGE
from app.words import DEFAULT_LANGUAGE, LANGUAGES, phrase

Key = TypeVar("Key", bound=str)


def choose_language() -> None:
    """Draw the switch; the choice is kept in the address as `lang`, on every page.

    Not bound by Streamlit: a bound choice stands in the address by its label, and a change
    of page would drop it.
    """
    if LANGUAGE not in st.session_state:
        asked = st.query_params.get(LANGUAGE)
        st.session_state[LANGUAGE] = asked if asked in LANGUAGES else DEFAULT_LANGUAGE
    st.segmented_control(
        "语言 / Language",
        list(LANGUAGES),
        required=True,
        format_func=LANGUAGES.__getitem__,
        key=LANGUAGE,
        label_visibility="collapsed",
    )
    if language() != DEFAULT_LANGUAGE:
        st.query_params[LANGUAGE] = language()
    else:
        st.query_params.pop(LANGUAGE, None)


def language() -> str:
    """Return the language of this session."""
    chosen = st.session_state.get(LANGUAGE)
    return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE


def t(key: str, **values: Any) -> str:
    """Return the phrase in the language of this session."""
    return phrase(language(), key, **values)


def labels(keys: Iterable[str], prefix: str = "") -> Callable[[str], str]:
    """Return what a choice shows for each key, in the language of now; "" shows as "all".

    Streamlit also calls it between runs, when the session can't be asked for its language.
    """
    shown = {"": t("all")} | {key: t(prefix + key) for key in keys}
    return lambda key: shown.get(key, key)


def choose(
    label: str, keys: Sequence[Key], *, key: str, prefix: str = "", first: Key | None = None
) -> Key:
    """Draw a choice of keys by their phrases, `first` chosen at first, and return what is chosen.

    A browser goes on sending the label that was chosen, in the language of then.
    """
    shown = labels(keys, prefix)
    meant = {phrase(language, prefix + one): one for language in LANGUAGES for one in keys}

    def show(one: str) -> str:
        return shown(meant.get(one, one))

    index = keys.index(first) if first is not None else 0
    chosen = st.selectbox(label, keys, index, format_func=show, key=key)
    return meant.get(chosen, chosen)
