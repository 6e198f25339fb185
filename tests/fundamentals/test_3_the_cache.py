"""3. The cache: what a tool said about a content is not asked again.

A result is remembered under everything that it depends on: the tool's version, its configuration
and the file's path and content; for a tool that looks at the whole program, all of its files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures.stack import Pipeline


@pytest.fixture
def run(project: Path, pipeline: Pipeline):
    """Run ruff (file by file) and mypy (the whole program), and answer the report."""

    def run(*options: str) -> dict[str, Any]:
        answer = pipeline("run", project, "--tools", "black,mypy", *options, "--format", "json")
        return answer.json

    return run


def known_files(report: dict[str, Any]) -> dict[str, int]:
    return {tool["tool"]: tool["files_cached"] for tool in report["tools"]}


def test_a_second_run_asks_no_tool_and_finds_the_same(run) -> None:
    first, second = run(), run()
    assert known_files(first) == {"black": 0, "mypy": 0}
    assert known_files(second) == {"black": 2, "mypy": 2}
    assert second["summary"]["units_cached"] == second["summary"]["units"]
    assert second["findings"] == first["findings"]


def test_a_changed_file_costs_that_file_and_the_whole_program_tools(run, project: Path) -> None:
    run()
    (project / "bill.py").write_text('"""Shorter."""\n')
    assert known_files(run()) == {"black": 1, "mypy": 0}


def test_going_back_to_a_known_content_is_free(run, project: Path) -> None:
    first = run()
    content = (project / "bill.py").read_text()
    (project / "bill.py").write_text('"""Shorter."""\n')
    run()
    (project / "bill.py").write_text(content)
    again = run()
    assert known_files(again) == {"black": 2, "mypy": 2}
    assert again["snapshot"] == first["snapshot"]


def test_a_configuration_that_a_tool_reads_is_part_of_the_question(run, project: Path) -> None:
    run()
    (project / "pyproject.toml").write_text("[tool.black]\nline-length = 20\n")
    assert known_files(run())["black"] == 0


def test_the_cache_can_be_left_out(run) -> None:
    run()
    assert known_files(run("--no-cache")) == {"black": 0, "mypy": 0}
