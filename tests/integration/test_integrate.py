"""A session's patch is committed, pushed by real git over HTTP, and proposed to a strict double."""

from __future__ import annotations

from types import FrameType
from typing import Any

import pytest
from fixtures.git import GitRepository
from fixtures.git_server import GitServer
from fixtures.github import GitHub, Reply
from fixtures.integrating import a_session, integrated, pulls_of, want
from fixtures.killing import killed

from pipeline_mcp.db import audit, integrations, sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import integration
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.github import api
from pipeline_mcp.integration.branch import branch_for
from pipeline_mcp.integration.message import COMMENT_MARK
from pipeline_mcp.sessions.delivering import deliver
from pipeline_mcp.sessions.history import history
from pipeline_mcp.sessions.reconcile import reconcile
from pipeline_mcp.workspace import git

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def test_from_a_patch_to_a_pull_request_and_again(
    cloned: GitRepository, git_server: GitServer, github: GitHub
) -> None:
    session_id = a_session(cloned)
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
    cloned: GitRepository, git_server: GitServer, github: GitHub
) -> None:
    session_id = a_session(cloned)
    pulls = pulls_of(github)
    pulls.say(f"{COMMENT_MARK}\nby somebody else", by_others=True)
    for number in range(130):
        pulls.say(f"comment {number}")
    first = integrated(session_id, pull_request=True).pull_request
    assert first is not None
    pulls.pulls[0]["body"] = f"Please read.\r\n{pulls.pulls[0]['body']}\r\nThank you."
    cloned.write("c.py", "x = 1\n")
    cloned.commit("Go on")
    second = integrated(session_id, pull_request=True)
    assert second.pull_request is not None
    assert second.pull_request.comment == first.comment
    assert second.pull_request.comment_state == "updated"
    assert second.pushed is not None
    assert second.pushed.carried == 1
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
    (api.__file__, "_json"),
    (integrations.__file__, "write"),
    (integrations.__file__, "finish"),
}


def is_step(frame: FrameType, event: str, _called: Any) -> bool:
    """True around each git command, each answer of GitHub, and each note in the journal."""
    place = (frame.f_code.co_filename, frame.f_code.co_name)
    return event in ("call", "return") and place in STEPS


def test_killed_anywhere_it_goes_on_without_a_second_one_of_anything(
    cloned: GitRepository, git_server: GitServer, github: GitHub
) -> None:
    pulls = pulls_of(github)
    steps, kills = 0, 0
    while True:
        session_id = a_session(cloned)
        want(session_id, pull_request=True)
        pulls.pulls.clear()
        pulls.comments.clear()
        was_killed = killed(lambda: deliver(session_id), steps, is_step)  # noqa: B023 - at once
        deliver(session_id)  # as the message comes again
        branch = branch_for(session_id)
        assert cloned.git("rev-list", "--count", f"main..{branch}").strip() == "1"
        assert git_server.tip(branch) == cloned.git("rev-parse", branch).strip()
        assert (len(pulls.pulls), len(pulls.comments)) == (1, 1)
        with reading() as connection:
            entries = audit.page(connection, limit=5, session_id=session_id)
        assert [one.action for one in entries] == ["integrate"]
        if not was_killed:
            break
        kills += 1
        steps += 7
    assert kills > 10


def test_what_a_worker_left_is_continued(
    cloned: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(
        "pipeline_mcp.sessions.reconcile.send_delivery",
        lambda session_id, **_options: sent.append(session_id),
    )
    session_id = a_session(cloned)
    with transaction() as connection:
        sessions.finish(connection, session_id, SessionStatus.FAILED)
    want(session_id, push=True)
    assert killed(lambda: deliver(session_id), 40, is_step)
    assert reconcile().is_nothing  # he may be at it
    with transaction() as connection:
        connection.execute(integration.update().values(updated_at=0.0))
    assert reconcile().applied == 1
    assert reconcile().is_nothing
    assert sent == [session_id]
    deliver(session_id)
    assert reconcile().is_nothing


REFUSALS = (
    (Reply(403, {"message": "API rate limit exceeded"}, {"retry-after": "30"}), "30 seconds"),
    (Reply(401, {"message": "Bad credentials"}), "the token is wrong or has expired"),
    (Reply(403, {"message": "Resource not accessible"}), "Pull requests: write"),
    (Reply(404, {"message": "Not Found"}), "or the pull request or branch in it, is not"),
    (Reply(500, {"message": "Oops"}), "HTTP 500: Oops"),
)


def test_what_github_refuses_is_a_sentence_and_the_push_is_kept(
    cloned: GitRepository, github: GitHub
) -> None:
    session_id = a_session(cloned)
    for reply, said in REFUSALS:
        pulls_of(github).fails = lambda _method, _path, reply=reply: reply
        done = integrated(session_id, pull_request=True)
        assert said in (done.error or "")
        assert done.pushed is not None
    pulls_of(github).fails = lambda _method, _path: None
    assert integrated(session_id, pull_request=True).is_whole


def test_a_base_that_github_does_not_have_is_named(cloned: GitRepository, github: GitHub) -> None:
    done = integrated(a_session(cloned), pull_request=True, base="nowhere")
    assert "Validation Failed: base is invalid" in (done.error or "")
    assert "See that the base and the branch are in that repository" in (done.error or "")


def test_a_pull_request_that_was_thought_lost_is_found(
    cloned: GitRepository, github: GitHub
) -> None:
    lost = iter([Reply(502, {"message": "Bad Gateway"})])
    is_create = ("POST", "pulls")
    pulls_of(github).fails = lambda *asked: next(lost, None) if asked == is_create else None
    session_id = a_session(cloned)
    assert "502" in (integrated(session_id, pull_request=True).error or "")
    assert integrated(session_id, pull_request=True).is_whole
    assert len(pulls_of(github).pulls) == 1
