"""A research workbook for counter-trafficking needs assessments.

Public modules: `vocabulary`, `schema`, `study`; `clean`, `score`, `trends`, `multiple_systems`, `cooperation`,
`recommendations`; `exhibits`, `tables`, `figures`, `text`, `explorer`; `store`, `report`, `batch`, `progress`, `cli`.
"""
