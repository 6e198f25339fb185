"""A session's patch is committed, pushed by real git over HTTP, and proposed to a strict double."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.git_server import CREDENTIALS, GitServer, bare_repository
from fixtures.github import TOKEN, GitHub, Reply
from fixtures.killing import killed
from fixtures.patched import patched_session
from fixtures.pull_requests import PullRequests
from fixtures.requirements import require
from fixtures.state import read_settings_anew

from pipeline_mcp.db import audit, integrations, migrate, workspaces
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.integration import Integration, IntegrationWish
from pipeline_mcp.github import api
from pipeline_mcp.integration.branch import branch_for
from pipeline_mcp.integration.message import COMMENT_MARK
from pipeline_mcp.sessions.delivering import deliver
from pipeline_mcp.sessions.history import history
from pipeline_mcp.workspace import git

CONTENTS = {"a.py": (b"import os\nx = 1\n", b"x = 1\n"), "b.py": (b"import os\n", b"")}

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture
def repository(
    github: GitHub, git_server: GitServer, git_repository: RepositoryFactory
) -> GitRepository:
    """A clone of what the server has, whose pull requests are at the double."""
    migrate.upgrade()
    made = git_repository({path: old for path, (old, _new) in CONTENTS.items()})
    made.git("push", "--quiet", str(git_server.bare.path), "main")
    made.git("remote", "add", "origin", git_server.url)
    github.pulls = PullRequests(lambda branch: bool(git_server.tip(branch)))
    return made


def a_session(repository: GitRepository) -> str:
    return patched_session(repository.path, CONTENTS)


def want(session_id: str, **wish: Any) -> None:
    with transaction() as connection:
        integrations.want(connection, session_id, IntegrationWish(**wish))


def integrated(session_id: str, **wish: Any) -> Integration:
    want(session_id, **wish)
    deliver(session_id)
    with reading() as connection:
        row = integrations.get(connection, session_id)
    assert row is not None
    done = integrations.outcome_of(row)
    assert done is not None
    assert TOKEN not in f"{dict(row)}"
    return done


def pulls_of(github: GitHub) -> PullRequests:
    assert github.pulls is not None
    return github.pulls


def test_from_a_patch_to_a_pull_request_and_again(
    repository: GitRepository, git_server: GitServer, github: GitHub
) -> None:
    session_id = a_session(repository)
    pulls = pulls_of(github)
    done = integrated(session_id, pull_request=True, principal="ada")
    branch = branch_for(session_id)
    assert done.is_whole, done
    assert done.committed is not None
    assert git_server.tip(branch) == done.committed.commit
    assert done.pull_request is not None
    assert (done.pull_request.state, done.pull_request.comment_state) == ("created", "created")
    assert pulls.pulls[0]["title"] == "Apply a verified patch to 2 files"
    assert session_id in pulls.pulls[0]["body"]
    assert pulls.comments[0]["body"].startswith(COMMENT_MARK)
    with reading() as connection:
        entry = audit.page(connection, limit=1)[0]
    assert (entry.action, entry.principal) == ("integrate", "ada")
    assert entry.facts["commit"] == done.committed.commit
    assert [one.kind for one in history(session_id)] == ["accepted", "integrated"]

    again = integrated(session_id, pull_request=True)
    assert again.committed is not None
    assert (again.committed.commit, again.committed.is_new) == (done.committed.commit, False)
    assert again.pushed is not None
    assert again.pushed.is_new is False
    assert again.pull_request is not None
    assert (again.pull_request.state, again.pull_request.comment_state) == (
        "unchanged",
        "unchanged",
    )
    assert (len(pulls.pulls), len(pulls.comments)) == (1, 1)


def test_one_comment_is_kept_up_to_date_among_many(
    repository: GitRepository, git_server: GitServer, github: GitHub
) -> None:
    session_id = a_session(repository)
    pulls = pulls_of(github)
    pulls.say(f"{COMMENT_MARK}\nby somebody else", by_others=True)
    for number in range(130):
        pulls.say(f"comment {number}")
    first = integrated(session_id, pull_request=True).pull_request
    assert first is not None
    pulls.pulls[0]["body"] = f"Please read.\r\n{pulls.pulls[0]['body']}\r\nThank you."
    repository.write("c.py", "x = 1\n")
    repository.commit("Go on")
    second = integrated(session_id, pull_request=True)
    assert second.pull_request is not None
    assert second.pull_request.comment == first.comment
    assert second.pull_request.comment_state == "updated"
    assert second.committed is not None
    assert git_server.tip(branch_for(session_id)) == second.committed.commit
    body = pulls.pulls[0]["body"]
    assert body.startswith("Please read.\r\n")
    assert body.endswith("\r\nThank you.")
    mine = [one["body"] for one in pulls.comments if one["body"].startswith(COMMENT_MARK)]
    assert len(mine) == 2
    assert (second.committed.commit or "")[:12] in mine[1]


STEPS = {
    (git.__file__, "run_git"),
    (api.__file__, "_request"),
    (integrations.__file__, "write"),
    (integrations.__file__, "finish"),
}


def is_step(frame: FrameType, event: str, _called: Any) -> bool:
    """True before and after each git command, each request, and each note in the journal."""
    place = (frame.f_code.co_filename, frame.f_code.co_name)
    return event in ("call", "return") and place in STEPS


def test_killed_anywhere_it_goes_on_without_a_second_one_of_anything(
    repository: GitRepository, git_server: GitServer, github: GitHub
) -> None:
    pulls = pulls_of(github)
    steps, kills = 0, 0
    while True:
        session_id = a_session(repository)
        want(session_id, pull_request=True)
        pulls.pulls.clear()
        pulls.comments.clear()
        was_killed = killed(lambda: deliver(session_id), steps, is_step)  # noqa: B023 - at once
        deliver(session_id)  # as the message comes again
        branch = branch_for(session_id)
        assert repository.git("rev-list", "--count", f"main..{branch}").strip() == "1"
        assert git_server.tip(branch) == repository.git("rev-parse", branch).strip()
        assert (len(pulls.pulls), len(pulls.comments)) == (1, 1)
        with reading() as connection:
            entries = audit.page(connection, limit=5, session_id=session_id)
        assert [one.action for one in entries] == ["integrate"]
        if not was_killed:
            break
        kills += 1
        steps += 13
    assert kills > 5


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
    repository: GitRepository,
    git_server: GitServer,
    prepare: Callable[[GitServer], None],
    said: str,
) -> None:
    prepare(git_server)
    before = git_server.tip("fixes")
    done = integrated(a_session(repository), push=True, branch="fixes")
    assert said in (done.error or "")
    assert done.committed is not None
    assert (done.committed.is_new, done.is_whole, done.pushed) == (True, False, None)
    assert git_server.tip("fixes") == before


def test_our_branch_from_another_clone_is_replaced(
    repository: GitRepository, git_server: GitServer, tmp_path: Path
) -> None:
    integrated(a_session(repository), push=True, branch="fixes")
    first = git_server.tip("fixes")
    repository.git("clone", "--quiet", str(git_server.bare.path), str(tmp_path / "other"))
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
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PIPELINE_GITHUB__TOKEN")
    read_settings_anew()
    session_id = a_session(repository)
    by_https = integrated(session_id, pull_request=True)
    assert "github.token is not set" in (by_https.error or "")
    repository.git("remote", "set-url", "origin", str(bare_repository(tmp_path / "bare").path))
    with transaction() as connection:
        workspaces.trust(connection, repository.path)
    by_path = integrated(session_id, pull_request=True)
    assert by_path.error is None
    assert by_path.pushed is not None
    assert "github.token is not set" in by_path.missing[0]
    assert by_path.is_whole is False


REFUSALS = (
    (Reply(403, {"message": "API rate limit exceeded"}, {"retry-after": "30"}), "30 seconds"),
    (Reply(401, {"message": "Bad credentials"}), "the token is wrong or has expired"),
    (Reply(403, {"message": "Resource not accessible"}), "Pull requests: write"),
    (Reply(404, {"message": "Not Found"}), "or the pull request or branch in it, is not"),
    (Reply(500, {"message": "Oops"}), "HTTP 500: Oops"),
)


def test_what_github_refuses_is_a_sentence_and_the_push_is_kept(
    repository: GitRepository, github: GitHub
) -> None:
    session_id = a_session(repository)
    for reply, said in REFUSALS:
        pulls_of(github).fails = lambda _method, _path, reply=reply: reply
        done = integrated(session_id, pull_request=True)
        assert said in (done.error or "")
        assert done.pushed is not None
    pulls_of(github).fails = lambda _method, _path: None
    assert integrated(session_id, pull_request=True).is_whole


def test_a_base_that_github_does_not_have_is_named(
    repository: GitRepository, github: GitHub
) -> None:
    done = integrated(a_session(repository), pull_request=True, base="nowhere")
    assert "Validation Failed: base is invalid" in (done.error or "")
    assert "See that the base and the branch are in that repository" in (done.error or "")


def test_a_pull_request_that_was_thought_lost_is_found(
    repository: GitRepository, github: GitHub
) -> None:
    lost = iter([Reply(502, {"message": "Bad Gateway"})])
    is_create = ("POST", "pulls")
    pulls_of(github).fails = lambda *asked: next(lost, None) if asked == is_create else None
    session_id = a_session(repository)
    assert "502" in (integrated(session_id, pull_request=True).error or "")
    assert integrated(session_id, pull_request=True).is_whole
    assert len(pulls_of(github).pulls) == 1


def test_the_token_is_on_no_command_line_and_in_no_file(
    repository: GitRepository,
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
    assert integrated(a_session(repository), push=True).is_whole
    assert f"Basic {CREDENTIALS}" in git_server.seen
    said = (spy / "said").read_text()
    assert "push --porcelain" in said
    kept = [file.read_bytes() for file in repository.path.rglob("*") if file.is_file()]
    seen = "".join([said, *capfd.readouterr()]).encode() + b"".join(kept)
    assert TOKEN.encode() not in seen
    assert CREDENTIALS.encode() not in seen


def test_what_a_repository_sets_leads_nowhere_unless_it_is_trusted(
    repository: GitRepository, git_server: GitServer, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    elsewhere = bare_repository(tmp_path / "elsewhere" / "octocat" / "hello-world.git")
    repository.write(".git/hooks/pre-push", f"#!/bin/sh\ntouch {ran}\n").chmod(0o755)
    repository.git("config", "credential.helper", f"!touch {ran}; false")
    repository.git("config", "core.sshCommand", f"touch {ran}")
    repository.git("config", f"url.{elsewhere.path}.insteadOf", git_server.url)
    session_id = a_session(repository)
    done = integrated(session_id, push=True)
    assert done.is_whole, done.error
    assert done.committed is not None
    assert {"core.sshcommand", "credential.helper", "the hook pre-push"} <= {
        *done.committed.ignored
    }
    assert git_server.tip(branch_for(session_id))
    with transaction() as connection:
        workspaces.trust(connection, repository.path)
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


def test_addresses_that_are_refused(repository: GitRepository) -> None:
    session_id = a_session(repository)
    for url, said in REFUSED_ADDRESSES.items():
        repository.git("remote", "set-url", "origin", url)
        done = integrated(session_id, push=True)
        assert said in (done.error or "")
        assert "secret" not in (done.error or "")
    done = integrated(session_id, push=True, remote="upstream")
    assert "no remote 'upstream'. It has: origin" in (done.error or "")
