"""A commit is made from HEAD on a branch of its own, and touches nothing that is checked out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.requirements import require

from pipeline_mcp.domain.integration import Change, Committed, IntegrationWish, RuleCount
from pipeline_mcp.integration.commit import Draft, commit
from pipeline_mcp.integration.errors import IntegrationError
from pipeline_mcp.workspace.git import work_tree_of
from pipeline_mcp.workspace.git_settings import read_settings

SESSION = "pipeline-1700000000-0a1b2c3d"
BRANCH = "pipeline-mcp/0a1b2c3d"
OLD, NEW = b"import os\nx = 1\n", b"x = 1\n"
MESSAGE = f"""Fix 3 findings of isort and ruff

isort: 1
  I001: 1
ruff: 2
  F401: 2

Pipeline-Session: {SESSION}
Pipeline-Tree: """


def change(path: str, *, old: bytes = OLD, new: bytes = NEW) -> Change:
    rules = (RuleCount("ruff", "F401", 1),)
    return Change(path, old, new, rules + ((RuleCount("isort", "I001", 1),) * (path == "a.py")))


def committed(
    repository: GitRepository,
    *changes: Change,
    trusted: bool = False,
    below: str = "",
    session: str = SESSION,
    **wish: str | bool,
) -> Committed:
    workspace = repository.path / below
    tree = work_tree_of(workspace)
    assert tree is not None
    draft = Draft(session, 1_700_000_000, changes or (change("a.py"), change("b/c d.py")))
    settings = read_settings(tree, trusted=trusted)
    return commit(workspace, tree, settings, draft, IntegrationWish(**wish))  # type: ignore[arg-type]


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    made = git_repository({"a.py": OLD, "b/c d.py": OLD, "other.py": OLD})
    (made.path / "b/c d.py").chmod(0o755)
    made.commit("Make it executable")
    return made


def state(repository: GitRepository) -> tuple[str, ...]:
    """Whatever a commit by hand would change: the index, the work tree, HEAD and its branch."""
    asked = ("ls-files --stage", "status --porcelain", "rev-parse HEAD", "symbolic-ref HEAD")
    return tuple(repository.git(*each.split()) for each in asked)


def test_the_commit_has_the_files_of_the_patch_and_nothing_else(repository: GitRepository) -> None:
    repository.write("other.py", "mine\n")
    repository.write("new.py", "mine\n")
    repository.git("add", "other.py")
    before = state(repository)
    done = committed(repository)
    assert state(repository) == before
    assert (done.branch, done.base, done.is_new) == (BRANCH, "main", True)
    assert done.commit == repository.git("rev-parse", BRANCH).strip()
    raw = repository.git("diff-tree", "--raw", "--no-abbrev", "-r", "main", BRANCH).splitlines()
    assert [line.split("\t")[1] for line in raw] == ["a.py", "b/c d.py"]
    assert [line.split()[1] for line in raw] == ["100644", "100755"]
    assert repository.git("show", f"{BRANCH}:a.py").encode() == NEW
    tree = repository.git("rev-parse", f"{BRANCH}^{{tree}}").strip()
    assert repository.git("log", "-1", "--format=%B", BRANCH).strip() == f"{MESSAGE}{tree}"
    assert repository.git("log", "-1", "--format=%an <%ae> %at %ct", BRANCH).strip() == (
        "Ada <ada@example.org> 1700000000 1700000000"
    )
    repository.git("fsck", "--strict")


def test_unfinished_work_is_left_out_and_named(repository: GitRepository) -> None:
    unfinished = change("a.py", old=b"import os\nhalf = \n", new=b"half = \n")
    done = committed(repository, unfinished, change("b/c d.py"), change("untracked.py"))
    assert done.files == ("b/c d.py",)
    assert [one.path for one in done.left_out] == ["a.py", "untracked.py"]
    assert "not committed" in done.left_out[0].reason
    assert "2 files" in done.message
    assert repository.git("show", f"{BRANCH}:a.py").encode() == OLD


def test_what_is_edited_after_the_session_is_not_committed(repository: GitRepository) -> None:
    repository.write("a.py", "import os\nmine = 1\n")
    assert committed(repository).files == ("a.py", "b/c d.py")
    assert repository.git("show", f"{BRANCH}:a.py").encode() == NEW
    assert (repository.path / "a.py").read_text() == "import os\nmine = 1\n"


def test_files_that_git_checks_out_with_crlf_are_kept_with_lf(repository: GitRepository) -> None:
    crlf = change("a.py", old=OLD.replace(b"\n", b"\r\n"), new=NEW.replace(b"\n", b"\r\n"))
    assert committed(repository, crlf).files == ("a.py",)
    assert repository.git("cat-file", "blob", f"{BRANCH}:a.py").encode() == NEW


def test_a_workspace_below_the_top(repository: GitRepository) -> None:
    assert committed(repository, change("c d.py"), below="b").files == ("c d.py",)
    assert repository.git("diff", "--name-only", "main", BRANCH).strip() == "b/c d.py"


def test_done_again_it_is_the_same_commit(repository: GitRepository) -> None:
    first = committed(repository)
    again = committed(repository)
    assert (again.commit, again.is_new) == (first.commit, False)
    repository.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    assert committed(repository).commit == first.commit
    repository.git("merge", "--quiet", BRANCH)
    merged = committed(repository)
    assert (merged.commit, merged.files, merged.present) == (None, (), ("a.py", "b/c d.py"))


def test_from_another_head_our_commit_is_replaced(repository: GitRepository) -> None:
    first = committed(repository)
    head = repository.commit("Go on")
    second = committed(repository, session="pipeline-1700000001-ffffffff", branch=BRANCH)
    assert second.commit != first.commit
    assert repository.git("rev-parse", f"{BRANCH}^").strip() == head
    assert repository.git("rev-list", "--count", f"main..{BRANCH}").strip() == "1"


def test_a_dry_run_writes_nothing(repository: GitRepository) -> None:
    before = sorted(repository.path.rglob("*"))
    done = committed(repository, dry_run=True)
    assert (done.commit, done.files) == (None, ("a.py", "b/c d.py"))
    assert done.message.startswith("Fix 3 findings")
    assert sorted(repository.path.rglob("*")) == before


def on_top(repository: GitRepository) -> None:
    repository.git("worktree", "add", "--quiet", "../elsewhere", BRANCH)
    (repository.path / "../elsewhere/a.py").write_text("theirs\n")
    repository.git("-C", "../elsewhere", "commit", "--quiet", "--all", "--message", "Theirs")
    repository.git("worktree", "remove", "../elsewhere")


def amended(repository: GitRepository) -> None:
    repository.git("worktree", "add", "--quiet", "../elsewhere", BRANCH)
    (repository.path / "../elsewhere/a.py").write_text("theirs\n")
    repository.git("-C", "../elsewhere", "commit", "--quiet", "--all", "--amend", "--no-edit")
    repository.git("worktree", "remove", "../elsewhere")


@pytest.mark.parametrize("theirs", [on_top, amended])
def test_what_others_did_on_the_branch_is_never_written_over(
    repository: GitRepository, theirs: object
) -> None:
    committed(repository)
    assert callable(theirs)
    theirs(repository)
    tip = repository.git("rev-parse", BRANCH)
    for dry_run in (True, False):
        with pytest.raises(IntegrationError, match="commits that this program did not make"):
            committed(repository, dry_run=dry_run)
    assert repository.git("rev-parse", BRANCH) == tip


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
def test_branches_that_are_refused(
    repository: GitRepository, wish: dict[str, str], said: str
) -> None:
    repository.git("branch", "theirs")
    repository.git("worktree", "add", "--quiet", "-b", "there", "../linked")
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    refs = repository.git("for-each-ref")
    with pytest.raises(IntegrationError, match=said):
        committed(repository, **wish)
    assert repository.git("for-each-ref") == refs


def test_a_linked_work_tree_and_a_detached_head(repository: GitRepository) -> None:
    repository.git("worktree", "add", "--quiet", "--detach", "../linked")
    done = committed(GitRepository(repository.path.parent / "linked"))
    assert (done.base, done.is_new) == ("", True)
    assert repository.git("rev-parse", BRANCH).strip() == done.commit


def test_without_an_identity_one_sentence_says_what_to_do(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
    ):
        monkeypatch.delenv(name)
    with pytest.raises(IntegrationError, match="does not know who commits") as caught:
        committed(repository)
    assert "git config user.name" in (caught.value.next_step or "")
    repository.git("config", "user.name", "Grace")
    repository.git("config", "user.email", "grace@example.org")
    committed(repository)
    assert repository.git("log", "-1", "--format=%an %ce", BRANCH).strip() == (
        "Grace grace@example.org"
    )


def test_the_operators_identity_by_directory_counts(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
    ):
        monkeypatch.delenv(name)
    (tmp_path / "work").write_text("[user]\nname = At Work\nemail = work@example.org\n")
    (tmp_path / "global").write_text(
        f"[user]\nname = At Home\nemail = home@example.org\n"
        f'[includeIf "gitdir:{repository.path}/"]\npath = {tmp_path}/work\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    committed(repository)
    assert repository.git("log", "-1", "--format=%an %ae", BRANCH).strip() == (
        "At Work work@example.org"
    )


def test_a_signature_with_an_ssh_key_verifies(repository: GitRepository, tmp_path: Path) -> None:
    key = tmp_path / "key"
    generate = [require("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(generate, check=True, timeout=30)
    repository.git("config", "gpg.format", "ssh")
    repository.git("config", "commit.gpgSign", "true")
    repository.git("config", "user.signingKey", f"{key}.pub")
    first = committed(repository)
    allowed = tmp_path / "allowed"
    allowed.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    option = f"gpg.ssh.allowedSignersFile={allowed}"
    repository.git("-c", option, "verify-commit", first.commit or "")
    assert committed(repository).is_new is False
    repository.commit("Go on")
    key.unlink()
    with pytest.raises(IntegrationError, match="cannot sign the commit"):
        committed(repository)


@pytest.mark.parametrize("trusted", [False, True])
def test_programs_of_the_repository_run_only_where_it_is_trusted(
    repository: GitRepository, tmp_path: Path, trusted: bool
) -> None:
    ran = tmp_path / "ran"
    trap = repository.write(".git/trap", f"#!/bin/sh\necho x >> {ran}\nexit 1\n")
    for name in ("pre-commit", "commit-msg", "reference-transaction", "post-commit"):
        hook = repository.write(f".git/hooks/{name}", trap.read_text())
        hook.chmod(0o755)
    trap.chmod(0o755)
    repository.git("config", "filter.trap.clean", str(trap))
    repository.git("config", "core.fsmonitor", str(trap))
    repository.write(".git/info/attributes", "*.py filter=trap\n")
    done = committed(repository, trusted=trusted)
    assert done.is_new
    assert not ran.exists()
    assert "the hook pre-commit" in done.ignored
    repository.git("config", "commit.gpgSign", "true")
    repository.git("config", "gpg.program", str(trap))
    with pytest.raises(IntegrationError, match="cannot sign"):
        committed(repository, trusted=trusted, session="pipeline-1700000001-ffffffff")
    assert ran.exists() is trusted


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
