"""What goes wrong when a patch is to be committed, pushed or proposed."""

from __future__ import annotations

from pipeline_mcp.errors import PipelineError


class IntegrationError(PipelineError):
    """A session's patch cannot be committed or pushed as it was asked."""
