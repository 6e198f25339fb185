"""The settings of the server: where it listens, whom it answers, and how much it takes."""

from __future__ import annotations

import ipaddress
import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

_NAME = r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_HOST = re.compile(rf"{_NAME}(?::\d{{1,5}})?")
_ORIGIN = re.compile(rf"https?://{_NAME}(?::\d{{1,5}})?")
_ROOT_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


class ServerSettings(BaseModel):
    """What `serve` does over HTTP; stdio has no choices to make."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8765, ge=1, le=65535)
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    root_path: str = ""
    trusted_proxies: tuple[str, ...] = ()
    max_request_bytes: int = Field(4 * 1024 * 1024, ge=1024)
    request_seconds: float = Field(30.0, gt=0)
    max_connections: int = Field(1000, ge=1)
    max_clients: int = Field(1000, ge=1)
    session_idle_seconds: float = Field(1800.0, gt=0)
    requests_per_minute: int = Field(6000, ge=0)
    drain_seconds: float = Field(20.0, ge=0)

    @field_validator("allowed_hosts", mode="after")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not _HOST.fullmatch(host):
                said = "is not a host such as quality.example.org or quality.example.org:8443"
                raise ValueError(f"{host!r} {said}")
        return tuple(host.lower() for host in hosts)

    @field_validator("allowed_origins", mode="after")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://example.org")
        return tuple(origin.lower() for origin in origins)

    @field_validator("root_path", mode="after")
    @classmethod
    def _prefix(cls, path: str) -> str:
        if not _ROOT_PATH.fullmatch(path):
            raise ValueError("it must begin with / and not end with one, as in /quality")
        return path

    @field_validator("trusted_proxies", mode="after")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"{proxy!r} is not an address or a network") from error
        return proxies
