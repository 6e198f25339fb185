"""The settings of a run, which a repository may set as well."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from pipeline_mcp.config.line_settings import BaselinePath, SuppressionRule
from pipeline_mcp.config.profiles import ProfileName
from pipeline_mcp.config.tool_settings import (
    Command,
    CustomTool,
    Glob,
    NewToolName,
    ToolOptions,
    Word,
)
from pipeline_mcp.config.version_settings import VersionSettings
from pipeline_mcp.domain.finding import Severity


class RunSettings(BaseModel):
    """What runs, over which files, and what makes the gate fail.

    `custom_tools`, `proofs` and the `args` of `tool_options` can run code: of a repository's file
    they count only where the workspace is trusted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: ProfileName = "standard"
    tools: tuple[Word, ...] = ()
    skip_tools: tuple[Word, ...] = ()
    exclude: tuple[Glob, ...] = ()
    fail_on: tuple[Severity, ...] = (Severity.ERROR, Severity.WARNING)
    tool_options: dict[Word, ToolOptions] = {}
    custom_tools: dict[NewToolName, CustomTool] = {}
    proofs: dict[Word, Command] = {}
    versioning: VersionSettings = VersionSettings()
    baseline: BaselinePath = ".pipeline-baseline.json"
    suppressions: tuple[SuppressionRule, ...] = ()
