"""Who commits, how it is signed, and whose programs do not run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from fixtures.committing import BRANCH, committed
from fixtures.git import GitRepository
from fixtures.requirements import require

from pipeline_mcp.integration.errors import IntegrationError


def test_without_an_identity_one_sentence_says_what_to_do(
    drafted: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
    ):
        monkeypatch.delenv(name)
    with pytest.raises(IntegrationError, match="does not know who commits") as caught:
        committed(drafted)
    assert "git config user.name" in (caught.value.next_step or "")
    drafted.git("config", "user.name", "Grace")
    drafted.git("config", "user.email", "grace@example.org")
    committed(drafted)
    assert drafted.git("log", "-1", "--format=%an %ce", BRANCH).strip() == (
        "Grace grace@example.org"
    )


def test_the_operators_identity_by_directory_counts(
    drafted: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
        f'[includeIf "gitdir:{drafted.path}/"]\npath = {tmp_path}/work\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    committed(drafted)
    assert drafted.git("log", "-1", "--format=%an %ae", BRANCH).strip() == (
        "At Work work@example.org"
    )


def test_a_signature_with_an_ssh_key_verifies(drafted: GitRepository, tmp_path: Path) -> None:
    key = tmp_path / "key"
    generate = [require("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(generate, check=True, timeout=30)
    drafted.git("config", "gpg.format", "ssh")
    drafted.git("config", "commit.gpgSign", "true")
    drafted.git("config", "user.signingKey", f"{key}.pub")
    first = committed(drafted)
    allowed = tmp_path / "allowed"
    allowed.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    option = f"gpg.ssh.allowedSignersFile={allowed}"
    drafted.git("-c", option, "verify-commit", first.commit or "")
    assert committed(drafted).is_new is False
    drafted.commit("Go on")
    key.unlink()
    with pytest.raises(IntegrationError, match="cannot sign the commit"):
        committed(drafted)


@pytest.mark.parametrize("trusted", [False, True])
def test_programs_of_the_repository_run_only_where_it_is_trusted(
    drafted: GitRepository, tmp_path: Path, trusted: bool
) -> None:
    ran = tmp_path / "ran"
    trap = drafted.write(".git/trap", f"#!/bin/sh\necho x >> {ran}\nexit 1\n")
    for name in ("pre-commit", "commit-msg", "reference-transaction", "post-commit"):
        hook = drafted.write(f".git/hooks/{name}", trap.read_text())
        hook.chmod(0o755)
    trap.chmod(0o755)
    drafted.git("config", "filter.trap.clean", str(trap))
    drafted.git("config", "core.fsmonitor", str(trap))
    drafted.write(".git/info/attributes", "*.py filter=trap\n")
    done = committed(drafted, trusted=trusted)
    assert done.is_new
    assert not ran.exists()
    assert "the hook pre-commit" in done.ignored
    drafted.git("config", "commit.gpgSign", "true")
    drafted.git("config", "gpg.program", str(trap))
    with pytest.raises(IntegrationError, match="cannot sign"):
        committed(drafted, trusted=trusted, session="pipeline-1700000001-ffffffff")
    assert ran.exists() is trusted
