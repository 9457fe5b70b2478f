"""Reviewers' comments, from the pages and from Word, into one matrix in which the team answers."""

from ctresearch.comments.exported import FORMAT, MOST_BYTES, read_exported
from ctresearch.comments.matrix import GONE, WHOLE, Merged, merge_comments, merge_files, read_matrix
from ctresearch.comments.word import read_word

__all__ = [
    "FORMAT",
    "GONE",
    "MOST_BYTES",
    "WHOLE",
    "Merged",
    "merge_comments",
    "merge_files",
    "read_exported",
    "read_matrix",
    "read_word",
]
