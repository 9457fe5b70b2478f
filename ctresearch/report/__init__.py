"""Turn executed notebooks into pages, slides and files."""

from ctresearch.report.pages import Page, render_cover, render_page, render_slides
from ctresearch.report.writing import FILES, SLIDES, Part, Register, Site

__all__ = ["FILES", "SLIDES", "Page", "Part", "Register", "Site", "render_cover", "render_page", "render_slides"]
