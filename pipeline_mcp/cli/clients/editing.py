"""Put this server into a client's file, or take it out: everything else in the file stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline_mcp.cli.clients.catalogue import TOKEN_INPUT, Client, ClientSetupError, token_input
from pipeline_mcp.cli.clients.jsonc import JsonError, parse, with_item, with_value, without
from pipeline_mcp.cli.output import replace_file


def with_server(text: str, client: Client, name: str, entry: dict[str, Any]) -> str:
    """The client's file with this server in it."""
    text = with_value(text if text.strip() else "{}\n", (client.key, name), entry)
    if client.inputs and "headers" in entry:
        known = parse(text).value.get("inputs", [])
        if TOKEN_INPUT not in [each.get("id") for each in known if isinstance(each, dict)]:
            text = with_item(text, ("inputs",), token_input())
    return text


def without_server(text: str, client: Client, name: str) -> str:
    """The client's file without this server; the same text if it is not in there."""
    servers = parse(text).value.get(client.key) if text.strip() else None
    return without(text, (client.key, name)) if name in (servers or {}) else text


def change(file: Path, edit: Callable[[str], str]) -> Path | None:
    """Change a client's file; gives the backup of what was there, None if there was no file.

    Raises:
        ClientSetupError: the file cannot be read, understood or written. It is as it was.
    """
    try:
        before = file.read_bytes().decode() if file.exists() else ""
        after = edit(before)
        if after == before:
            return None
        file.parent.mkdir(parents=True, exist_ok=True)
        backup = _back_up(file) if file.exists() else None
        replace_file(after.encode(), file.resolve())
    except (JsonError, UnicodeDecodeError) as error:
        raise ClientSetupError(
            f"{file} is not valid JSON, so it was left alone ({error}).",
            next_step="Mend it, or put in by hand what the command prints without --write.",
        ) from error
    except OSError as error:
        raise ClientSetupError(
            f"{file} cannot be changed: {(error.strerror or str(error)).lower()}.",
            next_step="Put in by hand what the command prints without --write.",
        ) from error
    return backup


def _back_up(file: Path) -> Path:
    """A copy beside the file, with the time in its name."""
    stamp = datetime.now().astimezone().strftime("%Y%m%dT%H%M%S%f")
    backup = file.resolve().with_name(f"{file.name}.backup-{stamp}")
    shutil.copy2(file, backup)
    return backup
