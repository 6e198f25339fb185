"""Parameters that several tools have: their bounds, and examples for whoever errs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

# Bounds that no client needs to see are those of `server.arguments`, for every parameter.
SessionId = Annotated[str, Field(examples=["pipeline-1795557824-cb0e7258"])]
Workspace = Annotated[str | None, Field(examples=["/home/me/project"])]
WaitSeconds = Annotated[float, Field(ge=0, le=45)]
TargetFiles = Annotated[list[str] | None, Field(max_length=1000, examples=[["src/a.py"]])]
