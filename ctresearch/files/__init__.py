"""Files of others: every kind into text cells, within bounds; what is wrong is said with place and remedy."""

from ctresearch.files.limits import FileError, Limits
from ctresearch.files.reading import FileContent, read_chunks, read_file, read_sheets

__all__ = ["FileContent", "FileError", "Limits", "read_chunks", "read_file", "read_sheets"]
