"""The language of the page: chosen in the page, remembered in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import streamlit as st

from app.state import ENTRY, LANGUAGE, TOLD
from app.words import DEFAULT_LANGUAGE, LANGUAGES, phrase

Option = TypeVar("Option", bound=str | int)


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


def address(entry: int | str | None = None) -> dict[str, str]:
    """Return the parameters of a link to a page, or to an entry of the library.

    The language that goes without saying is left out, as everywhere: taken out again, it would
    be one more step for the browser's way back.
    """
    parameters = {} if entry is None else {ENTRY: str(entry)}
    return parameters if language() == DEFAULT_LANGUAGE else parameters | {LANGUAGE: language()}


def words(prefix: str = "") -> Callable[[str, str], str]:
    """Return what keys of phrases are called, for `choose`; "" is called "all"."""
    return lambda key, spoken: phrase(spoken, prefix + key if key else "all")


def own_name(name: str, spoken: str) -> str:
    """Return what a stored name is called, for `choose`: the same everywhere; "" is "all"."""
    return name or phrase(spoken, "all")


def choose(
    label: str,
    options: Sequence[Option],
    called: Callable[[Option, str], str],
    *,
    key: str,
    first: Option | None = None,
    in_form: bool = False,
    **drawing: Any,
) -> Option:
    """Draw a choice, `first` chosen at first, and return what is chosen, in whatever language.

    `called` is how an option is called in a language. A browser knows a choice only by what it
    was called when it was made, and sends that. After a change of the language it is told the
    new name, but in a form, where this would undo a choice that was not sent yet.
    """
    now = language()
    known = frozenset(options)
    meant = {called(one, spoken): one for spoken in (*LANGUAGES, now) for one in options}

    def option(chosen: Any) -> Any:
        return chosen if chosen in known else meant.get(chosen, chosen)

    told = st.session_state.setdefault(TOLD, {})
    again = not in_form and key in st.session_state and told.get(key) not in (None, now)
    told[key] = now
    if again:
        st.session_state[key] = option(st.session_state[key])
    # Streamlit warns of a default beside a value that is set.
    index = 0 if first is None or again else options.index(first)
    chosen = st.selectbox(
        label,
        options,
        index,
        # Also called between runs, when the session can't be asked for its language.
        lambda one: called(option(one), now),
        key=key,
        **drawing,
    )
    return cast("Option", option(chosen))
