"""The verified fix, stage by stage: what is fixed, what is refused, what is rejected."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures import fixing
from fixtures.wrong_fixers import SCRIPTS, wrong_fixer

from pipeline_mcp.db import migrate
from pipeline_mcp.domain.patch import FixPlan, StepState
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.fixing.diff import git_diff
from pipeline_mcp.fixing.guards import Change

Fix = Callable[..., Report]


@pytest.fixture
def workspace(tmp_path: Path, state_dir: Path) -> Path:
    """Empty but for a configuration under which ruff looks for mistakes alone."""
    migrate.upgrade()
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "ruff.toml").write_text('lint.select = ["E401", "F"]\n')
    return root


@pytest.fixture
def fix(workspace: Path) -> Fix:
    """Run one session that fixes, stage by stage."""

    def fix(*tools: str, plan: FixPlan | None = None, **options: object) -> Report:
        return fixing.run(fixing.begin(workspace, *tools, plan=plan, **options))

    return fix


def fixed_tree(workspace: Path, found: Report) -> None:
    """Apply the session's patch as its users would."""
    assert found.fixes is not None
    patch = (found.fixes.patch or "").encode()
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=workspace, input=patch, check=True, capture_output=True)


def attempts(found: Report) -> dict[tuple[str, str], StepState]:
    assert found.fixes is not None
    return {(one.fixer, one.path): one.state for one in found.fixes.attempts}


def reasons(found: Report, fixer: str) -> list[str]:
    assert found.fixes is not None
    return [one.reason or "" for one in found.fixes.attempts if one.fixer == fixer]


def test_what_can_be_fixed_is_fixed_and_the_workspace_stays_as_it_is(
    fix: Fix, workspace: Path
) -> None:
    text = "import os\nimport sys\n\nprint( 'hello' )\n"
    (workspace / "a.py").write_text(text)
    found = fix("ruff", "ruff-format")
    assert (found.status, found.findings) == (SessionStatus.PASSED, ())
    assert found.fixes is not None
    assert (found.fixes.fixed, found.fixes.quality_score) == (3, 100.0)
    assert (workspace / "a.py").read_text() == text
    fixed_tree(workspace, found)
    assert (workspace / "a.py").read_text() == 'print("hello")\n'
    assert fix("ruff", "ruff-format").snapshot == found.snapshot


def test_fixes_that_bring_up_others_take_several_cycles(fix: Fix, workspace: Path) -> None:
    (workspace / "a.py").write_text("import os, sys\n\nprint(sys.path)\n")
    found = fix("ruff")
    assert found.findings == ()
    assert found.fixes is not None
    assert found.fixes.cycles == 2


def test_a_fixer_cleans_up_after_itself(fix: Fix, workspace: Path) -> None:
    (workspace / "ruff.toml").write_text('lint.select = ["F", "UP"]\n')
    (workspace / "a.py").write_text("from typing import List\n\nx: List[int] = []\n")
    found = fix("ruff")
    assert found.findings == ()
    assert attempts(found) == {("ruff", "a.py"): StepState.ACCEPTED}


def test_a_tidy_file_stays_tidy_without_counting_for_it(fix: Fix, workspace: Path) -> None:
    (workspace / "ruff.toml").write_text('lint.select = ["C4"]\n')
    (workspace / "a.py").write_text("x = dict(a=1, b=2)\ny = list([1, 2])\n")
    found = fix("ruff", "ruff-format", plan=fixing.whole_plan(unsafe=True))
    assert found.findings == ()
    assert {fixer for fixer, _path in attempts(found)} == {"ruff"}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_limit_of_fixes_is_exact(fix: Fix, workspace: Path, limit: int) -> None:
    (workspace / "a.py").write_text("import os\nimport sys\n")
    (workspace / "b.py").write_text("import re, json\nx = 1\n")
    before = fix("ruff", plan=FixPlan(max_cycles=1, max_fixes=1)).fixes
    found = fix("ruff", plan=fixing.whole_plan(max_fixes=limit))
    assert before is not None
    assert found.fixes is not None
    assert found.fixes.fixed == limit == before.found - len(found.findings)


def test_the_limit_of_cycles_and_of_fixes_in_a_cycle(fix: Fix, workspace: Path) -> None:
    (workspace / "a.py").write_text("import os\nimport re\nimport sys\nimport json\n")
    found = fix("ruff", plan=fixing.whole_plan(max_cycles=2, max_fixes_per_cycle=1))
    assert found.fixes is not None
    assert (found.fixes.cycles, found.fixes.fixed, len(found.findings)) == (2, 2, 2)
    assert "2 cycles" in (found.fixes.ended or "")


def test_files_that_were_not_asked_about_are_not_touched(fix: Fix, workspace: Path) -> None:
    (workspace / "a.py").write_text("import os\n")
    (workspace / "b.py").write_text("import os\n")
    found = fix("ruff", files=("a.py",))
    assert list(attempts(found)) == [("ruff", "a.py")]


def test_imports_and_layout_are_put_in_order(fix: Fix, workspace: Path) -> None:
    (workspace / "pyproject.toml").write_text('[tool.isort]\nprofile = "black"\n[tool.black]\n')
    (workspace / "a.py").write_text("import sys\nimport os\nprint( os , sys )\n")
    found = fix("isort", "black")
    assert found.findings == ()
    fixed_tree(workspace, found)
    assert (workspace / "a.py").read_text() == "import os\nimport sys\n\nprint(os, sys)\n"


def test_words_in_a_program_are_corrected_only_when_asked_for(fix: Fix, workspace: Path) -> None:
    word = "te" + "h"
    (workspace / "a.py").write_text(f'x = "{word}"\n')
    assert len(fix("codespell").findings) == 1
    assert fix("codespell", plan=fixing.whole_plan(unsafe=True)).findings == ()


def test_unsafe_fixes_only_when_asked_for(fix: Fix, workspace: Path) -> None:
    (workspace / "a.py").write_text("def f(a):\n    x = 1\n    return a\n")
    assert [one.rule for one in fix("ruff").findings] == ["F841"]
    assert fix("ruff", plan=fixing.whole_plan(unsafe=True)).findings == ()


@pytest.mark.parametrize("name", sorted(SCRIPTS.keys() - {"good", "wrong-on-some"}))
def test_a_wrong_fixer_is_turned_down_alone_and_the_rest_stands(
    fix: Fix, workspace: Path, name: str
) -> None:
    (workspace / "bad.py").write_text("BAD = 1\n")
    (workspace / "fine.py").write_text("import os\n\nx = 1\n")
    (workspace / "victim.py").write_text("x = 1\n")
    found = fix("ruff", name, custom_tools=(wrong_fixer(name),))
    assert attempts(found)[("ruff", "fine.py")] is StepState.ACCEPTED
    assert attempts(found)[(name, "bad.py")] in {StepState.REJECTED, StepState.REFUSED}
    assert all(reasons(found, name))
    fixed_tree(workspace, found)
    assert {file.name: file.read_text() for file in workspace.glob("*.py")} == {
        "bad.py": "BAD = 1\n",
        "fine.py": "\nx = 1\n",
        "victim.py": "x = 1\n",
    }


def test_of_a_fixer_that_goes_wrong_on_some_files_the_others_stand(
    fix: Fix, workspace: Path
) -> None:
    for number in range(6):
        (workspace / f"{number}.py").write_text("BAD = 1\n")
    found = fix("ruff", "wrong-on-some", custom_tools=(wrong_fixer("wrong-on-some"),))
    states = attempts(found)
    assert {path: states["wrong-on-some", path] for path in ("1.py", "3.py", "4.py")} == {
        "1.py": StepState.REFUSED,
        "3.py": StepState.REJECTED,
        "4.py": StepState.REFUSED,
    }
    kept = [path for (_fixer, path), state in states.items() if state is StepState.ACCEPTED]
    assert kept == ["0.py", "2.py", "5.py"]


def test_a_proof_that_succeeded_before_must_succeed_after(fix: Fix, workspace: Path) -> None:
    (workspace / "a.py").write_text("import os\n")
    (workspace / "b.py").write_text("import sys\n")
    proofs = {"keeps-a": ("grep", "-q", "import os", "a.py"), "never": ("false",)}
    found = fix("ruff", plan=fixing.whole_plan(proofs=proofs))
    assert attempts(found) == {
        ("ruff", "a.py"): StepState.REJECTED,
        ("ruff", "b.py"): StepState.ACCEPTED,
    }
    assert "keeps-a" in reasons(found, "ruff")[0]


def test_without_a_whole_scan_nothing_is_changed(fix: Fix, workspace: Path) -> None:
    (workspace / "a.py").write_text("import os\n")
    failing = wrong_fixer("good")
    failing["command"] = (*failing["command"][:2], "exit 9", "find", "{files}")
    found = fix("ruff", "good", custom_tools=(failing,))
    assert found.status is SessionStatus.INCOMPLETE
    assert found.fixes is not None
    assert (found.fixes.patch, found.fixes.quality_score) == (None, 0.0)
    assert "good did not end" in (found.fixes.ended or "")


def proposal(*pairs: tuple[str, bytes, bytes]) -> FixPlan:
    """A plan to verify a patch of these paths, from the one content to the other."""
    changes = [(Change(path, old, new), 0o644) for path, old, new in pairs]
    return FixPlan(proposal=git_diff(changes), break_on_no_issues=False)


def test_a_proposed_patch_is_verified_file_by_file(fix: Fix, workspace: Path) -> None:
    (workspace / "a.py").write_text("print(missing)\n")
    (workspace / "b.py").write_text("print(missing)\n")
    (workspace / "c.py").write_text("x = 1\n")
    plan = proposal(
        ("a.py", b"print(missing)\n", b"print('found')\n"),
        ("b.py", b"print(missing)\n", b"import os\n"),
        ("c.py", b"x = 1\n", b"x = (\n"),
    )
    found = fix("ruff", plan=plan)
    assert attempts(found) == {
        ("proposal", "a.py"): StepState.ACCEPTED,
        ("proposal", "b.py"): StepState.REJECTED,
        ("proposal", "c.py"): StepState.REFUSED,
    }
    assert found.fixes is not None
    assert (found.fixes.fixed, found.fixes.ended) == (1, "What was proposed has been verified.")
    fixed_tree(workspace, found)
    assert (workspace / "a.py").read_text() == "print('found')\n"


@pytest.mark.parametrize(
    ("pair", "word"),
    [
        (("a.py", b"y = 1\n", b"x = 2\n"), "does not apply"),
        (("new.py", b"", b"x = 2\n"), "does not apply"),
        (("../a.py", b"x = 1\n", b"x = 2\n"), "does not apply"),
        (("b.py", b"x = 1\n", b"x = 2\n"), "not asked about"),
    ],
)
def test_a_proposal_that_does_something_else_is_refused(
    fix: Fix, workspace: Path, pair: tuple[str, bytes, bytes], word: str
) -> None:
    (workspace / "a.py").write_text("x = 1\n")
    (workspace / "b.py").write_text("x = 1\n")
    with pytest.raises(PipelineError, match=word):
        fix("ruff", plan=proposal(pair), files=("a.py",))
