"""Whom a text means: who speaks, of whom it speaks, and whom `she` or `the agency` stands for."""
