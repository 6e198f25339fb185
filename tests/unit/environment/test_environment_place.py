"""Where the program runs is told from evidence, which the answer names."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_mcp.config import surroundings
from pipeline_mcp.environment import place as places
from pipeline_mcp.environment.place import place


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any sign of a container or of CI."""
    for name in (*surroundings._CI, "CI", "KUBERNETES_SERVICE_HOST", "container"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(places, "_MARKS", (tmp_path / "dockerenv",))
    monkeypatch.setattr(places, "_SERVICE_ACCOUNT", tmp_path / "serviceaccount")
    monkeypatch.setattr(places, "_CGROUP", tmp_path / "cgroup")
    return tmp_path


def test_without_evidence_it_is_somebodys_machine(nowhere: Path) -> None:
    assert place().kind == "local"


def test_a_mark_or_a_control_group_is_a_container(nowhere: Path) -> None:
    (nowhere / "cgroup").write_text("0::/docker/abc\n")
    assert place().kind == "container"
    assert "docker" in place().evidence[0]
    (nowhere / "cgroup").unlink()
    (nowhere / "dockerenv").touch()
    assert place().evidence == (str(nowhere / "dockerenv"),)


def test_a_pod_is_kubernetes_even_though_it_is_a_container_too(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nowhere / "dockerenv").touch()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert place().kind == "kubernetes"
    assert "10.0.0.1" not in str(place())


@pytest.mark.parametrize(("variable", "service"), [("GITLAB_CI", "GitLab CI"), ("CI", "unknown")])
def test_continuous_integration_is_named(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, variable: str, service: str
) -> None:
    monkeypatch.setenv(variable, "true")
    assert place().kind == "ci"
    assert service in (place().ci or "")


def test_a_variable_that_says_no_is_no_evidence(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "false")
    assert place().kind == "local"
