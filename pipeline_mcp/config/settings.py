"""All settings of a process, read once, frozen."""

from __future__ import annotations

import functools
import hashlib
import os
import socket
import tempfile
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.errors import SettingError

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included.
_SOCKET_PATH_LIMIT = 100


class ToolLimits(BaseModel):
    """What one run of a tool may use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout_seconds: float = Field(600.0, gt=0)
    output_bytes: int = Field(256 * 1024 * 1024, gt=0)


class Settings(BaseSettings):
    """Settings with the prefix `PIPELINE_`, nested with `__` (`PIPELINE_TOOL__TIMEOUT_SECONDS`)."""

    model_config = SettingsConfigDict(
        env_prefix="PIPELINE_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    database_url: str = ""
    broker_url: str = ""
    state_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_state_dir("pipeline-mcp"))
    )
    config_file: Path = Field(
        default_factory=lambda: Path(platformdirs.user_config_dir("pipeline-mcp"), "pipeline.yaml")
    )
    workspaces: tuple[Path, ...] = ()
    workspace: Path | None = None
    node: str = Field(default_factory=socket.gethostname, min_length=1)
    concurrency: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    blob_store: Literal["auto", "local", "database"] = "auto"
    max_files: int = Field(100_000, ge=1)
    max_file_bytes: int = Field(10 * 1024 * 1024, ge=1)
    tool: ToolLimits = Field(default_factory=ToolLimits)
    lease_seconds: float = Field(30.0, gt=0)
    max_attempts: int = Field(3, ge=1)
    heartbeat_seconds: float = Field(5.0, gt=0)
    poll_seconds: float = Field(0.2, gt=0)
    connect_timeout_seconds: float = Field(5.0, gt=0)
    visibility_timeout_seconds: int = Field(6 * 3600, gt=0)
    result_expires_seconds: int = Field(24 * 3600, gt=0)
    fail_on: tuple[Severity, ...] = (Severity.ERROR, Severity.WARNING)
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    parallel: bool = Field(True, validation_alias="ENABLE_PARALLEL_PROCESSING")

    @field_validator("state_dir", "config_file", "workspace", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @field_validator("workspaces", mode="after")
    @classmethod
    def _absolute_roots(cls, roots: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(root.expanduser().resolve() for root in roots)

    @property
    def is_embedded(self) -> bool:
        """True if the broker is the Valkey that this program starts and stops itself."""
        return not self.broker_url

    @property
    def socket_path(self) -> Path:
        """The embedded broker's unix socket; a short stand-in where the state path is too long."""
        path = self.state_dir / "run" / "valkey.sock"
        if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
            return path
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        directory = Path(tempfile.gettempdir(), f"pipeline-mcp-{os.getuid()}-{name}")
        return directory / "valkey.sock"

    @property
    def broker(self) -> str:
        """The URL that Celery connects to."""
        return self.broker_url or f"redis+socket://{self.socket_path}"

    @property
    def database(self) -> str:
        """The URL that SQLAlchemy connects to."""
        return self.database_url or f"sqlite:///{self.state_dir / 'pipeline.db'}"

    @property
    def stores_blobs_in_database(self) -> bool:
        """True if workers on other hosts have to find the blobs in the database."""
        if self.blob_store == "auto":
            return self.database.startswith("postgresql")
        return self.blob_store == "database"


@functools.cache
def settings() -> Settings:
    """This process's settings.

    Raises:
        SettingError: a value does not fit; the sentence names the environment variable.
    """
    return load_settings()


def load_settings() -> Settings:
    """Read the settings anew; `settings` is what the program uses."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingError(_variable(first["loc"]), first["msg"]) from error
    except ValueError as error:  # a list or object setting that is not JSON
        raise SettingError("PIPELINE_…", f"{error}") from error


def _variable(location: tuple[int | str, ...]) -> str:
    name = "__".join(str(part) for part in location if isinstance(part, str)).upper()
    return name if name.startswith("ENABLE_") else f"PIPELINE_{name}"
