"""Files of every odd name are looked at by every tool, as under a plain name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fixtures.warm_stack import Command

PLAIN = "plain"
NAMES = (
    "with space",
    "new\nline",
    "-dash",
    "--config=x",
    "größe",
    "e\N{COMBINING ACUTE ACCENT}",
    "中文🙂",
    "quote'\"",
    "back\\slash",
    "$(touch pwned)",
    "*",
    "[a]",
    "a,b",
    "#hash",
    "percent%20",
    "colon:3: E1",
    "~tilde",
    "@at",
    "{files}",
    "<b>&amp;",
    "tab\t",
    "\x1b[31mred",
    "car\rreturn",
    "\u2028\u202eright",
    "-",
    "n" * 200,
)
CONTENTS = {
    "{}.py": (
        "import os\n\n\n"
        "def total(value: int, unused=[]) -> str:\n"
        "    password = 'hunter2hunter2'\n"
        "    exec(password)\n"
        "    return undefined + value\n"
        "    print('never')  # " + "teh end\n"
    ),
    "{}.sh": "#!/bin/sh\nrm -r $1\n",
    "{}/deep/run.sh": "#!/bin/sh\nrm -r $1\n",
    "{}.yaml": "name: one\nname: two\n",
    "{}.Dockerfile": "FROM debian\nMAINTAINER somebody\n",
    ".github/workflows/{}.yml": (
        "on: push\njobs:\n  test:\n    needs: build\n    runs-on: ubuntu-latest\n"
        "    steps:\n      - run: make test\n"
    ),
}
# Rules about the name itself, and about copies, of which the first is none.
ABOUT_NAMES = {
    "pylint": {"invalid-name", "non-ascii-file-name"},
    "duplicates": {"duplicate-file", "duplicate-function"},
}
# Two tools cannot look at some names, and say so in a finding.
GAPS = {("pydocstyle", "new\nline"): "not-analysed", ("mypy", "@at"): "not-checked"}

Said = Counter[tuple[str, int]]


@pytest.fixture(scope="module")
def report(warm: Command, tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("odd")
    for pattern, content in CONTENTS.items():
        for name in (PLAIN, *NAMES):
            file = root / pattern.format(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
    answer = warm("run", root, "--profile", "full", "--format", "json", "--quiet")
    assert answer.exit_code == 1, answer.stderr
    assert not (root / "pwned").exists()
    return answer.json


def test_no_tool_fails_over_a_name(report: Any) -> None:
    outcomes = {tool["tool"]: tool["outcome"] for tool in report["tools"]}
    assert outcomes == dict.fromkeys(outcomes, "ok")
    assert len(outcomes) >= 15
    assert report["summary"]["files"] == len(CONTENTS) * (len(NAMES) + 1)
    assert report["skipped_files"] == []


@pytest.mark.parametrize("pattern", CONTENTS)
def test_every_tool_says_the_same_whatever_the_name(report: Any, pattern: str) -> None:
    for tool in (run["tool"] for run in report["tools"]):
        plain = _said(report, tool, pattern.format(PLAIN))
        differing = {
            name: (plain - said, said - plain)
            for name in NAMES
            if (said := _said(report, tool, pattern.format(name))) != plain
            and not (pattern == "{}.py" and (tool, name) in GAPS)
        }
        assert differing == {}, tool


def test_no_finding_is_about_anything_else(report: Any) -> None:
    paths = {pattern.format(name) for pattern in CONTENTS for name in (PLAIN, *NAMES)}
    assert {one["path"] for one in report["findings"]} == paths


def test_what_a_tool_could_not_look_at_is_a_finding(report: Any) -> None:
    missed = {
        (one["tool"], one["path"].removesuffix(".py")): one["rule"]
        for one in report["findings"]
        if one["rule"] in GAPS.values()
    }
    assert missed == GAPS


@pytest.mark.parametrize("form", ["text", "sarif", "junit", "github", "markdown"])
def test_no_format_stumbles_over_a_name(warm: Command, report: Any, form: str) -> None:
    answer = warm("run", report["workspace"], "--tools", "ruff", "--format", form, "--quiet")
    assert (answer.exit_code, answer.stderr) == (1, "")
    # What moves the cursor or turns the text is for no reader; a program may need the real path.
    hazards = "\x1b" if form == "junit" else "\x1b\u202e\u2028\r"
    assert not set(hazards) & set(answer.stdout)


def test_odd_names_can_be_asked_for(warm: Command, report: Any) -> None:
    files = ["./-dash.py", "new\nline.py", "größe.py"]
    answer = warm(
        "run", report["workspace"], "--tools", "ruff", "--format", "json", "--files", *files
    )
    assert {one["path"] for one in answer.json["findings"]} == {str(Path(file)) for file in files}


def _said(report: Any, tool: str, path: str) -> Said:
    ignored = ABOUT_NAMES.get(tool, set())
    return Counter(
        (one["rule"], one["line"])
        for one in report["findings"]
        if one["tool"] == tool and one["path"] == path and one["rule"] not in ignored
    )
