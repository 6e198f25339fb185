"""No parameter that names a file or directory leads out of what the server may touch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.answers import Call, envelope, refusal
from fixtures.ledger import Network, rows_of
from fixtures.state import read_settings_anew

from pipeline_mcp.db.tables import session

pytestmark = pytest.mark.usefixtures("network")
SECRET = "a secret of the host"


@pytest.fixture
def allowed(tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one root; beside it a file and a directory that nobody may see, and ways out."""
    root, outside = tmp_path / "allowed", tmp_path / "outside"
    for directory in (root / "project", outside):
        directory.mkdir(parents=True)
    (outside / "secret.py").write_text(SECRET)
    (root / "project" / "a.py").write_text("a = 1\n")
    (root / "away").symlink_to(outside)
    (root / "project" / "link.py").symlink_to(outside / "secret.py")
    monkeypatch.setenv("PIPELINE_WORKSPACES", str(root))
    read_settings_anew()
    return root


Way = Callable[[Path], str]
OUT: list[Way] = [
    lambda root: str(root / ".." / "outside"),
    lambda root: str(root / "project" / ".." / ".." / "outside"),
    lambda root: str(root.parent / "outside"),
    lambda root: str(root / "away"),
    lambda root: "/",
    lambda root: "/etc",
    lambda root: "~",
    lambda root: "file:///etc",
    lambda root: str(root) + "-not",
    lambda root: f"{root}/\u202eproject",
    lambda root: "a/" * 2_000,
    lambda root: "a" * 4_000,
]


@pytest.mark.parametrize("tool", ["pipeline_run_full", "version_keeper_scan"])
def test_a_workspace_lies_within_the_roots(call: Call, allowed: Path, tool: str) -> None:
    for way in OUT:
        said = refusal(call(tool, workspace=way(allowed)))
        assert "workspace" in said
        assert SECRET not in said
    assert rows_of(session) == []


FILES = [
    "../outside/secret.py",
    "../../outside/secret.py",
    "/etc/passwd",
    "link.py",
    "a.py/../../../outside/secret.py",
    ".git/config",
    "no/such/file.py",
    "a" * 4_000,
]


@pytest.mark.parametrize("parameter", ["target_files", "options"])
def test_files_lie_within_the_workspace(call: Call, allowed: Path, parameter: str) -> None:
    for file in FILES:
        value: Any = ["a.py", file]
        arguments = {parameter: {"files": value} if parameter == "options" else value}
        said = refusal(call("version_keeper_scan", workspace=str(allowed / "project"), **arguments))
        assert said.startswith("The file ")
        assert SECRET not in said
    assert rows_of(session) == []


NO_PATHS: list[tuple[dict[str, Any], str]] = [
    ({"workspace": "a\0b"}, "workspace has a NUL"),
    ({"target_files": ["a.py\0.txt"]}, "target_files[0] has a NUL"),
    ({"options": {"files": ["a\0"]}}, 'options["files"][0] has a NUL'),
    ({"workspace": "x" * 100_000}, "workspace has 100,000 characters"),
    ({"target_files": ["a.py"] * 100_000}, "target_files has 100,000 items"),
]


def test_what_is_no_path_is_refused(call: Call, allowed: Path) -> None:
    for arguments, said in NO_PATHS:
        assert said in refusal(call("version_keeper_scan", **arguments))


def test_what_is_allowed_is_begun(call: Call, allowed: Path, network: Network) -> None:
    project = str(allowed / "project")
    answer = envelope(call("version_keeper_scan", workspace=project, target_files=["a.py"]))
    assert answer["results"]["workspace"] == project
    assert network.messages == [("pipeline", answer["session_id"])]
