"""`serve`: the MCP server over stdio or HTTP."""

from __future__ import annotations

import ipaddress

import click

from pipeline_mcp.errors import SettingError


@click.command()
@click.option("--transport", type=click.Choice(["stdio", "http"]), default="stdio")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address for HTTP.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", type=click.IntRange(1), help="Units that run at once.")
def serve(transport: str, host: str, port: int, workers: int | None) -> None:
    """Serve MCP: over stdio for one client, or over HTTP at /mcp for many."""
    from pipeline_mcp.cli.services import services
    from pipeline_mcp.server.app import http_application, make_server

    if transport == "http":
        _expect_loopback(host)
    with services(workers):
        server = make_server()
        if transport == "stdio":
            server.run("stdio")
            return
        import uvicorn

        application = http_application(server, host=host, port=port)
        uvicorn.run(application, host=host, port=port, log_level="warning")


def _expect_loopback(host: str) -> None:
    """Without authentication the server must not be reachable from other machines."""
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise SettingError(
            "--host",
            f"{host} is not a loopback address, and this version has no authentication",
            next_step="Use --host 127.0.0.1, behind a proxy that authenticates if need be.",
        )


COMMANDS = (serve,)
