"""Pieces that the pages are drawn with."""
