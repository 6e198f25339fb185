"""`suppress`: findings that somebody has decided not to count, for a reason and a while."""

from __future__ import annotations

import click

from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import note, write_answer


@click.command()
@click.argument("path", default=".")
@click.option("--tool", default="", help="Findings of this tool.")
@click.option("--rule", default="", help="Of this rule.")
@click.option("--in", "glob", default="", metavar="GLOB", help="In these files; `*` crosses `/`.")
@click.option("--fingerprint", default="", help="This one finding.")
@click.option("--reason", required=True, help="Why they do not count.")
@click.option("--owner", required=True, help="Who answers for that.")
@click.option("--expires", default="", metavar="YYYY-MM-DD", help="The last day on which it holds.")
@answer_format()
def suppress(
    path: str,
    *,
    tool: str,
    rule: str,
    glob: str,
    fingerprint: str,
    reason: str,
    owner: str,
    expires: str,
    form: str,
) -> None:
    """Add a suppression to `pipeline.yaml` in PATH (default: the current directory).

    Comments and all other lines stay. Where that cannot be, what is to be pasted is printed.
    """
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.sessions.suppress import suppress as written

    chosen = {"tool": tool, "rule": rule, "path": glob, "fingerprint": fingerprint}
    if not any(chosen.values()):
        raise click.UsageError("say what: --tool, --rule, --in or --fingerprint")
    values = {**chosen, "reason": reason, "owner": owner, "expires": expires}
    done = written(path, {name: value for name, value in values.items() if value})
    if form == "json":
        facts = {"file": str(done.file), "is_written": done.is_written, "suppression": done.text}
        write_answer(json_text(facts))
        return
    write_answer(done.text)
    note(f"{'added to' if done.is_written else 'nothing was changed; add this to'} {done.file}")


COMMANDS: tuple[click.Command, ...] = (suppress,)
