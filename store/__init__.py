"""Rows that survive a restart: the FAQ schema, sessions, migrations, import and export.

The database is the truth; everything else Tongwen keeps on disk can be made from it again.
"""
