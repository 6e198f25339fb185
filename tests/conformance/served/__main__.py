"""The product's own server, with the tools, resources and prompts that the suite calls for."""

from __future__ import annotations

import argparse

import uvicorn
from conformance.served import (
    asking,
    contents,
    input_required,
    listings,
    requests,
    resources,
    tasks,
)

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import migrate
from pipeline_mcp.server.app import http_application, make_server

HOST = "127.0.0.1"


def main(port: int) -> None:
    """Serve on that port until asked to end."""
    settings().state_dir.mkdir(parents=True, exist_ok=True)
    migrate.ensure_current()
    server = make_server(tasks.SUPPORT)
    for function in (*contents.TOOLS, *asking.TOOLS, *input_required.TOOLS, *tasks.TOOLS):
        server.add_tool(function)
    for group in (listings, resources, requests):
        group.register(server)
    application = http_application(server, host=HOST)
    uvicorn.run(application, host=HOST, port=port, log_level="warning")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    main(parser.parse_args().port)
