"""`baseline`: make, show and compare the findings that do not count."""

from __future__ import annotations

import re

import click

from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import write_answer

_SESSION = re.compile(r"pipeline-\d+-[0-9a-f]{8}")


@click.group()
def baseline() -> None:
    """Hold the line: findings in the baseline do not count."""


@baseline.command()
@click.argument("target", metavar="[SESSION|PATH]", default=".")
@click.option("--prune", is_flag=True, help="Only take out what is gone; nothing is added.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
@answer_format()
def create(target: str, prune: bool, quiet: bool, form: str) -> None:
    """Write the baseline of SESSION, or of a new session over PATH (default: here)."""
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.sanitise import visible
    from pipeline_mcp.reporting.wording import count
    from pipeline_mcp.sessions.baseline import create_baseline

    created = create_baseline(_session_of(target, quiet=quiet), prune=prune)
    facts = {
        "session_id": created.session_id,
        "path": created.file.path,
        "sha256": created.file.sha256,
        "findings": len(created.file.baseline.entries),
        "added": created.added,
        "removed": created.removed,
    }
    text = (
        f"{visible(created.file.path)}: {count(len(created.file.baseline.entries), 'finding')} "
        f"known, {created.added:,} added, {created.removed:,} removed\n"
    )
    write_answer(json_text(facts) if form == "json" else text)


@baseline.command()
@click.argument("path", default=".")
@answer_format()
def show(path: str, form: str) -> None:
    """Show what the baseline of PATH covers (default: the current directory)."""
    from pipeline_mcp.reporting.baseline import baseline_document, baseline_text
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.sessions.baseline import show_baseline

    name, file = show_baseline(path)
    as_json = form == "json"
    write_answer(json_text(baseline_document(name, file)) if as_json else baseline_text(name, file))


@baseline.command()
@click.argument("session_id", metavar="[SESSION]", required=False)
@answer_format()
def diff(session_id: str | None, form: str) -> None:
    """Compare SESSION (default: the newest one) with the baseline: new, known, gone."""
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.cli.sessions import newest
    from pipeline_mcp.reporting.baseline import difference_document, difference_text
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.sessions.baseline import diff_baseline

    open_database()
    found = diff_baseline(session_id or newest())
    as_json = form == "json"
    write_answer(json_text(difference_document(found)) if as_json else difference_text(found))


def _session_of(target: str, *, quiet: bool) -> str:
    """The session that is meant, or a new one over the path, followed to its end."""
    if _SESSION.fullmatch(target):
        from pipeline_mcp.cli.services import open_database

        open_database()
        return target
    from pipeline_mcp.cli.services import services

    with services():
        from pipeline_mcp.cli.pipeline import follow_to_the_end
        from pipeline_mcp.domain.session import RunOptions

        return follow_to_the_end(RunOptions(path=target), quiet=quiet)


COMMANDS: tuple[click.Command, ...] = (baseline,)
