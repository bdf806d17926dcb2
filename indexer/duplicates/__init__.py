"""Duplicates: which entries ask the same, how sure that is, and which only look like it."""
