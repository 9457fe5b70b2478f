"""What stakeholders agree on: rounds of a Delphi by a rule fixed before, ballots that count, and a status by rule."""

from ctresearch.consensus.agreement import Concordance, limit_panel, measure_concordance, score_ratings
from ctresearch.consensus.ballots import CheckedBallots, check_ballots
from ctresearch.consensus.form import lay_out_ballot, name_question
from ctresearch.consensus.rounds import (
    compare_own,
    compare_rounds,
    count_dropout,
    list_dissent,
    select_last,
    summarise_rounds,
)
from ctresearch.consensus.rules import digest_rules, find_changed_rules, fix_list
from ctresearch.consensus.votes import apply_decisions, count_votes, decide, group_votes

__all__ = [
    "CheckedBallots",
    "Concordance",
    "apply_decisions",
    "check_ballots",
    "compare_own",
    "compare_rounds",
    "count_dropout",
    "count_votes",
    "decide",
    "digest_rules",
    "find_changed_rules",
    "fix_list",
    "group_votes",
    "lay_out_ballot",
    "limit_panel",
    "list_dissent",
    "measure_concordance",
    "name_question",
    "score_ratings",
    "select_last",
    "summarise_rounds",
]
