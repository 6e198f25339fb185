"""What may be said of the line to hold: where the baseline is, and what is suppressed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from pipeline_mcp.config.tool_settings import Glob

_Text = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*\S.*$")]
_Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


def _checked_path(path: str) -> str:
    parts = path.split("/")
    if path and (not {"", ".", "..", ".git"}.isdisjoint(parts) or "\0" in path):
        raise ValueError("a file is named relative to the workspace and stays inside it")
    return path


BaselinePath = Annotated[str, StringConstraints(max_length=512), AfterValidator(_checked_path)]


class SuppressionRule(BaseModel):
    """Findings that do not count, for a reason that somebody answers for; empty fits anything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: _Text
    owner: _Text
    tool: str = ""
    rule: str = ""
    path: Glob | None = None
    fingerprint: _Fingerprint | None = None
    expires: date | None = None
