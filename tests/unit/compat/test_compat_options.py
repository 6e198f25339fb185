"""Every option of the two older command lines is taken, and `docs/versions.md` maps each."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from pipeline_mcp.cli.group import root
from pipeline_mcp.compat.keeper_options import KeeperOptions
from pipeline_mcp.compat.patcher_options import PatcherOptions
from pipeline_mcp.compat.quality_patcher import quality_patcher
from pipeline_mcp.compat.version_keeper import version_keeper

PAGE = (Path(__file__).parents[3] / "docs" / "versions.md").read_text()
KEEPER = """
--bump-type --base-branch --skip-tests --skip-build --dry-run --output-dir --claude-lint
--detect-duplicates --check-connections --lint-only --comprehensive-lint --session-id --session-dir
--quick-check --exclude-backups --exclude-duplicates --real-issues-only --output-format
--output-file
"""
PATCHER = """
--lint-report --max-fixes --interactive --no-interactive --auto-mode --non-interactive --auto-apply
--session-dir --protocol-dir --fresh-report --claude-agent --batch-mode --dry-run --debug
--version-match --background --claude-cli --monitor-lint --output-format --output-file
"""
COMMANDS = {
    "version_keeper": (version_keeper, set(KEEPER.split())),
    "quality_patcher": (quality_patcher, set(PATCHER.split())),
}
DEFAULTS = {
    "bump_type": "patch",
    "base_branch": "main",
    "max_fixes": 10,
    "interactive": True,
    "output_format": "text",
}


def accepted(command: click.Command) -> set[str]:
    """The spellings of its options, as a command line may have them."""
    return {
        spelling
        for parameter in command.params
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    }


def rows(name: str) -> list[list[str]]:
    """The cells of the command's table; a `|` inside a cell is written with a backslash."""
    section = re.search(rf"^### {name}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    lines = [line for line in section[1].splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_are_the_older_ones_and_the_table_has_each(name: str) -> None:
    command, older = COMMANDS[name]
    assert accepted(command) == older
    told = [option for row in rows(name) for option in re.findall(r"--[\w-]+", row[0])]
    assert sorted(told) == sorted(older)
    assert all(len(row) == 3 and row[1] for row in rows(name))


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_not_given_is_as_it_was(name: str) -> None:
    given = COMMANDS[name][0].make_context(name, []).params
    chosen = {option: value for option, value in given.items() if value not in (None, False)}
    assert chosen == {option: DEFAULTS[option] for option in chosen}
    assert len(chosen) == 3


@pytest.mark.parametrize("name", COMMANDS)
def test_what_to_use_now_exists(name: str) -> None:
    """Each command that a table names has the options that it names with it."""
    for row in rows(name):
        for words in re.findall(r"`([a-z][^`]*)`", row[2]):
            command, options = _found(words.split())
            known = accepted(command)
            assert set(options) <= known, words


def _found(words: list[str]) -> tuple[click.Command, list[str]]:
    context = click.Context(root)
    command: click.Command = root
    for word in words:
        if not isinstance(command, click.Group) or word.startswith("-"):
            break
        command = command.get_command(context, word) or command
    return command, [word for word in words if word.startswith("--")]


def test_the_records_have_a_field_for_each_option() -> None:
    for command, record in ((version_keeper, KeeperOptions), (quality_patcher, PatcherOptions)):
        names = {parameter.name for parameter in command.params}
        assert names == set(record.__dataclass_fields__)
