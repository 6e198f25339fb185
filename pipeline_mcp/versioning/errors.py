"""What goes wrong when versions are kept, as sentences for the user."""

from __future__ import annotations

from pipeline_mcp.errors import ExitCode, PipelineError


class VersioningError(PipelineError):
    """The version, the changelog or the tag cannot be kept as it was asked."""


class RefError(VersioningError):
    """A git ref does not exist, or cannot be compared with."""


class AnalysisError(VersioningError):
    """The interface could not be read to its end: whatever was asked, the answer is unknown."""

    exit_code = ExitCode.INCOMPLETE
