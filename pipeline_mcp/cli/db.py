"""`db`: bring the database to the schema of this version, and remove what has expired."""

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


@db.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@answer_format()
def prune(dry_run: bool, form: str) -> None:
    """Remove sessions, remembered results and stored files that have expired."""
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.removal import removal_document, removal_text
    from pipeline_mcp.sessions.retention import prune as remove_expired

    open_database()
    removed = remove_expired(dry_run=dry_run)
    if form == "json":
        write_answer(json_text(removal_document(removed, dry_run=dry_run)))
    else:
        write_answer(removal_text(removed, dry_run=dry_run))


COMMANDS: tuple[click.Command, ...] = (db,)
