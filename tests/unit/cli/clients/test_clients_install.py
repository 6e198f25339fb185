"""Clients are told of the server in the format of each, and lose nothing of what they had."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline_mcp.cli.clients.catalogue import CLIENTS
from pipeline_mcp.cli.invocation import Invocation
from pipeline_mcp.cli.mcp import mcp
from pipeline_mcp.errors import PipelineError

SCRIPT = str(Path(sys.executable).parent / "pipeline-mcp")
FOLDER = {"env": {"PIPELINE_WORKSPACE": "${workspaceFolder}"}}
URL = "https://pipeline.example/mcp"


def bearer(reference: str) -> dict[str, Any]:
    return {"url": URL, "headers": {"Authorization": f"Bearer {reference}"}}


def call(*words: str, project: Path) -> Result:
    return CliRunner().invoke(mcp, [*words, "--project", str(project)], obj=Invocation())


def install(client: str, *words: str, project: Path) -> Result:
    done = call("install", "--client", client, *words, project=project)
    if isinstance(done.exception, PipelineError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


@pytest.mark.parametrize(
    ("client", "file", "entry"),
    [
        ("claude", ".mcp.json", {"type": "stdio"}),
        ("cursor", ".cursor/mcp.json", {"type": "stdio", **FOLDER}),
        ("vscode", ".vscode/mcp.json", {"type": "stdio", **FOLDER}),
    ],
)
def test_a_new_file_has_the_server_in_the_format_of_the_client(
    tmp_path: Path, client: str, file: str, entry: dict[str, Any]
) -> None:
    install(client, "--write", project=tmp_path)
    written = json.loads((tmp_path / file).read_text())
    expected = {**entry, "command": SCRIPT, "args": ["serve"]}
    assert written == {CLIENTS[client].key: {"pipeline-mcp": expected}}  # type: ignore[index]
    assert list(tmp_path.rglob("*.backup-*")) == []


@pytest.mark.parametrize(
    ("client", "entry"),
    [
        ("claude", {"type": "http", **bearer("${MCP_PIPELINE_TOKEN}")}),
        ("cursor", bearer("${env:MCP_PIPELINE_TOKEN}")),
        ("vscode", {"type": "http", **bearer("${input:pipeline-mcp-token}")}),
    ],
)
def test_a_token_is_referred_to_and_never_written_down(
    tmp_path: Path, client: str, entry: dict[str, Any]
) -> None:
    printed = json.loads(install(client, "--http", URL, project=tmp_path).stdout)
    assert printed[CLIENTS[client].key]["pipeline-mcp"] == entry  # type: ignore[index]
    inputs = [(each["id"], each["password"]) for each in printed.get("inputs", [])]
    assert inputs == ([("pipeline-mcp-token", True)] if client == "vscode" else [])
    assert list(tmp_path.iterdir()) == []


def test_a_server_on_this_machine_needs_no_token(tmp_path: Path) -> None:
    url = "http://127.0.0.1:8765/mcp"
    printed = json.loads(install("vscode", "--http", url, project=tmp_path).stdout)
    assert printed == {"servers": {"pipeline-mcp": {"type": "http", "url": url}}}


def test_what_the_file_had_stays_and_is_kept_in_a_backup(tmp_path: Path) -> None:
    file = tmp_path / ".vscode" / "mcp.json"
    file.parent.mkdir()
    before = '{\n  // ours\n  "servers": {\n    "db": {"command": "db"}, // old\n  }\n}\n'
    file.write_text(before)
    file.chmod(0o600)
    install("vscode", "--write", "--http", URL, project=tmp_path)
    after = file.read_text()
    assert "// ours" in after and '"db": {"command": "db"}, // old' in after
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (backup,) = file.parent.glob("mcp.json.backup-*")
    assert backup.read_text() == before


def test_installing_twice_changes_nothing_more(tmp_path: Path) -> None:
    for _ in range(2):
        install("vscode", "--write", "--http", URL, project=tmp_path)
    written = json.loads((tmp_path / ".vscode/mcp.json").read_text())
    assert len(written["inputs"]) == 1
    assert list(tmp_path.rglob("*.backup-*")) == []


def test_uninstalling_takes_out_this_server_alone(tmp_path: Path) -> None:
    file = tmp_path / ".mcp.json"
    file.write_text('{"mcpServers": {"db": {"command": "db"}}}')
    install("claude", "--write", project=tmp_path)
    done = call("uninstall", "--client", "claude", project=tmp_path)
    assert done.exit_code == 0, done.output
    assert json.loads(file.read_text()) == {"mcpServers": {"db": {"command": "db"}}}
    again = call("uninstall", "--client", "claude", project=tmp_path)
    assert "has no server pipeline-mcp" in again.stderr


def test_the_files_of_a_user_are_in_his_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".claude.json").write_text('{"numStartups": 7}')
    install("claude", "--write", "--scope", "user", project=tmp_path)
    written = json.loads((tmp_path / ".claude.json").read_text())
    assert (written["numStartups"], list(written["mcpServers"])) == (7, ["pipeline-mcp"])
    install("claude-desktop", "--write", project=tmp_path)
    (desktop,) = tmp_path.rglob("claude_desktop_config.json")
    entry = json.loads(desktop.read_text())["mcpServers"]["pipeline-mcp"]
    assert entry == {"command": SCRIPT, "args": ["serve"]}


@pytest.mark.parametrize(
    ("client", "words", "content", "said"),
    [
        ("cursor", ["--write"], "{oops", "mcp.json is not valid JSON"),
        ("cursor", ["--write"], '{"mcpServers": []}', "an object is expected here"),
        ("cursor", ["--write"], b"\xff", "mcp.json is not valid JSON"),
        ("claude-desktop", ["--http", URL], "", "takes only programs from its file"),
        ("claude-desktop", ["--scope", "project"], "", "has no configuration of that scope"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    tmp_path: Path, client: str, words: list[str], content: str | bytes, said: str
) -> None:
    file = tmp_path / ".cursor" / "mcp.json"
    file.parent.mkdir()
    before = content if isinstance(content, bytes) else content.encode()
    file.write_bytes(before)
    with pytest.raises(PipelineError, match=said):
        install(client, *words, project=tmp_path)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    done = call("install", "--client", "cursor", "--http", "example:80", project=tmp_path)
    assert done.exit_code == 2
    assert "is no address of a server" in done.output
