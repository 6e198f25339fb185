"""`db upgrade`: bring the database to the schema of this version."""

from __future__ import annotations

import click

from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import write_answer


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@answer_format()
def upgrade(form: str) -> None:
    """Migrate the database; one that is up to date stays as it is."""
    from pipeline_mcp.cli.services import prepare_state
    from pipeline_mcp.db.migrate import upgrade as migrate
    from pipeline_mcp.reporting.json_format import json_text

    prepare_state()
    revision = migrate()
    as_json = json_text({"revision": revision})
    write_answer(as_json if form == "json" else f"The database is at revision {revision}.\n")


COMMANDS: tuple[click.Command, ...] = (db,)
