"""A research workbook for counter-trafficking needs assessments.

Public modules: `vocabulary`, `schema`, `study`; `clean`, `ratings`, `score`, `agreement`, `composite`, `robustness`,
`trends`, `multiple_systems`, `cooperation`, `recommendations`, `disclosure`; `exhibits`, `tables`, `figures`, `text`,
`explorer`; `store`, `report`, `batch`, `progress`, `cli`.
"""
