"""Tells from evidence alone whether someone was in an Exchange server before the patch."""

__version__ = "0.1.0"
