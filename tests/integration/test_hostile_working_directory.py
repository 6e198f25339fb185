"""A command that is started inside a repository imports none of its modules."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.stack import Pipeline
from fixtures.stack_commands import wait_until_down


@pytest.mark.parametrize("option", ["--quiet", "--sequential"])
def test_a_repository_cannot_pose_as_our_modules(
    pipeline: Pipeline, tmp_path: Path, option: str
) -> None:
    repository = tmp_path / "hostile"
    repository.mkdir()
    for name in ("celeryconfig", "tasks", "kombu", "redis", "sqlite3", "json"):
        trap = f"open({str(tmp_path / 'sprung')!r}, 'a').write({name!r})\n"
        (repository / f"{name}.py").write_text(trap)
    answer = pipeline("run", ".", option, "--tools", "ruff", cwd=repository)
    assert answer.exit_code in (0, 1), answer.stderr
    assert not (tmp_path / "sprung").exists(), (tmp_path / "sprung").read_text()
    wait_until_down()
