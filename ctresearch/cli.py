"""The `ctresearch` command: takes in the commands, nothing else."""

from __future__ import annotations

import atexit
import gc

import click

from ctresearch.commands import evidence, participation, reports

# When the command ends, all of it goes: Python would still look for garbage in it, longer than a page takes.
atexit.register(gc.freeze)


@click.group(context_settings={"show_default": True})
@click.version_option(package_name="ctresearch", message="ctresearch %(version)s")
def app() -> None:
    """Make a counter-trafficking needs assessment: from published evidence to a report."""


for _command in (
    *(reports.run, reports.status, reports.check, reports.new),
    *(evidence.clean, evidence.link, evidence.coding_sheet),
    *(participation.weights_sheet, participation.survey, participation.comments, participation.workshop),
    *(reports.documents, reports.release),
):
    app.add_command(_command)
