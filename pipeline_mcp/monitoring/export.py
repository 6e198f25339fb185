"""Measurements as a file in the one directory that is there for them."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from pipeline_mcp.config.settings import settings
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.monitoring.health import Health
from pipeline_mcp.monitoring.prometheus import prometheus_text
from pipeline_mcp.workspace.state_files import replace_file, state_directory

DEFAULT_NAME = "health.json"
_FORMS = (".json", ".prom")


class ExportPathError(PipelineError):
    """The path is not one that measurements may be written to."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(
            f"export_path {path!r}: {problem}.",
            next_step=f"Give a name such as {DEFAULT_NAME} or health.prom; it is written below "
            f"{export_directory()}, which the setting health.export_dir names.",
        )


def export_directory() -> Path:
    """The directory of all exports; it may not exist yet."""
    return settings().health.export_dir or settings().state_dir / "exports"


def export(health: Health, path: str | None = None) -> Path:
    """Write a JSON file, or one for Prometheus where the name ends with `.prom`; gives its path.

    A reader sees the old content or the new, never a part.

    Raises:
        ExportPathError: the path leads elsewhere, or ends otherwise.
        ServiceError: it cannot be written.
    """
    file = _confined(path or DEFAULT_NAME)
    if file.suffix == ".prom":
        text = prometheus_text(health)
    else:
        text = json.dumps(health.document(), indent=2, ensure_ascii=False) + "\n"
    with state_directory(file):
        replace_file(file, text.encode())
    return file


def _confined(path: str) -> Path:
    """The file below the directory; a link on the way there must not lead out of it."""
    root = export_directory()
    given = PurePosixPath(path)
    if "\0" in path or ".." in given.parts or given.suffix not in _FORMS:
        raise ExportPathError(path, f"it must end with {' or '.join(_FORMS)} and have no `..`")
    with state_directory(root):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = root.resolve(strict=True)
    file = root / given
    if file.is_dir() or not _is_below(file.parent, root):
        raise ExportPathError(path, "it is not a file in the directory of exports")
    return file


def _is_below(directory: Path, root: Path) -> bool:
    try:
        return directory.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False
