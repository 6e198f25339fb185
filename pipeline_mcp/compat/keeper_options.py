"""The options of the older version keeper, and what of the code they ask to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pipeline_mcp.cli.options import Decorated, with_options
from pipeline_mcp.domain.finding import Severity
from pipeline_mcp.domain.session import RunOptions

# What is left behind beside the code; the files of a module called backup are none.
BACKUPS: tuple[str, ...] = ("*.bak", "*.backup", "*.orig", "*.old", "*~")
BACKUPS += ("backup", "backups", "*_backup", "*_backups", "*-backup", "*-backups", ".backup*")

_FLAGS = {
    "--skip-tests": "Do not run the proof `tests` of pipeline.yaml.",
    "--skip-build": "Do not build and install the package.",
    "--dry-run": "Check everything, write nothing.",
    "--claude-lint": "Scan the code instead: the standard tools.",
    "--detect-duplicates": "Scan the code instead: for duplicates.",
    "--check-connections": "Scan the code instead: for broken imports and calls.",
    "--lint-only": "Scan the code instead.",
    "--comprehensive-lint": "Scan the code instead: all tools.",
    "--quick-check": "Scan the code instead: the fast tools.",
    "--exclude-backups": "Leave backup files and directories out of the scan.",
    "--exclude-duplicates": "Do not look for duplicates.",
    "--real-issues-only": "Report and judge new errors alone.",
}
_FILE = click.Path(path_type=Path)
_VALUES: tuple[Any, ...] = (
    click.option("--bump-type", type=click.Choice(("major", "minor", "patch")), default="patch"),
    click.option("--base-branch", default="main", help="What the interface is compared with."),
    click.option("--output-dir", type=_FILE, help="Save the report in this directory too."),
    click.option("--session-id", help="The id of the scan, as pipeline-<epoch>-<8 hex digits>."),
    click.option("--session-dir", type=_FILE, help="Save the lint report below it, in lint/."),
    click.option("--output-format", type=click.Choice(("json", "text")), default="text"),
    click.option("--output-file", type=_FILE, help="Write the answer to this file."),
)


@dataclass(frozen=True, slots=True)
class KeeperOptions:
    """The options, by their names."""

    bump_type: str
    base_branch: str
    output_dir: Path | None
    session_id: str | None
    session_dir: Path | None
    output_format: str
    output_file: Path | None
    skip_tests: bool
    skip_build: bool
    dry_run: bool
    claude_lint: bool
    detect_duplicates: bool
    check_connections: bool
    lint_only: bool
    comprehensive_lint: bool
    quick_check: bool
    exclude_backups: bool
    exclude_duplicates: bool
    real_issues_only: bool

    @property
    def is_look(self) -> bool:
        """True if the code is to be looked at, and no release to be made."""
        all_tools = self.claude_lint or self.comprehensive_lint or self.quick_check
        own_checks = self.detect_duplicates or self.check_connections
        return all_tools or own_checks or self.lint_only

    @property
    def is_json(self) -> bool:
        """True if the answer is for a program."""
        return self.output_format == "json"

    def scan(self) -> RunOptions:
        """The scan that the options ask for.

        Raises:
            click.UsageError: they exclude all that they ask for.
        """
        tools = self._own_checks()
        return RunOptions(
            profile=self._profile(),
            tools=tools,
            skip_tools=("duplicates",) if self.exclude_duplicates and not tools else (),
            exclude=BACKUPS if self.exclude_backups else (),
            fail_on=(Severity.ERROR,) if self.real_issues_only else None,
        )

    def _own_checks(self) -> tuple[str, ...]:
        """The tools of a look that asks for certain checks and for nothing else."""
        if self.claude_lint or self.comprehensive_lint or self.quick_check:
            return ()
        asked = ["duplicates"] if self.detect_duplicates else []
        asked += ["imports"] if self.check_connections else []
        left = [tool for tool in asked if not (tool == "duplicates" and self.exclude_duplicates)]
        if asked and not left:
            raise click.UsageError("--exclude-duplicates excludes all that is asked for")
        return tuple(left)

    def _profile(self) -> str | None:
        """Duplicates are looked for by the full profile alone."""
        if self.comprehensive_lint or (self.claude_lint and self.detect_duplicates):
            return "full"
        if self.quick_check:
            return "fast"
        return "standard" if self.claude_lint else None


def keeper_options(function: Decorated) -> Decorated:
    """Put all of them on a command."""
    flags = [click.option(name, is_flag=True, help=said) for name, said in _FLAGS.items()]
    return with_options(function, (*_VALUES, *flags))
