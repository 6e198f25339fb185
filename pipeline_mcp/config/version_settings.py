"""The settings of the version keeper, which a repository may set as well."""

from __future__ import annotations

import re2
from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline_mcp.config.tool_settings import Glob

_GROUP = "version"


class VersionPlace(BaseModel):
    """A file that holds the version, and the pattern (RE2, lines apart) whose group is it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Glob
    pattern: str = Field(min_length=1, max_length=500)

    @field_validator("pattern", mode="after")
    @classmethod
    def _is_usable(cls, pattern: str) -> str:
        try:
            groups = re2.compile(pattern).groupindex
        except re2.error as error:
            raise ValueError(f"it is no RE2 pattern: {error}") from error
        if _GROUP not in groups:
            raise ValueError("it must have a group (?P<version>...)")
        return pattern


class VersionSettings(BaseModel):
    """Where else the version is written, what tags are called, and which file is the changelog."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    places: tuple[VersionPlace, ...] = Field((), max_length=50)
    tag: str = Field("v{version}", max_length=100)
    changelog: Glob = "CHANGELOG.md"

    @field_validator("tag", mode="after")
    @classmethod
    def _has_version(cls, tag: str) -> str:
        if tag.count("{version}") != 1 or tag.startswith("-"):
            raise ValueError("it must contain {version} once, and not begin with a dash")
        return tag
