"""The settings of authentication: what is refused, and where its secrets come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_mcp.config.settings import load_settings
from pipeline_mcp.config.show import show_settings
from pipeline_mcp.errors import ConfigurationError


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ISSUER", "http://login.example.org", "https://"),
        ("RESOURCE", "https://quality.example.org/mcp?token=1", "no query"),
        ("INTROSPECTION_URL", "https://us:pw@login.example.org/", "no user name"),
        ("ALGORITHMS", "none", "RS256"),
        ("ALGORITHMS", "HS256", "RS256"),
        ("METHODS", "none,tokens", "none goes with no other method"),
        ("METHODS", "jwt,introspection", "jwt or introspection"),
        ("CACHE_SECONDS", "3600", "60"),
    ],
)
def test_what_would_not_be_safe_is_refused(
    variable: str, value: str, said: str, clean_environment: pytest.MonkeyPatch
) -> None:
    clean_environment.setenv(f"PIPELINE_AUTH__{variable}", value)
    with pytest.raises(ConfigurationError, match=said):
        load_settings()


def test_its_secret_comes_out_of_a_file_and_is_never_shown(
    clean_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pipeline_auth__client_secret").write_text("hunter2\n")
    clean_environment.setenv("PIPELINE_SECRETS_DIR", str(tmp_path))
    settings = load_settings()
    assert settings.auth.client_secret.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{settings!r} {show_settings(settings)}"
    assert str(settings.origin("auth", "client_secret")).endswith("pipeline_auth__client_secret")
