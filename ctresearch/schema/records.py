"""Tables of records about persons and of answers; a study may have them, and none is ever published as it is."""

from __future__ import annotations

from ctresearch.schema.columns import Column, Table, code_column


def _code(name: str, description: str, codes: str, *, required: bool = False) -> Column:
    return code_column(name, description, codes, required=required)


def _codes(name: str, description: str, codes: str = "") -> Column:
    return Column(name, "codes", description, codes=codes, required=False)


CASES = Table(
    "cases",
    "one person as one agency recorded them, in the words of the Human Trafficking Case Data Standard 2.0 and without"
    " anything that names them",
    (
        Column("agency", "id", "short name of the agency that recorded the person"),
        Column("case_id", "id", "pseudonym of the person in that agency's records; never the agency's own number"),
        Column("recorded", "date", "when the agency accepted or recorded the case", required=False),
        _code("trafficking_status", "possible, actual or no victim of trafficking", "htcds_trafficking_status"),
        _code("status_decision_org", "what kind of body decided on the status", "htcds_status_decision_org"),
        _code("gender", "gender", "htcds_gender"),
        _code("age_band", "age when recorded", "age_band"),
        _codes("citizenship", "citizenships, ISO 3166-1 alpha-3; XKX for Kosovo"),
        _codes("country_of_exploitation", "countries of exploitation, ISO 3166-1 alpha-3; XKX for Kosovo"),
        _code("age_band_when_trafficked", "age when first trafficked", "age_band"),
        _codes("type_of_exploitation", "types of exploitation", "htcds_type_of_exploitation"),
        _codes("type_of_sex_exploitation", "types of sexual exploitation", "htcds_type_of_sex_exploitation"),
        _codes("forced_labour_industry", "industries of forced labour (ISIC)", "htcds_forced_labour_industry"),
        _codes("methods_of_control", "methods by which the person was controlled", "htcds_methods_of_control"),
        _codes("method_of_recruitment", "methods of recruitment", "htcds_method_of_recruitment"),
        _code("relationship_to_trafficker", "relationship to the trafficker", "htcds_relationship_to_trafficker"),
        _code("case_status", "whether the case is open", "htcds_case_status"),
        _code("reason_for_incoming_referral", "why the case was referred to the agency", "htcds_reason_for_referral"),
        _code("consent", "consent as recorded; who refused is not in the table", "yesno"),
        _code("source_id", "source of the row", "source", required=True),
    ),
    ("agency", "case_id"),
)

SURVEY_ANSWERS = Table(
    "survey_answers",
    "one answer of one respondent on one item; who did not consent is not in the table",
    (
        Column("respondent", "integer", "running number of the respondent"),
        _code("indicator", "the item: an indicator of the framework", "indicator", required=True),
        Column("importance", "integer", "how important, 1 (not) to 5 (very)", required=False),
        Column("performance", "integer", "how well it is done today, 1 (not) to 5 (very well)", required=False),
        Column("dont_know", "yesno", "the respondent said that they do not know"),
        _code("jurisdiction", "where the respondent works; REG: in several jurisdictions", "jurisdiction_or_region"),
        _code("sector", "sector of the respondent", "sector"),
        _code("nrm_role", "role of the respondent in the national referral mechanism", "nrm_role"),
        _code("level", "level on which the respondent works", "level"),
        _code("sex", "sex of the respondent", "sex"),
        Column("consent", "yesno", "consent to use the answers"),
        _code("source_id", "source of the row", "source", required=True),
    ),
    ("respondent", "indicator", "source_id"),
    rules=("answers_on_the_scale",),
    scope=("jurisdiction",),
    is_optional=True,
)

OPTIONAL: tuple[Table, ...] = (CASES,)
"""Tables that a study may have; a study without them is whole."""
