"""The options of the older quality patcher, and what has nothing to do any more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pipeline_mcp.cli.options import Decorated, with_options

_FILE = click.Path(path_type=Path)
_VALUES: tuple[Any, ...] = (
    click.option("--lint-report", type=_FILE, help="Fix what this report's session was about."),
    click.option("--max-fixes", type=click.IntRange(1), default=10, show_default=True),
    click.option(
        "--interactive/--no-interactive",
        default=True,
        show_default=True,
        help="Ask on a terminal before a file is changed.",
    ),
    click.option("--session-dir", type=_FILE, help="Take the newest lint report below it."),
    click.option("--protocol-dir", type=_FILE, help="Nothing any more."),
    click.option("--output-format", type=click.Choice(("json", "text")), default="text"),
    click.option("--output-file", type=_FILE, help="Write the answer to this file."),
)
_FLAGS = {
    "--auto-apply": "Bring the verified fixes into the files.",
    "--auto-mode": "The same.",
    "--non-interactive": "Ask nothing.",
    "--batch-mode": "Ask once for all files.",
    "--dry-run": "Change no file.",
    "--fresh-report": "Take no lint report, and run every tool, whatever is known already.",
    "--claude-agent": "Say too how to fix what no tool fixes.",
    "--claude-cli": "The same; no agent is ever run.",
    "--version-match": "Refuse a lint report of another version of the project.",
    "--background": "Do not wait for the end.",
    "--monitor-lint": "Nothing any more.",
    "--debug": "Log everything, and show tracebacks.",
}
_NOTHING_TO_DO = {
    "protocol_dir": "sessions are in the database, and there is no protocol of files",
    "monitor_lint": "every fix looks at the files as they are, so no report is ever stale",
}
_CLI_NOTICE = "--claude-cli runs no agent; the answer has instructions for one instead."


@dataclass(frozen=True, slots=True)
class PatcherOptions:
    """The options, by their names."""

    lint_report: Path | None
    max_fixes: int
    interactive: bool
    session_dir: Path | None
    protocol_dir: Path | None
    output_format: str
    output_file: Path | None
    auto_apply: bool
    auto_mode: bool
    non_interactive: bool
    batch_mode: bool
    dry_run: bool
    fresh_report: bool
    claude_agent: bool
    claude_cli: bool
    version_match: bool
    background: bool
    monitor_lint: bool
    debug: bool

    @property
    def is_json(self) -> bool:
        """True if the answer is for a program."""
        return self.output_format == "json"

    @property
    def applies(self) -> bool:
        """True if verified fixes go into the files by themselves."""
        return (self.auto_apply or self.auto_mode) and not self.dry_run

    @property
    def asks(self) -> bool:
        """True if the user is to be asked, where there is one."""
        silent = self.applies or self.dry_run or self.non_interactive or self.background
        return self.interactive and not silent and not self.instructs

    @property
    def instructs(self) -> bool:
        """True if what no tool fixes is to be explained."""
        return self.claude_agent or self.claude_cli

    def notices(self) -> list[str]:
        """A sentence for each option that was given and has nothing to do."""
        said = [
            f"--{name.replace('_', '-')} has nothing to do: {why}."
            for name, why in _NOTHING_TO_DO.items()
            if getattr(self, name)
        ]
        return said + ([_CLI_NOTICE] if self.claude_cli else [])


def patcher_options(function: Decorated) -> Decorated:
    """Put all of them on a command."""
    flags = [click.option(name, is_flag=True, help=said) for name, said in _FLAGS.items()]
    return with_options(function, (*_VALUES, *flags))
