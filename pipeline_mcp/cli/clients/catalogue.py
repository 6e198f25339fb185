"""The clients that can be set up: where each keeps its servers, and how it writes one down."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline_mcp.errors import PipelineError

ClientName = Literal["claude", "claude-desktop", "cursor", "vscode"]
Scope = Literal["project", "user"]

# What the token's variable and VS Code's input are called: the client puts in the token itself.
TOKEN_VARIABLE = "MCP_PIPELINE_TOKEN"  # noqa: S105 - the name of a variable
TOKEN_INPUT = "pipeline-mcp-token"  # noqa: S105 - the name of an input


class ClientSetupError(PipelineError):
    """The client cannot be set up in this way."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client; `files` has the function that gives its file, by scope.

    `key` is the object that its file has the servers in, `reference` how it refers to the token.
    `typed` are the transports of which it wants to read the type.
    `workspace_folder` is its word for the opened project, None where the server is started in it.
    """

    title: str
    key: str
    files: Mapping[Scope, Callable[[Path], Path]]
    reference: str | None
    typed: tuple[str, ...] = ("stdio", "http")
    workspace_folder: str | None = None
    inputs: bool = False


def _settings_directory(home: Path) -> Path:
    """Where programs of the desktop keep the settings of a user."""
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    return home / ("AppData/Roaming" if sys.platform == "win32" else ".config")


CLIENTS: Mapping[ClientName, Client] = {
    "claude": Client(
        title="Claude Code",
        key="mcpServers",
        files={
            "project": lambda project: project / ".mcp.json",
            "user": lambda home: home / ".claude.json",
        },
        reference=f"${{{TOKEN_VARIABLE}}}",
    ),
    "claude-desktop": Client(
        title="Claude Desktop",
        key="mcpServers",
        files={
            "user": lambda home: _settings_directory(home) / "Claude" / "claude_desktop_config.json"
        },
        reference=None,
        typed=(),
    ),
    "cursor": Client(
        title="Cursor",
        key="mcpServers",
        files={
            "project": lambda project: project / ".cursor" / "mcp.json",
            "user": lambda home: home / ".cursor" / "mcp.json",
        },
        reference=f"${{env:{TOKEN_VARIABLE}}}",
        typed=("stdio",),
        workspace_folder="${workspaceFolder}",
    ),
    "vscode": Client(
        title="VS Code",
        key="servers",
        files={
            "project": lambda project: project / ".vscode" / "mcp.json",
            "user": lambda home: _settings_directory(home) / "Code" / "User" / "mcp.json",
        },
        reference=f"${{input:{TOKEN_INPUT}}}",
        workspace_folder="${workspaceFolder}",
        inputs=True,
    ),
}


def file_of(client: Client, scope: Scope, project: Path) -> Path:
    """The file in which the client keeps its servers.

    Raises:
        ClientSetupError: the client has no file of that scope.
    """
    if scope not in client.files:
        raise ClientSetupError(
            f"--scope {scope}: {client.title} has no configuration of that scope.",
            next_step=f"Use --scope {next(iter(client.files))}.",
        )
    return client.files[scope](project if scope == "project" else Path.home())


def stdio_entry(client: Client, scope: Scope, command: list[str]) -> dict[str, Any]:
    """A server that the client starts itself."""
    program, *arguments = command
    entry = _typed(client, "stdio", {"command": program, "args": [*arguments, "serve"]})
    if scope == "project" and client.workspace_folder:
        entry["env"] = {"PIPELINE_WORKSPACE": client.workspace_folder}
    return entry


def http_entry(client: Client, url: str, *, with_token: bool) -> dict[str, Any]:
    """A server that runs elsewhere; its token is referred to and never written down.

    Raises:
        ClientSetupError: the client's file takes no addresses.
    """
    if client.reference is None:
        raise ClientSetupError(
            f"--http: {client.title} takes only programs from its file.",
            next_step="Add the address as a connector in its settings.",
        )
    entry = _typed(client, "http", {"url": url})
    if with_token:
        entry["headers"] = {"Authorization": f"Bearer {client.reference}"}
    return entry


def _typed(client: Client, transport: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {"type": transport, **entry} if transport in client.typed else entry


def token_input() -> dict[str, Any]:
    """What makes VS Code ask for the token once and keep it among its secrets."""
    return {
        "type": "promptString",
        "id": TOKEN_INPUT,
        "description": "Token for pipeline-mcp",
        "password": True,
    }
