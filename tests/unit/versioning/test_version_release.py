"""A release is committed and tagged without any program of the repository's choice."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.git import RepositoryFactory

from pipeline_mcp.versioning.bump import plan_bump
from pipeline_mcp.versioning.errors import VersioningError
from pipeline_mcp.versioning.release import carry_out
from pipeline_mcp.versioning.scheme import Part


def test_programs_that_the_repository_names_do_not_run(
    git_repository: RepositoryFactory, state_dir: Path, tmp_path: Path
) -> None:
    made = git_repository({"pyproject.toml": '[project]\nname = "x"\nversion = "1.0.0"\n'})
    ran = tmp_path / "ran"
    trap = made.write(".git/trap", f"#!/bin/sh\ntouch {ran}\ncat\n")
    trap.chmod(0o755)
    made.write(".git/info/attributes", "*.toml filter=trap\n")
    made.git("config", "filter.trap.clean", str(trap))
    for name in ("gpg.program", "gpg.ssh.program", "gpg.ssh.defaultKeyCommand"):
        made.git("config", name, str(trap))
    done = carry_out(plan_bump(made.path, Part.PATCH, with_changelog=False), commit=True, tag=True)
    assert made.git("describe", "--tags").strip() == done.tag
    assert not ran.exists()
    made.git("config", "commit.gpgSign", "true")
    made.git("config", "gpg.format", "ssh")
    with pytest.raises(VersioningError, match="git commit failed"):
        carry_out(plan_bump(made.path, Part.MINOR, with_changelog=False), commit=True)
    assert not ran.exists()
