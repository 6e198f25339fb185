"""What may be set of services around the pipeline: GitHub, and when something counts as unwell."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class GitHubSettings(_Strict):
    """How GitHub, or a GitHub Enterprise server, is reached, and as whom."""

    token: SecretStr | None = None
    repository: str = ""
    api_url: str = "https://api.github.com"
    timeout_seconds: float = Field(10.0, gt=0)
    poll_seconds: float = Field(3.0, gt=0)

    @field_validator("repository", mode="after")
    @classmethod
    def _owner_and_name(cls, repository: str) -> str:
        if repository and not _REPOSITORY.fullmatch(repository):
            raise ValueError("it must be OWNER/NAME, as in octocat/hello-world")
        return repository

    @field_validator("api_url", mode="after")
    @classmethod
    def _safe_for_a_token(cls, url: str) -> str:
        parts = urlsplit(url)
        is_encrypted = parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in _LOOPBACK
        )
        if not parts.hostname or not is_encrypted:
            raise ValueError("it must be an https:// address: the token goes there")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("it must be a host and a path alone, as in https://HOST/api/v3")
        return url.rstrip("/")


class HealthSettings(_Strict):
    """How long a measurement may take, and from where on something is degraded or has failed."""

    probe_seconds: float = Field(1.5, gt=0, le=30)
    slow_seconds: float = Field(0.5, gt=0)
    queue_depth: int = Field(1000, ge=1)
    stuck_minutes: float = Field(15.0, gt=0)
    free_megabytes: int = Field(1024, ge=0)
    least_megabytes: int = Field(100, ge=0)
    memory_percent: float = Field(90.0, gt=0, le=100)
    export_dir: Path | None = None

    @field_validator("export_dir", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()
