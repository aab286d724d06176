"""Public reports as a ledger: who says what of whom, how surely, and where reports differ.

This room attributes nothing: every field is a slice of a report, or says that none tells it.
"""
