"""`token`: make, list and end the bearer tokens by which callers over HTTP are known."""

from __future__ import annotations

import click

from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import note, write_answer
from pipeline_mcp.domain.access import AccessScope

_MOST_DAYS = 3650


@click.group()
def token() -> None:
    """Look after the tokens by which callers over HTTP are known."""


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in AccessScope]),
    multiple=True,
    required=True,
    help="What it allows; several times for several. admin contains the others.",
)
@click.option(
    "--expires", "days", type=click.FloatRange(0, _MOST_DAYS, min_open=True), metavar="DAYS"
)
@click.option("--another", is_flag=True, help="One more for a NAME that has or had one.")
@answer_format()
def create(
    *, name: str, scopes: tuple[str, ...], days: float | None, another: bool, form: str
) -> None:
    """Make a token for NAME and print it; it is never shown again.

    The sessions that are started with it belong to NAME.
    """
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.tokens import token_document
    from pipeline_mcp.server.access.tokens import create as make

    open_database()
    wanted = [scope for scope in AccessScope if scope.value in scopes]
    made, text = make(name, wanted, days=days, is_another=another)
    if form == "json":
        write_answer(json_text({**token_document(made), "token": text}))
    else:
        write_answer(f"{text}\n")
        note(f"Keep it: it is not stored and not shown again. Its id is {made.token_id}.")


@token.command("list")
@answer_format()
def show(form: str) -> None:
    """List all tokens with their scopes, and whether they count."""
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.tokens import token_document, tokens_text
    from pipeline_mcp.server.access.tokens import listed

    open_database()
    tokens = listed()
    as_json = form == "json"
    rows = {"tokens": [token_document(each) for each in tokens]}
    write_answer(json_text(rows) if as_json else tokens_text(tokens))


@token.command()
@click.argument("name", metavar="NAME|ID")
@answer_format()
def revoke(name: str, form: str) -> None:
    """End the token of that ID, or all tokens of that NAME, on every server within seconds."""
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.reporting.wording import count
    from pipeline_mcp.server.access.tokens import revoke as end

    open_database()
    ended = [each.token_id for each in end(name)]
    said = f"{count(len(ended), 'token')} revoked.\n"
    write_answer(json_text({"revoked": ended}) if form == "json" else said)


COMMANDS: tuple[click.Command, ...] = (token,)
