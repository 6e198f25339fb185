"""Whom a server answers: the names and pages that it was given, and no others."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pipeline_mcp.config.server_settings import ServerSettings
from pipeline_mcp.errors import SettingError
from pipeline_mcp.server.web.callers import callers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_on_loopback_the_machines_own_names_are_enough(host: str) -> None:
    allowed = callers(ServerSettings(), host)
    for name in ("localhost", "LOCALHOST:8765", "127.0.0.1:1", "[::1]:8765"):
        assert allowed.come_by(name)
    for name in ("", "evil.example", "evil.example:8765", "localhost.evil.example", "localhost:x"):
        assert not allowed.come_by(name)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "quality.example.org"])
def test_off_loopback_somebody_must_say_by_which_name(host: str) -> None:
    with pytest.raises(SettingError, match="PIPELINE_SERVER__ALLOWED_HOSTS"):
        callers(ServerSettings(), host)


def test_a_name_with_a_port_stands_for_that_port_alone() -> None:
    settings = ServerSettings(allowed_hosts=("a.example", "B.example:8443"))
    allowed = callers(settings, "0.0.0.0")
    assert allowed.come_by("a.example") and allowed.come_by("a.example:1")
    assert allowed.come_by("b.example:8443")
    assert not allowed.come_by("b.example") and not allowed.come_by("b.example:1")
    assert not allowed.come_by("localhost")


def test_a_page_may_ask_its_own_server_or_must_be_allowed() -> None:
    settings = ServerSettings(allowed_origins=("https://Pages.example",))
    allowed = callers(settings, "127.0.0.1")
    assert allowed.come_from("http://localhost:8765", "localhost:8765")
    assert allowed.come_from("https://pages.example", "localhost:8765")
    for origin in ("http://localhost:3000", "http://pages.example", "null", "https://evil.example"):
        assert not allowed.come_from(origin, "localhost:8765")


def test_the_sdk_is_told_what_to_check() -> None:
    told = callers(ServerSettings(allowed_hosts=("a.example",)), "0.0.0.0").for_sdk()
    assert told.enable_dns_rebinding_protection
    assert told.allowed_hosts == ["a.example", "a.example:*"]
    assert "https://a.example" in told.allowed_origins


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed_hosts": ["https://a.example"]},
        {"allowed_hosts": ["*"]},
        {"allowed_origins": ["a.example"]},
        {"allowed_origins": ["https://a.example/"]},
        {"root_path": "quality"},
        {"root_path": "/quality/"},
        {"root_path": "/../x?"},
        {"trusted_proxies": ["proxy.example"]},
        {"port": 70000},
        {"requests_per_minute": -1},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ServerSettings.model_validate(wrong)
