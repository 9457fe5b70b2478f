"""The public edition of a report: refused with all reasons, or built with the hash of every file.

What speaks against it is found in every file of the report and in everything that is packed in one:

>>> from ctresearch import release
>>> [str(reason) for reason in release.check_approval(["comment C-001 has no reply"])]
['open point: comment C-001 has no reply']
"""

from ctresearch.release.checks import Reason, check_approval
from ctresearch.release.contents import Markup, Piece, UnpackError, list_pieces, unpack
from ctresearch.release.edition import RECORD, Result, list_reasons, release_report, verify_release
from ctresearch.release.identifiers import Persons, collect_persons, find_patterns

__all__ = [
    "RECORD",
    "Markup",
    "Persons",
    "Piece",
    "Reason",
    "Result",
    "UnpackError",
    "check_approval",
    "collect_persons",
    "find_patterns",
    "list_pieces",
    "list_reasons",
    "release_report",
    "unpack",
    "verify_release",
]
