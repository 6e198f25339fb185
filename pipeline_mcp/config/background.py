"""What the programs of the embedded stack inherit: this process's settings, free of its place."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline_mcp.config.environment import variable
from pipeline_mcp.config.settings import Settings


def worker_environment(configured: Settings) -> dict[str, str]:
    """The operator's environment, with paths that stay right in another working directory."""
    ours = {variable("state_dir"): str(configured.state_dir)}
    for name in ("config_file", "secrets_dir", "workspace"):
        # A default location may be empty; one that was asked for must exist.
        if name in configured.model_fields_set:
            ours[variable(name)] = str(getattr(configured, name))
    if configured.workspaces:
        ours[variable("workspaces")] = os.pathsep.join(map(str, configured.workspaces))
    if configured.database_url:
        ours[variable("database_url")] = absolute_database(configured)
    if configured.broker_url:
        ours[variable("broker_url")] = configured.broker_url
    return {**os.environ, **ours}


def absolute_database(configured: Settings) -> str:
    """The database's URL; a relative SQLite path is one in this working directory."""
    scheme, found, path = configured.database.partition(":///")
    if not found or not scheme.startswith("sqlite") or path.startswith(("/", ":", "file:")):
        return configured.database
    return f"{scheme}:///{Path(path).absolute()}"
