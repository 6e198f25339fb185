"""`mcp install` and `mcp uninstall`: tell an MCP client of this server."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from pipeline_mcp.cli.clients.catalogue import (
    CLIENTS,
    TOKEN_VARIABLE,
    Client,
    ClientName,
    Scope,
    file_of,
    http_entry,
    stdio_entry,
)
from pipeline_mcp.cli.clients.editing import change, with_server, without_server
from pipeline_mcp.cli.output import note, write_answer

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

_CLIENT = click.option("--client", "client_name", type=click.Choice(list(CLIENTS)), required=True)
_SCOPE = click.option(
    "--scope",
    type=click.Choice(["project", "user"]),
    help="For this project, or for all of yours.  [default: project where the client has that]",
)
_NAME = click.option("--name", default="pipeline-mcp", show_default=True, help="In the client.")
_PROJECT = click.option(
    "--project",
    default=".",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The project's directory.  [default: the current one]",
)
_WRITE = click.option(
    "--write/--print", default=False, help="Change the client's file, or print.  [default: print]"
)


@click.group()
def mcp() -> None:
    """Tell an MCP client of this server."""


@mcp.command()
@_CLIENT
@_SCOPE
@click.option("--http", "url", metavar="URL", help="A server that runs there; default: stdio.")
@click.option(
    "--token/--no-token",
    default=None,
    help="Whether the server asks for a token.  [default: unless it is on this machine]",
)
@_NAME
@_PROJECT
@_WRITE
def install(
    client_name: ClientName,
    scope: Scope | None,
    url: str | None,
    token: bool | None,
    name: str,
    project: Path,
    write: bool,
) -> None:
    """Print what a client's configuration needs, or write it there; the old file is kept."""
    client = CLIENTS[client_name]
    where = _scope(client, scope)
    file = file_of(client, where, project.resolve())
    if url is None:
        entry = stdio_entry(client, where, _own_command())
    else:
        entry = http_entry(client, _checked(url), with_token=_needs_token(url, token))
    if write:
        _say(file, change(file, lambda text: with_server(text, client, name, entry)))
    else:
        _print(client, client_name, where, file, name, entry)
    if "headers" in entry and not client.inputs:
        note(f"Set {TOKEN_VARIABLE} to the token in the environment of {client.title}.")


@mcp.command()
@_CLIENT
@_SCOPE
@_NAME
@_PROJECT
def uninstall(client_name: ClientName, scope: Scope | None, name: str, project: Path) -> None:
    """Take the server out of a client's configuration again; the old file is kept."""
    client = CLIENTS[client_name]
    file = file_of(client, _scope(client, scope), project.resolve())
    backup = change(file, lambda text: without_server(text, client, name))
    if backup is None:
        note(f"{file} has no server {name}.")
    else:
        _say(file, backup)


def _print(
    client: Client, client_name: str, scope: Scope, file: Path, name: str, entry: dict[str, Any]
) -> None:
    write_answer(with_server("", client, name, entry))
    note(f"This belongs into {file}; --write puts it there.")
    if client_name == "claude":
        words = ["claude", "mcp", "add-json", name, json.dumps(entry), "--scope", scope]
        note(f"Or run: {shlex.join(words)}")


def _scope(client: Client, scope: Scope | None) -> Scope:
    return next(iter(client.files)) if scope is None else scope


def _say(file: Path, backup: Path | None) -> None:
    note(f"{file} is up to date. Restart the client, or reload its servers.")
    if backup is not None:
        note(f"What was there before is in {backup}.")


def _own_command() -> list[str]:
    """The words that start this program, from any directory."""
    script = Path(sys.executable).absolute().parent / "pipeline-mcp"
    return [str(script)] if script.exists() else [sys.executable, "-P", "-m", "pipeline_mcp"]


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise click.BadParameter(
            f"{url!r} is no address of a server, such as https://host.example/mcp",
            param_hint="--http",
        )
    return url


def _needs_token(url: str, token: bool | None) -> bool:
    return urlsplit(url).hostname not in _LOOPBACK if token is None else token


COMMANDS: tuple[click.Command, ...] = (mcp,)
