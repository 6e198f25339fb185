"""`serve`: the MCP server over stdio or HTTP."""

from __future__ import annotations

from contextlib import ExitStack

import click

from pipeline_mcp.errors import SettingError


@click.command()
@click.option("--transport", type=click.Choice(["stdio", "http"]), default="stdio")
@click.option("--host", help="Address for HTTP; by default PIPELINE_SERVER__HOST, 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="By default 8765.")
@click.option("--workers", type=click.IntRange(1), help="Units that run at once.")
def serve(transport: str, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve MCP: over stdio for one client, or over HTTP at /mcp for many."""
    if transport == "stdio":
        _serve_stdio(workers)
    else:
        _serve_http(host, port, workers)


def _serve_stdio(workers: int | None) -> None:
    from pipeline_mcp.server.app import make_server
    from pipeline_mcp.server.stdio import serve_stdio

    with ExitStack() as held:
        _wait_for_services(held, workers)
        serve_stdio(make_server())


def _serve_http(host: str | None, port: int | None, workers: int | None) -> None:
    from pipeline_mcp.config.settings import settings
    from pipeline_mcp.server.app import http_application, make_server
    from pipeline_mcp.server.web.serving import listening, serve_http

    configured = settings().server
    host, port = host or configured.host, port or configured.port
    _expect_loopback(host)
    application = http_application(make_server(), host=host)
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


def _expect_loopback(host: str) -> None:
    """Without authentication the server must not be reachable from other machines."""
    from pipeline_mcp.server.web.callers import is_loopback

    if not is_loopback(host):
        raise SettingError(
            "--host",
            f"{host} is not a loopback address, and this version has no authentication",
            next_step="Use --host 127.0.0.1, behind a proxy that authenticates if need be.",
        )


COMMANDS = (serve,)
