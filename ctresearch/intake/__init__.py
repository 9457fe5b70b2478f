"""Take in a received file: read it, make it tidy, write the tables, the changes and the problems beside each other."""

from ctresearch.intake.cleaning import clean_file, suggest_mapping
from ctresearch.intake.kinds import KINDS
from ctresearch.intake.linking import link_sheets
from ctresearch.intake.request import Intake, Request

__all__ = ["KINDS", "Intake", "Request", "clean_file", "link_sheets", "suggest_mapping"]
