"""The survey of stakeholders: its form, who answered, weighted results, importance and performance, differences."""

from ctresearch.survey.design import Design, estimate_means, estimate_totals, weigh_respondents
from ctresearch.survey.differences import compare_groups, estimate_groups, list_differences
from ctresearch.survey.form import lay_out_form, list_items
from ctresearch.survey.groups import hide_small_groups, name_groups
from ctresearch.survey.imputation import pool_imputations
from ctresearch.survey.priorities import rank_priorities
from ctresearch.survey.response import count_response, list_respondents
from ctresearch.survey.summary import SurveyResults, pick_rules, summarise
from ctresearch.survey.texts import FormTexts, list_languages
from ctresearch.survey.themes import UNCODED, code_texts, count_themes
from ctresearch.survey.views import list_views

__all__ = [
    "UNCODED",
    "Design",
    "FormTexts",
    "SurveyResults",
    "code_texts",
    "compare_groups",
    "count_response",
    "count_themes",
    "estimate_groups",
    "estimate_means",
    "estimate_totals",
    "hide_small_groups",
    "lay_out_form",
    "list_differences",
    "list_items",
    "list_languages",
    "list_respondents",
    "list_views",
    "name_groups",
    "pick_rules",
    "pool_imputations",
    "rank_priorities",
    "summarise",
    "weigh_respondents",
]
