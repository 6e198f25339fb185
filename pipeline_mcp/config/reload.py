"""Read the settings anew in a running process, and take over what may change there."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline_mcp.config.layers import Layer
from pipeline_mcp.config.run_settings import RunSettings
from pipeline_mcp.config.settings import Settings, load_settings, settings

# Each is looked up where it is used. All others are built into something at the start:
# connections, pools, directories, queues and whoever checks tokens.
_CHANGEABLE = frozenset(RunSettings.model_fields) | {
    "github",
    "health",
    "log_level",
    "max_sessions",
    "max_sessions_per_principal",
    "parallel",
    "poll_seconds",
    "workspace",
    "workspaces",
}


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The names of the settings that changed: those that count now, and those that do not yet."""

    applied: tuple[str, ...]
    needs_restart: tuple[str, ...]


def reload_settings() -> Reloaded:
    """Use what the environment and the files say now, as far as that is safe.

    Raises:
        ConfigurationError: something is wrong there; nothing has changed then.
    """
    old, new = settings(), load_settings()
    changed = [name for name in Settings.model_fields if getattr(old, name) != getattr(new, name)]
    held = tuple(name for name in changed if name not in _CHANGEABLE)
    settings.replace(_held_back(old, new, held))
    return Reloaded(tuple(name for name in changed if name in _CHANGEABLE), held)


def _held_back(old: Settings, new: Settings, names: tuple[str, ...]) -> Settings:
    """The new settings with the old values of `names`, which still have their old origins."""
    kept = {name: getattr(old, name) for name in names}
    origins = Layer("default", kept, lambda key: old.origin(*key))
    return new.with_values(kept, origins)
