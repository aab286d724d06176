"""Errors a caller may see.

AfterpatchError
├── UsageError       the input can't be assessed as given: says what to do (exit code 2)
├── EvidenceError    one file or member can't be read: becomes a Problem, costs that file only
└── RuleError        one detection can't be compiled: listed with its reason
"""

from __future__ import annotations

__all__ = ["AfterpatchError", "EvidenceError", "RuleError", "UsageError"]


class AfterpatchError(Exception):
    """Base of all errors raised on purpose."""


class UsageError(AfterpatchError):
    """The input can't be assessed as given; the message is one sentence that says what to do."""


class EvidenceError(AfterpatchError):
    """One file can't be read; `offset` is in bytes where it is known."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


class RuleError(AfterpatchError):
    """One detection can't be compiled; names the rule's file and the part at fault."""
