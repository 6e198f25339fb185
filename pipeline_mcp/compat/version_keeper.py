"""`python -m pipeline_mcp.compat.version_keeper`: older options, done by `scan` and `version`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from pipeline_mcp.cli.boundary import exit_code
from pipeline_mcp.cli.group import root
from pipeline_mcp.cli.output import check_output, note, write_answer
from pipeline_mcp.cli.version_text import bump_document, check_text
from pipeline_mcp.errors import ExitCode
from pipeline_mcp.reporting.json_format import json_text
from pipeline_mcp.versioning.bump import plan_bump
from pipeline_mcp.versioning.check import Verdict, check, check_document
from pipeline_mcp.versioning.errors import RefError
from pipeline_mcp.versioning.history import expect_history
from pipeline_mcp.versioning.release import Released, carry_out
from pipeline_mcp.versioning.scheme import Part
from pipeline_mcp.workspace.confine import resolve_workspace

# Options that asked for a look at the code instead of a release.
_LOOKS: tuple[str, ...] = ("claude_lint", "lint_only", "comprehensive_lint", "quick_check")
_LOOKS += ("detect_duplicates", "check_connections", "real_issues_only")
_WITHOUT_EFFECT = ("output_dir", "session_id", "session_dir", "exclude_backups")
_FLAGS = (*_LOOKS, "skip_tests", "skip_build", "dry_run", "exclude_backups", "exclude_duplicates")


def _flags(command: click.Command) -> click.Command:
    names = (f"--{name.replace('_', '-')}" for name in _FLAGS)
    command.params += [click.Option([name], is_flag=True) for name in names]
    return command


@click.command()
@click.option("--bump-type", type=click.Choice(("major", "minor", "patch")), default="patch")
@click.option("--base-branch", default="main")
@click.option("--output-format", type=click.Choice(("json", "text")), default="text")
@click.option("--output-file", type=click.Path(path_type=Path))
@click.option("--output-dir")
@click.option("--session-id")
@click.option("--session-dir")
@click.pass_context
def version_keeper(context: click.Context, /, **options: Any) -> None:
    """Check the code in the current directory, or check its version and raise it."""
    for name in _WITHOUT_EFFECT:
        if options[name]:
            note(f"--{name.replace('_', '-')} has no effect any more; docs/versions.md says why.")
    if any(options[name] for name in _LOOKS):
        context.exit(exit_code(root, scan_words(options)))
    context.exit(_release(options))


def scan_words(options: dict[str, Any]) -> list[str]:
    """The command line of the scan that the older options ask for."""
    words = ["scan", ".", "--format", options["output_format"]]
    if options["output_file"]:
        words += ["--output", str(options["output_file"])]
    only = {"detect_duplicates": "duplicates", "check_connections": "imports"}
    tools = [tool for option, tool in only.items() if options[option]]
    if tools and not options["comprehensive_lint"]:
        words += ["--tools", ",".join(tools)]
    elif options["comprehensive_lint"] or options["quick_check"]:
        words += ["--profile", "full" if options["comprehensive_lint"] else "fast"]
    if options["exclude_duplicates"]:
        words += ["--skip-tools", "duplicates"]
    return words + (["--fail-on", "error"] if options["real_issues_only"] else [])


def _release(options: dict[str, Any]) -> ExitCode:
    """Check against the base branch; if nothing is wrong, raise the version."""
    check_output(options["output_file"])
    directory = resolve_workspace(".", ())
    plan = plan_bump(directory, Part(options["bump_type"]))
    found = check(directory, _base(directory, options["base_branch"]), planned=plan.new)
    document = check_document(found)
    left_out = [each for each in ("tests", "build") if not options[f"skip_{each}"]]
    verdict = found.verdict
    if verdict is Verdict.PASSED:
        done = Released() if options["dry_run"] else carry_out(plan)
        document["bump"] = bump_document(plan, done, is_dry=options["dry_run"])
        verdict = Verdict.INCOMPLETE if left_out else verdict
    if left_out:
        said = f"{' and '.join(left_out)}: not run by this command; --skip-… says that you know"
        document["unknown"].append(said)
    document["overall_status"] = verdict.value
    is_json = options["output_format"] == "json"
    write_answer(json_text(document) if is_json else check_text(document), options["output_file"])
    codes = {Verdict.FAILED: ExitCode.FAILED, Verdict.INCOMPLETE: ExitCode.INCOMPLETE}
    return codes.get(verdict, ExitCode.PASSED)


def _base(directory: Path, branch: str) -> str:
    """The branch as the remote has it, or as it is here where there is no remote."""
    try:
        expect_history(directory).resolve(f"origin/{branch}")
    except RefError:
        return branch
    return f"origin/{branch}"


def main() -> NoReturn:
    """Run it, and leave with its exit code."""
    sys.exit(exit_code(_flags(version_keeper), sys.argv[1:]))


if __name__ == "__main__":
    main()
