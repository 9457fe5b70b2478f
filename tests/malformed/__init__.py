"""Malformed files of many kinds, each with what must be said of it."""

from malformed import documents, places, texts, workbooks  # noqa: F401 - each fills CASES
from malformed.cases import CASES, VALID, Malformed

__all__ = ["CASES", "VALID", "Malformed"]
