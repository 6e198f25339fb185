"""Parameters that several tools have: their bounds, and examples for whoever errs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# Bounds that no client needs to see are those of `server.arguments`, for every parameter.
SessionId = Annotated[str, Field(examples=["pipeline-1795557824-cb0e7258"])]
Workspace = Annotated[str | None, Field(examples=["/home/me/project"])]
TargetFiles = Annotated[list[str] | None, Field(max_length=1000, examples=[["src/a.py"]])]
# Clients give up on a silent call after a minute; one that starts work tells its progress.
StatusWait = Annotated[float, Field(ge=0, le=45)]
WaitSeconds = Annotated[float, Field(ge=0, le=600)]
IdempotencyKey = Annotated[
    str | None, Field(min_length=1, max_length=255, examples=["my-change-1"])
]
SeverityWord = Literal["error", "warning", "info"]
Words = Annotated[list[str] | None, Field(max_length=100)]


class RunChoices(BaseModel):
    """What else may be chosen for a run: the options of the command `run`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tools: Annotated[list[str], Field(max_length=100, examples=[["ruff", "mypy"]])] = []
    skip_tools: Annotated[list[str], Field(max_length=100, examples=[["pylint"]])] = []
    profile: Literal["fast", "standard", "full"] | None = None
    files: Annotated[list[str], Field(max_length=1000, examples=[["src/a.py"]])] = []
    fail_on: Annotated[list[SeverityWord], Field(examples=[["error"]])] | None = None
    priority: Annotated[int, Field(ge=0, le=9)] = 3
    use_cache: bool = True
    sequential: bool = False


_CHOICES_EXAMPLES = [{"tools": ["ruff", "mypy"], "fail_on": ["error"]}]
Options = Annotated[
    RunChoices | None,
    Field(description=", ".join(RunChoices.model_fields), examples=_CHOICES_EXAMPLES),
]
# The list of tools names the choices once.
SameOptions = Annotated[
    RunChoices | None,
    Field(description="as for pipeline_run_full", examples=_CHOICES_EXAMPLES),
]
