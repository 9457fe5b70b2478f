"""The same person in the lists of several agencies: linked by keyed hashes, so that no name leaves the agencies."""

from ctresearch.clean.linkage.encode import encode_identifiers
from ctresearch.clean.linkage.estimate import estimate_weights
from ctresearch.clean.linkage.link import apply_decisions, link_records
from ctresearch.clean.linkage.resolve import count_captures
from ctresearch.clean.linkage.result import Linkage, LinkageSettings

__all__ = [
    "Linkage",
    "LinkageSettings",
    "apply_decisions",
    "count_captures",
    "encode_identifiers",
    "estimate_weights",
    "link_records",
]
