"""`serve`: the MCP server over stdio or HTTP."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from pipeline_mcp.cli.options import words
from pipeline_mcp.cli.output import note

if TYPE_CHECKING:
    from pipeline_mcp.config.authentication import Authentication
    from pipeline_mcp.server.access.guard import Authenticator
    from pipeline_mcp.server.access.offer import Offer


@click.command()
@click.option("--transport", type=click.Choice(["stdio", "http"]), default="stdio")
@click.option("--host", help="Address for HTTP; by default PIPELINE_SERVER__HOST, 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="By default 8765.")
@click.option("--workers", type=click.IntRange(1), help="Units that run at once.")
@words("--auth", help="How callers over HTTP say who they are: none; tokens, jwt, introspection.")
@click.option("--read-only", is_flag=True, help="Offer only tools that change nothing.")
@words("--toolsets", help="Offer only these groups of tools.")
def serve(
    *,
    transport: str,
    host: str | None,
    port: int | None,
    workers: int | None,
    auth: tuple[str, ...],
    read_only: bool,
    toolsets: tuple[str, ...],
) -> None:
    """Serve MCP: over stdio for one client, or over HTTP at /mcp for many."""
    offer = _offer(read_only, toolsets)
    if transport == "stdio":
        _serve_stdio(workers, offer)
    else:
        _serve_http(host, port, workers, offer, auth)


def _serve_stdio(workers: int | None, offer: Offer) -> None:
    from pipeline_mcp.server.app import make_server
    from pipeline_mcp.server.stdio import serve_stdio

    with ExitStack() as held:
        _wait_for_services(held, workers)
        serve_stdio(make_server(offer=offer))


def _serve_http(
    host: str | None, port: int | None, workers: int | None, offer: Offer, auth: tuple[str, ...]
) -> None:
    from pipeline_mcp.config.settings import settings
    from pipeline_mcp.server.app import http_application, make_server
    from pipeline_mcp.server.web.serving import listening, serve_http

    configured = settings().server
    host, port = host or configured.host, port or configured.port
    door = _authenticator(host, auth)
    server = make_server(offer=offer, is_open=door is None)
    application = http_application(server, host=host, authenticator=door)
    with listening(host, port) as listener, ExitStack() as held:
        _wait_for_services(held, workers)
        serve_http(application, configured, listener)


def _wait_for_services(held: ExitStack, workers: int | None) -> None:
    """Have the services as long as `held` is open; those that only start are waited for.

    Raises:
        ServiceError: they cannot be used, or not within the setting `outage_seconds`.
    """
    from pipeline_mcp.cli.services import services
    from pipeline_mcp.db.retries import through_outages

    through_outages(lambda: held.enter_context(services(workers)))


def _offer(read_only: bool, toolsets: tuple[str, ...]) -> Offer:
    """What the flags and the settings leave of the tools.

    Raises:
        SettingError: there is no such toolset.
    """
    from pipeline_mcp.config.settings import settings
    from pipeline_mcp.server.access.offer import Offer, expect_toolsets
    from pipeline_mcp.server.tools import SERVED

    chosen = toolsets or settings().toolsets
    said_by = "--toolsets" if toolsets else "PIPELINE_TOOLSETS"
    known = {tool.toolset for tool in SERVED}
    names = expect_toolsets(chosen, known, said_by=said_by) if chosen else None
    return Offer(names, read_only or settings().read_only)


def _authenticator(host: str, methods: tuple[str, ...]) -> Authenticator | None:
    """Who checks tokens; a line on standard error says it if nobody does.

    Raises:
        SettingError: the settings do not suffice, or everybody could call.
    """
    from pipeline_mcp.server.access.authentication import authenticator

    door = authenticator(_authentication(methods), host, has_tokens=_has_tokens)
    if door is None:
        note("no tokens are asked for: everybody who can log in to this machine may call")
    return door


def _authentication(methods: tuple[str, ...]) -> Authentication:
    from pydantic import ValidationError

    from pipeline_mcp.config.authentication import Authentication
    from pipeline_mcp.config.settings import settings
    from pipeline_mcp.errors import SettingError

    values: dict[str, Any] = settings().auth.model_dump()
    if methods:
        values["methods"] = methods
    try:
        return Authentication(**values)
    except ValidationError as error:
        said = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise SettingError("--auth", said.removeprefix("Value error, methods: ")) from error


def _has_tokens() -> bool:
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.db.retries import through_outages
    from pipeline_mcp.server.access.tokens import are_in_use

    def ask() -> bool:
        open_database()
        return are_in_use()

    return through_outages(ask)


COMMANDS = (serve,)
