"""A commit is made from HEAD on a branch of its own, and touches nothing that is checked out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.committing import BRANCH, NEW, OLD, SESSION, change, committed
from fixtures.git import GitRepository, RepositoryFactory

from pipeline_mcp.integration.errors import IntegrationError

MESSAGE = f"""Fix 3 findings of isort and ruff

isort: 1
  I001: 1
ruff: 2
  F401: 2

Pipeline-Session: {SESSION}
Pipeline-Tree: """


def state(drafted: GitRepository) -> tuple[str, ...]:
    """Whatever a commit by hand would change: the index, the work tree, HEAD and its branch."""
    asked = ("ls-files --stage", "status --porcelain", "rev-parse HEAD", "symbolic-ref HEAD")
    return tuple(drafted.git(*each.split()) for each in asked)


def test_the_commit_has_the_files_of_the_patch_and_nothing_else(drafted: GitRepository) -> None:
    drafted.write("other.py", "mine\n")
    drafted.write("new.py", "mine\n")
    drafted.git("add", "other.py")
    before = state(drafted)
    done = committed(drafted)
    assert state(drafted) == before
    assert (done.branch, done.base, done.is_new) == (BRANCH, "main", True)
    assert done.commit == drafted.git("rev-parse", BRANCH).strip()
    raw = drafted.git("diff-tree", "--raw", "--no-abbrev", "-r", "main", BRANCH).splitlines()
    assert [line.split("\t")[1] for line in raw] == ["a.py", "b/c d.py"]
    assert [line.split()[1] for line in raw] == ["100644", "100755"]
    assert drafted.git("show", f"{BRANCH}:a.py").encode() == NEW
    tree = drafted.git("rev-parse", f"{BRANCH}^{{tree}}").strip()
    assert drafted.git("log", "-1", "--format=%B", BRANCH).strip() == f"{MESSAGE}{tree}"
    assert drafted.git("log", "-1", "--format=%an <%ae> %at %ct", BRANCH).strip() == (
        "Ada <ada@example.org> 1700000000 1700000000"
    )
    drafted.git("fsck", "--strict")


def test_unfinished_work_is_left_out_and_named(drafted: GitRepository) -> None:
    unfinished = change("a.py", old=b"import os\nhalf = \n", new=b"half = \n")
    done = committed(drafted, unfinished, change("b/c d.py"), change("untracked.py"))
    assert done.files == ("b/c d.py",)
    assert [one.path for one in done.left_out] == ["a.py", "untracked.py"]
    assert "not committed" in done.left_out[0].reason
    assert "2 files" in done.message
    assert drafted.git("show", f"{BRANCH}:a.py").encode() == OLD


def test_what_is_edited_after_the_session_is_not_committed(drafted: GitRepository) -> None:
    drafted.write("a.py", "import os\nmine = 1\n")
    assert committed(drafted).files == ("a.py", "b/c d.py")
    assert drafted.git("show", f"{BRANCH}:a.py").encode() == NEW
    assert (drafted.path / "a.py").read_text() == "import os\nmine = 1\n"


def test_files_that_git_checks_out_with_crlf_are_kept_with_lf(drafted: GitRepository) -> None:
    crlf = change("a.py", old=OLD.replace(b"\n", b"\r\n"), new=NEW.replace(b"\n", b"\r\n"))
    assert committed(drafted, crlf).files == ("a.py",)
    assert drafted.git("cat-file", "blob", f"{BRANCH}:a.py").encode() == NEW


def test_a_workspace_below_the_top(drafted: GitRepository) -> None:
    assert committed(drafted, change("c d.py"), below="b").files == ("c d.py",)
    assert drafted.git("diff", "--name-only", "main", BRANCH).strip() == "b/c d.py"


def test_done_again_it_is_the_same_commit(drafted: GitRepository) -> None:
    first = committed(drafted)
    again = committed(drafted)
    assert (again.commit, again.is_new) == (first.commit, False)
    drafted.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    assert committed(drafted).commit == first.commit
    drafted.git("merge", "--quiet", BRANCH)
    merged = committed(drafted)
    assert (merged.commit, merged.files, merged.present) == (None, (), ("a.py", "b/c d.py"))


def test_from_another_head_our_commit_is_replaced(drafted: GitRepository) -> None:
    first = committed(drafted)
    head = drafted.commit("Go on")
    second = committed(drafted, session="pipeline-1700000001-ffffffff", branch=BRANCH)
    assert second.commit != first.commit
    assert drafted.git("rev-parse", f"{BRANCH}^").strip() == head
    assert drafted.git("rev-list", "--count", f"main..{BRANCH}").strip() == "1"


def test_a_dry_run_writes_nothing(drafted: GitRepository) -> None:
    before = sorted(drafted.path.rglob("*"))
    done = committed(drafted, dry_run=True)
    assert (done.commit, done.files) == (None, ("a.py", "b/c d.py"))
    assert done.message.startswith("Fix 3 findings")
    assert sorted(drafted.path.rglob("*")) == before


def on_top(drafted: GitRepository) -> None:
    drafted.git("worktree", "add", "--quiet", "../elsewhere", BRANCH)
    (drafted.path / "../elsewhere/a.py").write_text("theirs\n")
    drafted.git("-C", "../elsewhere", "commit", "--quiet", "--all", "--message", "Theirs")
    drafted.git("worktree", "remove", "../elsewhere")


def amended(drafted: GitRepository) -> None:
    drafted.git("worktree", "add", "--quiet", "../elsewhere", BRANCH)
    (drafted.path / "../elsewhere/a.py").write_text("theirs\n")
    drafted.git("-C", "../elsewhere", "commit", "--quiet", "--all", "--amend", "--no-edit")
    drafted.git("worktree", "remove", "../elsewhere")


@pytest.mark.parametrize("theirs", [on_top, amended])
def test_what_others_did_on_the_branch_is_never_written_over(
    drafted: GitRepository, theirs: Callable[[GitRepository], None]
) -> None:
    committed(drafted)
    theirs(drafted)
    tip = drafted.git("rev-parse", BRANCH)
    for dry_run in (True, False):
        with pytest.raises(IntegrationError, match="commits that this program did not make"):
            committed(drafted, dry_run=dry_run)
    assert drafted.git("rev-parse", BRANCH) == tip


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"branch": "main"}, "main is the base"),
        ({"branch": "main", "base": "other"}, "main is checked out"),
        ({"branch": "trunk", "base": "other"}, "default branch of origin"),
        ({"branch": "there", "base": "other"}, "there is checked out"),
        ({"branch": "a..b"}, "--branch: 'a..b' is no name"),
        ({"branch": "-x"}, "--branch: '-x' is no name"),
        ({"branch": "HEAD"}, "--branch: 'HEAD' is no name"),
        ({"branch": "a\nb"}, "is no name that git allows"),
        ({"base": "x y"}, "--base: 'x y' is no name"),
        ({"branch": "theirs"}, "commits that this program did not make"),
    ],
)
def test_branches_that_are_refused(drafted: GitRepository, wish: dict[str, str], said: str) -> None:
    drafted.git("branch", "theirs")
    drafted.git("worktree", "add", "--quiet", "-b", "there", "../linked")
    drafted.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    refs = drafted.git("for-each-ref")
    with pytest.raises(IntegrationError, match=said):
        committed(drafted, **wish)
    assert drafted.git("for-each-ref") == refs


def test_a_linked_work_tree_and_a_detached_head(drafted: GitRepository) -> None:
    drafted.git("worktree", "add", "--quiet", "--detach", "../linked")
    done = committed(GitRepository(drafted.path.parent / "linked"))
    assert (done.base, done.is_new) == ("", True)
    assert drafted.git("rev-parse", BRANCH).strip() == done.commit


def test_a_repository_without_a_commit(git_repository: RepositoryFactory) -> None:
    with pytest.raises(IntegrationError, match="no commit yet"):
        committed(git_repository())


def test_a_shallow_clone_and_another_hash(
    git_repository: RepositoryFactory, tmp_path: Path
) -> None:
    made = git_repository({"a.py": OLD}, name="origin")
    made.commit("Again")
    made.git("clone", "--quiet", "--depth=1", f"file://{made.path}", "../shallow")
    assert committed(GitRepository(tmp_path / "shallow"), change("a.py")).is_new
    (tmp_path / "long").mkdir()
    other = GitRepository(tmp_path / "long")
    other.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    other.write("a.py", OLD)
    other.commit()
    assert len(committed(other, change("a.py")).commit or "") == 64
