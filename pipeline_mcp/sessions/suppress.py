"""Write a suppression into the workspace's `pipeline.yaml`, or say what to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.config.document import Document, read_document
from pipeline_mcp.config.judging import problems_in
from pipeline_mcp.config.layers import file_layer
from pipeline_mcp.config.repository import FILE_NAME
from pipeline_mcp.config.run_settings import RunSettings
from pipeline_mcp.config.settings import settings
from pipeline_mcp.config.suppressing import block, with_suppression
from pipeline_mcp.errors import ConfigurationError, PipelineError
from pipeline_mcp.workspace.confine import resolve_workspace
from pipeline_mcp.workspace.state_files import replace_file


@dataclass(frozen=True, slots=True)
class Written:
    """Whether it stands in `file` now; if not, `text` is what to paste there."""

    file: Path
    is_written: bool
    text: str


def suppress(path: str, values: Mapping[str, str]) -> Written:
    """Add a suppression with these values to the workspace's `pipeline.yaml`.

    The file is replaced only if it then says what it said, and the new suppression besides.

    Raises:
        ConfigurationError: the file has mistakes, or the values would be some.
        PipelineError: the workspace or the file cannot be used.
    """
    file = resolve_workspace(path, settings().workspaces) / FILE_NAME
    before = _checked(file) or Document(FILE_NAME)
    _check(Document(FILE_NAME, {"suppressions": [dict(values)]}))
    old = file.read_bytes() if file.exists() else b""
    # A mark of the byte order or other line ends would be lost on the way.
    text = None if b"\r" in old or old.startswith(b"\xef\xbb\xbf") else old.decode()
    new = None if text is None else with_suppression(text, values)
    if new is None:
        return Written(file, False, block(values))
    _replace(file, old, new.encode())
    after = _checked(file)
    listed = [*before.data.get("suppressions", ()), dict(values)]
    if after is None or after.data != before.data | {"suppressions": listed}:
        replace_file(file, old)
        return Written(file, False, block(values))
    return Written(file, True, block(values))


def _checked(file: Path) -> Document | None:
    document = read_document(file, source=FILE_NAME, follow=False)
    if document is not None:
        _check(document)
    return document


def _check(document: Document) -> None:
    found = [*document.problems, *problems_in(RunSettings, file_layer("workspace", document))]
    if found:
        raise ConfigurationError(found)


def _replace(file: Path, old: bytes, new: bytes) -> None:
    try:
        mode = file.stat().st_mode & 0o777 if old else None
        replace_file(file, new)
        if mode is not None:
            file.chmod(mode)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise PipelineError(f"{file} cannot be written: {said}.") from error
