"""Names of everything the pages remember: session keys and address parameters.

A widget that is bound to the address uses its key as the parameter's name, so these short
names are part of every link that people keep.
"""

from __future__ import annotations

from typing import Final

LANGUAGE: Final = "lang"
TOLD: Final = "told"
"""By the key of a choice: the language in which the browser was last told what is chosen."""

QUERY: Final = "q"
COLLECTION: Final = "collection"
CATEGORY: Final = "category"
COUNT: Final = "k"
ENTRY: Final = "entry"

LIBRARY_COLLECTION: Final = "library_collection"
LIBRARY_CATEGORY: Final = "library_category"
LIBRARY_STATUS: Final = "library_status"
LIBRARY_TEXT: Final = "library_text"
LIBRARY_PAGES: Final = "library_pages"
NOTICE: Final = "notice"
FORM: Final = "form"
"""Begins the keys of an entry's form and fields, which go on with the entry's number."""


IMPORT_UPLOAD: Final = "import_upload"
UPLOAD: Final = "upload"
UPLOAD_REPORT: Final = "upload_report"
"""The report of the last dry run or import, with what was asked for."""

INDEX_JOB: Final = "index_job"
"""The number of the job that this session asked to build the index."""

LOGGED: Final = "logged"
"""What this session asked last, and the number of its row in the log of queries."""

ASKER: Final = "asker"
"""A random word that tells this visit from others in the log of queries."""

FEEDBACK: Final = "feedback"
"""Begins the keys of the thumbs, which go on with what they are about."""

QUALITY_UPLOAD: Final = "quality_upload"
QUALITY_SHIPPED: Final = "quality_shipped"
QUALITY_COLLECTION: Final = "quality_collection"
QUALITY_MODE: Final = "quality_mode"
QUALITY_RUN: Final = "quality_run"
QUALITY_AGAINST: Final = "quality_against"
QUALITY_DOWNLOAD: Final = "quality_download"
QUALITY_CHOSEN: Final = "quality_chosen"
"""The number of a run that is to be shown next, whatever was chosen."""

QUALITY_JOB: Final = "quality_job"
"""The number of the job that this session asked for a hit test."""

UNANSWERED: Final = "unanswered"
"""What the keys of the widgets of one group of unanswered queries begin with."""

UNANSWERED_DAYS: Final = "unanswered_days"
UNANSWERED_SHOWN: Final = "unanswered_shown"
UNANSWERED_NOTICE: Final = "unanswered_notice"

INSIGHTS_DAYS: Final = "insights_days"

DUPLICATE_VIEW: Final = "duplicate_view"
DUPLICATE_SCOPE: Final = "duplicate_scope"
DUPLICATE_AGAINST: Final = "duplicate_against"
DUPLICATE_AUTO: Final = "duplicate_auto"
DUPLICATE_THRESHOLD: Final = "duplicate_threshold"
DUPLICATE_KIND: Final = "duplicate_kind"
DUPLICATE_STATE: Final = "duplicate_state"
DUPLICATE_SIZE: Final = "duplicate_size"
DUPLICATE_SCORE: Final = "duplicate_score"
DUPLICATE_PAGES: Final = "duplicate_pages"
DUPLICATE_RUN: Final = "duplicate_run"
"""The number of the search whose pages those are."""

DUPLICATE_JOB: Final = "duplicate_job"
"""The number of the job that this session asked to search for duplicates."""

DUPLICATE_CHOSEN: Final = "duplicate_chosen"
"""What the key of a cluster's checkbox begins with."""

PERSON: Final = "person"
"""Who works here, for decisions and the history."""
NEW_QUESTION: Final = "new_question"
