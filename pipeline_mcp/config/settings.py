"""All settings of a process, read once, frozen."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline_mcp.config.authentication import Authentication
from pipeline_mcp.config.environment import NESTED, PREFIX, environment_layer
from pipeline_mcp.config.judging import problems_in
from pipeline_mcp.config.layers import Layer, Origin, merged, operator_layer, origin_of
from pipeline_mcp.config.run_settings import RunSettings
from pipeline_mcp.config.secret_files import secrets_layer
from pipeline_mcp.config.server_settings import ServerSettings
from pipeline_mcp.config.service_settings import GitHubSettings, HealthSettings
from pipeline_mcp.errors import ConfigurationError, Problem

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included.
_SOCKET_PATH_LIMIT = 100
# What is shorter could be guessed.
_KEY_BYTES = 32
# Other brokers have neither the priorities nor the chords that the pipeline needs.
_BROKERS = ("redis://", "rediss://", "redis+socket://")


class ToolLimits(BaseModel):
    """What one run of a tool may use."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    timeout_seconds: float = Field(600.0, gt=0)
    output_bytes: int = Field(256 * 1024 * 1024, gt=0)
    cpu_seconds: float = Field(1200.0, gt=0)
    memory_bytes: int = Field(6 * 1024**3, gt=0)
    processes: int = Field(256, gt=0)
    open_files: int = Field(4096, ge=16)


class Settings(RunSettings, BaseSettings):
    """All settings; `load_settings` reads them from their sources.

    The environment variable of a setting is its name with the prefix `PIPELINE_`, nested with
    `__` (`PIPELINE_TOOL__TIMEOUT_SECONDS`).
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
    )

    _layers: tuple[Layer, ...] = PrivateAttr(())

    database_url: str = ""
    broker_url: str = ""
    state_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_state_dir("pipeline-mcp"))
    )
    secrets_dir: Path | None = None
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
    server: ServerSettings = Field(default_factory=ServerSettings)
    request_state_key: SecretStr | None = None
    max_sessions: int = Field(100, ge=1)
    max_sessions_per_principal: int = Field(50, ge=1)
    lease_seconds: float = Field(30.0, gt=0)
    max_attempts: int = Field(3, ge=1)
    heartbeat_seconds: float = Field(5.0, gt=0)
    reconcile_seconds: float = Field(5.0, gt=0)
    shutdown_seconds: float = Field(5.0, ge=0)
    outage_seconds: float = Field(60.0, ge=0)
    poll_seconds: float = Field(0.2, gt=0)
    apply_seconds: float = Field(60.0, gt=0)
    integrate_seconds: float = Field(180.0, gt=0)
    connect_timeout_seconds: float = Field(5.0, gt=0)
    visibility_timeout_seconds: int = Field(6 * 3600, gt=0)
    result_expires_seconds: int = Field(24 * 3600, gt=0)
    retention_days: float = Field(30.0, ge=0)
    cache_days: float = Field(60.0, ge=0)
    cache_megabytes: int = Field(2048, ge=0)
    prune_minutes: float = Field(360.0, gt=0)
    github: GitHubSettings = Field(default_factory=GitHubSettings)
    health: HealthSettings = Field(default_factory=HealthSettings)
    audit_days: float = Field(365.0, ge=0)
    auth: Authentication = Field(default_factory=Authentication)
    read_only: bool = False
    toolsets: tuple[str, ...] = ()
    confirm: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    parallel: bool = True

    @field_validator("broker_url", mode="after")
    @classmethod
    def _redis(cls, url: str) -> str:
        if url and not url.startswith(_BROKERS):
            raise ValueError(f"it must begin with {', '.join(_BROKERS)}")
        return url

    @field_validator("request_state_key", mode="after")
    @classmethod
    def _is_long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value().encode()) < _KEY_BYTES:
            raise ValueError(f"it must have at least {_KEY_BYTES} bytes")
        return key

    @field_validator("state_dir", "config_file", "secrets_dir", "workspace", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @field_validator("workspaces", mode="after")
    @classmethod
    def _absolute_roots(cls, roots: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(root.expanduser().resolve() for root in roots)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but the given values: `load_settings` reads the sources, to know origins."""
        return (init_settings,)

    @classmethod
    def from_layers(cls, layers: Iterable[Layer]) -> Settings:
        """The settings that `layers`, in order of precedence, add up to.

        Raises:
            ConfigurationError: with every mistake in every layer.
        """
        kept = tuple(layers)
        problems = [problem for layer in kept for problem in problems_in(cls, layer)]
        if problems:
            raise ConfigurationError(problems)
        made = cls(**merged(kept))
        made._layers = kept
        return made

    def with_values(self, values: dict[str, Any], origins: Layer) -> Settings:
        """The same with other values, which are right already; `origins` knows who said them."""
        made = self.model_copy(update=values)
        made._layers = (origins, *self._layers)
        return made

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What these settings were made of, in order of precedence."""
        return self._layers

    def origin(self, *key: str | int) -> Origin:
        """Who said the value at `key`, for example `("tool", "timeout_seconds")`."""
        return origin_of(self._layers, key)

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


class _InUse:
    """The settings that this process uses: read once, when somebody asks first."""

    def __init__(self) -> None:
        self._made: Settings | None = None

    def __call__(self) -> Settings:
        """This process's settings.

        Raises:
            ConfigurationError: values do not fit; it names every one with its variable or line.
        """
        if self._made is None:
            self._made = load_settings()
        return self._made

    def replace(self, made: Settings) -> None:
        """Use others from now on; `config.reload` knows what may change in a running process."""
        self._made = made

    def cache_clear(self) -> None:
        """Read them anew at the next question."""
        self._made = None


settings = _InUse()


def load_settings() -> Settings:
    """Read the settings anew; `settings` is what the program uses.

    Raises:
        ConfigurationError: as for `settings`.
    """
    environment = environment_layer(Settings)
    secrets, problems = secrets_layer(Settings, _named_path(environment, "secrets_dir"))
    named = _named_path(environment, "config_file")
    file, file_problems = operator_layer(
        named or Settings().config_file, is_required=named is not None
    )
    problems += [*file_problems, *_misplaced(file)]
    layers = [layer for layer in (environment, secrets, file) if layer is not None]
    try:
        made = Settings.from_layers(layers)
    except ConfigurationError as error:
        problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return made


def _named_path(environment: Layer, name: str) -> Path | None:
    path = environment.data.get(name)
    return None if path is None else Path(path).expanduser().absolute()


def _misplaced(file: Layer | None) -> list[Problem]:
    """The settings that say where settings are cannot themselves be in a file."""
    if file is None:
        return []
    origins = [file.locate((name,)) for name in ("config_file", "secrets_dir") if name in file.data]
    said = "it can be set in the environment alone"
    return [Problem(origin.source, origin.line, origin.key, said) for origin in origins]
