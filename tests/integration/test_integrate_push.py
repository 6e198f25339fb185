"""What is pushed where, by real git over HTTP, and what a repository cannot make of that."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.git import GitRepository
from fixtures.git_server import CREDENTIALS, GitServer, bare_repository
from fixtures.github import TOKEN
from fixtures.integrating import a_session, integrated
from fixtures.requirements import require
from fixtures.state import read_settings_anew

from pipeline_mcp.db import workspaces
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.integration.branch import branch_for


def trunk(server: GitServer) -> None:
    server.bare.git("branch", "fixes", "main")
    server.bare.git("symbolic-ref", "HEAD", "refs/heads/fixes")


def theirs(server: GitServer) -> None:
    """From another clone: what is at the remote is not known here."""
    work = server.bare.path.parent / "theirs"
    server.bare.git("clone", "--quiet", str(server.bare.path), str(work))
    clone = GitRepository(work)
    clone.git("checkout", "--quiet", "-b", "fixes")
    clone.commit("Mine")
    clone.git("push", "--quiet", "origin", "fixes")


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (trunk, "default branch of origin, which is never pushed to"),
        (theirs, "fixes of origin has commits that this program did not make"),
    ],
)
def test_branches_that_are_not_pushed_to(
    cloned: GitRepository,
    git_server: GitServer,
    prepare: Callable[[GitServer], None],
    said: str,
) -> None:
    prepare(git_server)
    before = git_server.tip("fixes")
    done = integrated(a_session(cloned), push=True, branch="fixes")
    assert said in (done.error or "")
    assert done.committed is not None
    assert (done.committed.is_new, done.is_whole, done.pushed) == (True, False, None)
    assert git_server.tip("fixes") == before


def test_our_branch_from_another_clone_is_replaced(
    cloned: GitRepository, git_server: GitServer, tmp_path: Path
) -> None:
    integrated(a_session(cloned), push=True, branch="fixes")
    first = git_server.tip("fixes")
    cloned.git("clone", "--quiet", str(git_server.bare.path), str(tmp_path / "other"))
    other = GitRepository(tmp_path / "other")
    other.git("remote", "set-url", "origin", git_server.url)
    other.git("update-ref", "-d", "refs/remotes/origin/fixes")
    other.write("c.py", "x = 1\n")
    head = other.commit("Go on")
    done = integrated(a_session(other), push=True, branch="fixes")
    assert done.is_whole, done.error
    assert git_server.tip("fixes") != first
    assert git_server.log("-1", "--format=%P", "fixes") == head


def test_without_a_token_it_is_committed_and_said_what_is_missing(
    cloned: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PIPELINE_GITHUB__TOKEN")
    read_settings_anew()
    session_id = a_session(cloned)
    by_https = integrated(session_id, pull_request=True)
    assert "github.token is not set" in (by_https.error or "")
    cloned.git("remote", "set-url", "origin", str(bare_repository(tmp_path / "bare").path))
    with transaction() as connection:
        workspaces.trust(connection, cloned.path)
    by_path = integrated(session_id, pull_request=True)
    assert by_path.error is None
    assert by_path.pushed is not None
    assert "github.token is not set" in by_path.missing[0]
    assert by_path.is_whole is False


def test_the_token_is_on_no_command_line_and_in_no_file(
    cloned: GitRepository,
    git_server: GitServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "git").write_text(f'#!/bin/sh\necho "$@" >> {spy}/said\nexec {require("git")} "$@"\n')
    (spy / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy}:{os.environ['PATH']}")
    assert integrated(a_session(cloned), push=True).is_whole
    assert f"Basic {CREDENTIALS}" in git_server.seen
    said = (spy / "said").read_text()
    assert "push --porcelain" in said
    kept = [file.read_bytes() for file in cloned.path.rglob("*") if file.is_file()]
    seen = "".join([said, *capfd.readouterr()]).encode() + b"".join(kept)
    assert TOKEN.encode() not in seen
    assert CREDENTIALS.encode() not in seen


def test_what_a_repository_sets_leads_nowhere_unless_it_is_trusted(
    cloned: GitRepository, git_server: GitServer, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    elsewhere = bare_repository(tmp_path / "elsewhere" / "octocat" / "hello-world.git")
    cloned.write(".git/hooks/pre-push", f"#!/bin/sh\ntouch {ran}\n").chmod(0o755)
    cloned.git("config", "credential.helper", f"!touch {ran}; false")
    cloned.git("config", "core.sshCommand", f"touch {ran}")
    cloned.git("config", f"url.{elsewhere.path}.insteadOf", git_server.url)
    session_id = a_session(cloned)
    done = integrated(session_id, push=True)
    assert done.is_whole, done.error
    assert done.committed is not None
    assert {"core.sshcommand", "credential.helper", "the hook pre-push"} <= {
        *done.committed.ignored
    }
    assert git_server.tip(branch_for(session_id))
    with transaction() as connection:
        workspaces.trust(connection, cloned.path)
    assert integrated(session_id, push=True).is_whole
    assert elsewhere.git("rev-parse", branch_for(session_id)).strip() == done.committed.commit
    assert not ran.exists()


REFUSED_ADDRESSES = {
    "ext::sh -c touch% ran": "no address but a program to run",
    "../origin.git": "a push runs the hooks of that repository",
    "file:///srv/origin.git": "a push runs the hooks of that repository",
    "git://example.org/a/b": "git is not safe to push by",
    "http://example.org/a/b": "http is not safe to push by",
    "https://ada:secret@127.0.0.1:1/a/b": "https://127.0.0.1:1/a/b) cannot be read",
}


def test_addresses_that_are_refused(cloned: GitRepository) -> None:
    session_id = a_session(cloned)
    for url, said in REFUSED_ADDRESSES.items():
        cloned.git("remote", "set-url", "origin", url)
        done = integrated(session_id, push=True)
        assert said in (done.error or "")
        assert "secret" not in (done.error or "")
    done = integrated(session_id, push=True, remote="upstream")
    assert "no remote 'upstream'. It has: origin" in (done.error or "")
