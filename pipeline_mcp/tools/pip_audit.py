"""pip-audit: known vulnerabilities of the versions that requirements files pin."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError, ToolSkippedError
from pipeline_mcp.tools.contract import (
    Completed,
    Cost,
    FilePattern,
    Job,
    Kind,
    Sample,
    Scope,
    Tool,
)
from pipeline_mcp.tools.executables import PythonModule
from pipeline_mcp.tools.output import json_lines, one_line

# How long the advisory service may be silent, seconds; the first failure ends the audit.
_TIMEOUT = 5

# pip-audit ends with a traceback, or with a line of its own, when its service fails.
_UNREACHABLE = re.compile(
    r"^(?:requests\.exceptions\.|urllib3\.exceptions\.|pip_audit\._service\.interface\.)\w+.*"
    r"|^ERROR:pip_audit\._cli:Could not connect to .*|^ERROR:pip_audit\._cli:.* not redirecting.*",
    re.MULTILINE,
)

if TYPE_CHECKING:
    from pipeline_mcp.tools.requirements import Requirement

    Places = dict[tuple[str, str], list[tuple[str, Requirement]]]


def command(job: Job) -> list[str]:
    """Audit all pinned versions; nothing is resolved, downloaded or built.

    pip-audit refuses a file with an open version range, and the same package twice, so it gets
    files of pins alone: one for each version of a package that stands in several versions.
    """
    options = ["--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off"]
    options += [f"--timeout={_TIMEOUT}", f"--cache-dir={job.scratch / 'advisories'}"]
    files = []
    for number, pins in enumerate(_pin_files(job)):
        file = job.scratch / f"pins-{number}.txt"
        file.write_text("".join(f"{name}=={version}\n" for name, version in pins))
        files.append(str(file))
    return [*options, *job.arguments, "--", *files]


def _pin_files(job: Job) -> list[list[tuple[str, str]]]:
    files: list[list[tuple[str, str]]] = [[]]
    count: defaultdict[str, int] = defaultdict(int)
    for name, version in sorted(_pins(job)):
        if count[name] == len(files):
            files.append([])
        files[count[name]].append((name, version))
        count[name] += 1
    return files


def _requirements(job: Job) -> Iterator[tuple[str, Requirement]]:
    # The parser of versions is imported here: no command should wait for it at its start.
    from pipeline_mcp.tools.requirements import read_requirements

    for path in job.files:
        source = (job.root / path).read_bytes().decode("utf-8-sig", "replace")
        for requirement in read_requirements(source):
            yield path, requirement


def _pins(job: Job) -> Places:
    """`(name, version)` -> every place that pins it."""
    places: Places = defaultdict(list)
    for path, requirement in _requirements(job):
        if requirement.name:
            places[requirement.name, requirement.version].append((path, requirement))
    return places


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per vulnerability and place, and one per requirement that was not audited.

    Raises:
        ToolSkippedError: the advisory service cannot be reached.
    """
    _check_service(completed)
    completed.expect(0)
    places = _pins(job)
    for report in json_lines(completed):
        for dependency in report["dependencies"]:
            yield from _findings(dependency, places)
    if places:
        raise ToolOutputError(f"it said nothing about {' '.join(next(iter(places)))}")
    yield from _open_requirements(job)


def _open_requirements(job: Job) -> Iterator[Finding]:
    for path, requirement in _requirements(job):
        if requirement.included:
            included = posixpath.normpath(f"{posixpath.dirname(path)}/{requirement.included}")
            if included.lstrip("/") not in job.files:
                yield _not_audited(path, requirement, "it has no usual name, or is not there")
        elif not requirement.name:
            yield _not_audited(path, requirement, "it names no exact version")


def _check_service(completed: Completed) -> None:
    failure = _UNREACHABLE.findall(completed.stderr)
    if completed.exit_code == 1 and failure:
        reason = one_line(failure[-1]).removeprefix("ERROR:pip_audit._cli:")
        raise ToolSkippedError(f"its advisory service could not be reached: {reason[:400]}")


def _findings(dependency: dict[str, Any], places: Places) -> Iterator[Finding]:
    from packaging.utils import canonicalize_name

    name = canonicalize_name(dependency["name"])
    if "skip_reason" in dependency:
        for key in [key for key in places if key[0] == name]:
            for path, requirement in places.pop(key):
                yield _not_audited(path, requirement, dependency["skip_reason"])
        return
    found = places.pop((name, dependency["version"]), None)
    if found is None:
        raise ToolOutputError(f"it spoke of {name} {dependency['version']}, which nobody pins")
    for vulnerability in dependency["vulns"]:
        for path, requirement in found:
            yield _vulnerable(path, requirement, vulnerability)


def _vulnerable(path: str, requirement: Requirement, vulnerability: dict[str, Any]) -> Finding:
    versions = ", ".join(vulnerability["fix_versions"]) or "no version yet"
    aliases = ", ".join(vulnerability["aliases"])
    said = one_line(vulnerability.get("description", ""))[:300]
    return Finding(
        tool="pip-audit",
        rule=vulnerability["id"],
        # A known vulnerability is an error; what could not be audited is information.
        severity=Severity.ERROR,
        message=(
            f"{requirement.name} {requirement.version} is vulnerable"
            f"{f' ({aliases})' if aliases else ''}; fixed in {versions}. {said}"
        ).strip(),
        path=path,
        line=requirement.line,
    )


def _not_audited(path: str, requirement: Requirement, reason: str) -> Finding:
    return Finding(
        tool="pip-audit",
        rule="not-audited",
        severity=Severity.INFO,
        message=f"{requirement.text[:200]} was not audited: {one_line(reason)}",
        path=path,
        line=requirement.line,
    )


TOOL = Tool(
    name="pip-audit",
    kind=Kind.SECURITY,
    summary="Known vulnerabilities of pinned requirements",
    url="https://github.com/pypa/pip-audit",
    files=FilePattern(
        names=("requirements*.txt", "*requirements.txt", "constraints*.txt"),
        paths=("requirements/*.txt", "*/requirements/*.txt"),
    ),
    scope=Scope.PROGRAM,
    executable=PythonModule(
        "pip_audit", distribution="pip-audit", driver="pipeline_mcp.tools.pip_audit_run"
    ),
    command=command,
    parse=parse,
    cost=Cost(startup=0.5, per_kib=0.2),
    # New vulnerabilities become known every day.
    cacheable=False,
    samples=(
        Sample(
            title="a requirement without an exact version",
            files={"requirements.txt": "# what we need\nrequests>=2\n"},
            expected=(("requirements.txt", "not-audited", 2),),
        ),
    ),
)
