"""A research workbook for counter-trafficking needs assessments.

Public modules: `vocabulary`, `schema`, `study`; `clean`, `score`, `agreement`, `composite`, `robustness`, `trends`,
`cooperation`, `recommendations`; `exhibits`, `tables`, `figures`, `text`, `explorer`; `store`, `report`, `batch`,
`progress`, `cli`.
"""
