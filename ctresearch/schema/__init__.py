"""Table contracts: what every input table holds, and what is wrong with one that does not."""

from ctresearch.schema.contracts import FRAMEWORK, STUDY, Column, Table
from ctresearch.schema.dictionary import write_dictionary
from ctresearch.schema.validation import Problem, check_table, convert_table

__all__ = ["FRAMEWORK", "STUDY", "Column", "Problem", "Table", "check_table", "convert_table", "write_dictionary"]
