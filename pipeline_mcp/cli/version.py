"""`version`: where the version is and whether it is in order, what changed, and the next one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline_mcp.cli.logs import use_configured_level
from pipeline_mcp.cli.options import answer_format
from pipeline_mcp.cli.output import check_output, note, write_answer
from pipeline_mcp.errors import ExitCode

if TYPE_CHECKING:
    from pipeline_mcp.versioning.release_checks import ReleaseOptions
    from pipeline_mcp.versioning.scheme import Part

_PARTS = ("major", "minor", "patch", "pre", "auto")
_DIRECTORY = click.Path(path_type=Path)


@click.group(name="version")
def version_group() -> None:
    """Check the version of a project, compare its interface, and raise the version."""


@version_group.command()
@click.argument("path", default=".", type=_DIRECTORY)
@click.option("--base", metavar="REF", help="Say what changed since this git ref.")
@click.option(
    "--release",
    is_flag=True,
    help="Ask for a free tag and a changelog entry too; build, install and test the package.",
)
@click.option("--skip-build", is_flag=True, help="With --release: build and install nothing.")
@click.option("--skip-tests", is_flag=True, help="With --release: run no tests.")
@click.option("--offline", is_flag=True, help="With --release: build with what is installed here.")
@click.option("--trust", is_flag=True, help="Trust this workspace's code from now on.")
@answer_format()
@click.option("--output", type=_DIRECTORY, help="Write the answer to this file.")
@click.pass_context
def check(
    context: click.Context,
    /,
    path: Path,
    base: str | None,
    release: bool,
    form: str,
    output: Path | None,
    **how: bool,
) -> None:
    """Check the version of PATH. Exit code 1 if it is not in order, 3 if that is unknown.

    With --release the project's own code runs, in copies, so the workspace must be trusted, and
    what its build requires comes over the network.
    """
    from pipeline_mcp.cli.version_text import check_text
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.versioning.check import Verdict, check_document
    from pipeline_mcp.versioning.check import check as check_version

    use_configured_level()
    check_output(output)
    if not release and any(how.values()):
        raise click.UsageError("--skip-build, --skip-tests, --offline and --trust need --release")
    directory = _project(path)
    options = _release_options(directory, **how) if release else None
    found = check_version(directory, base, release=options)
    document = check_document(found)
    write_answer(json_text(document) if form == "json" else check_text(document), output)
    codes = {Verdict.FAILED: ExitCode.FAILED, Verdict.INCOMPLETE: ExitCode.INCOMPLETE}
    context.exit(codes.get(found.verdict, ExitCode.PASSED))


@version_group.command(name="api-diff")
@click.argument("refs", metavar="BASE[..HEAD]")
@click.argument("path", default=".", type=_DIRECTORY)
@answer_format()
@click.pass_context
def api_diff(context: click.Context, refs: str, path: Path, form: str) -> None:
    """Compare the interface at BASE with HEAD, or with the work tree. Exit code 1 on a break."""
    from pipeline_mcp.cli.version_text import compatibility_text
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.versioning.compatibility import compatibility, compatibility_document

    use_configured_level()
    base, dots, head = refs.partition("..")
    if not base or (dots and not head.strip(".")):
        raise click.UsageError(f"{refs!r} is not BASE or BASE..HEAD.")
    found = compatibility(_project(path), base, head.removeprefix(".") or None)
    document = compatibility_document(found)
    write_answer(json_text(document) if form == "json" else compatibility_text(document))
    codes = {False: ExitCode.FAILED, None: ExitCode.INCOMPLETE, True: ExitCode.PASSED}
    context.exit(codes[found.is_compatible])


@version_group.command()
@click.argument("part", type=click.Choice(_PARTS), required=False)
@click.argument("path", default=".", type=_DIRECTORY)
@click.option("--to", metavar="VERSION", help="This version, instead of a step.")
@click.option("--pre", type=click.Choice(("a", "b", "rc")), help="The kind of a pre-release.")
@click.option("--dry-run", is_flag=True, help="Show the change; write nothing.")
@click.option("--commit", is_flag=True, help="Commit the files that were written, and no others.")
@click.option("--tag", is_flag=True, help="Tag the commit.")
@click.option("--no-changelog", is_flag=True, help="Leave the changelog alone.")
@answer_format()
def bump(
    part: str | None,
    path: Path,
    to: str | None,
    pre: str | None,
    dry_run: bool,
    commit: bool,
    tag: bool,
    no_changelog: bool,
    form: str,
) -> None:
    """Raise the version of PATH in all its places; auto finds out by how much."""
    from pipeline_mcp.cli.version_text import bump_document, bump_text
    from pipeline_mcp.reporting.json_format import json_text
    from pipeline_mcp.versioning.bump import plan_bump
    from pipeline_mcp.versioning.release import Released, carry_out

    use_configured_level()
    step = _part(part, to, pre)
    plan = plan_bump(_project(path), step, to=to, pre=pre, with_changelog=not no_changelog)
    done = Released() if dry_run else carry_out(plan, commit=commit, tag=tag)
    document = bump_document(plan, done, is_dry=dry_run)
    write_answer(json_text(document) if form == "json" else bump_text(document))


@version_group.command()
@click.argument("path", default=".", type=_DIRECTORY)
def changelog(path: Path) -> None:
    """Draft the changelog entry of PATH from the conventional commits since the last release."""
    from pipeline_mcp.reporting.sanitise import visible_lines
    from pipeline_mcp.versioning.bump import draft_entry

    use_configured_level()
    entry = draft_entry(_project(path))
    if not entry:
        note("No commit since the last release says something in the conventional way.")
    write_answer("".join(f"{line}\n" for line in visible_lines(entry)) if entry else "")


def _part(part: str | None, to: str | None, pre: str | None) -> Part | None:
    """None is auto, or a version that is named."""
    from pipeline_mcp.versioning.scheme import Part

    if (part is None) == (to is None):
        raise click.UsageError(f"Name one of {', '.join(_PARTS)}, or --to VERSION.")
    if pre is not None and part != "pre":
        raise click.UsageError("--pre belongs to `version bump pre`.")
    return None if part in (None, "auto") else Part(part)


def _release_options(
    directory: Path, *, trust: bool, skip_build: bool, skip_tests: bool, offline: bool
) -> ReleaseOptions:
    """Who is trusted is in the database."""
    from pipeline_mcp.cli.services import open_database
    from pipeline_mcp.sessions import trust as trusting
    from pipeline_mcp.versioning.release_checks import ReleaseOptions

    open_database()
    if trust:
        trusting.trust(directory)
    return ReleaseOptions(
        trusted=trusting.is_trusted(directory),
        skip_tests=skip_tests,
        skip_build=skip_build,
        offline=offline,
    )


def _project(path: Path) -> Path:
    from pipeline_mcp.workspace.confine import resolve_workspace

    return resolve_workspace(path, ())


COMMANDS: tuple[click.Command, ...] = (version_group,)
