"""detect-secrets: passwords, keys and tokens that were left in files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
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
from pipeline_mcp.tools.output import Shard, json_output

# These guess from names and randomness and are often wrong; the others know a format.
_HEURISTIC = frozenset({"Secret Keyword", "Base64 High Entropy String", "Hex High Entropy String"})

_BASELINE = ".secrets.baseline"


def command(job: Job) -> list[str]:
    """Scan the shard in one process, without asking any service whether a secret is real."""
    return ["--cores=1", "scan", "--no-verify", *job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per secret; its message never says the secret, nor its hash."""
    completed.expect(0)
    report = json_output(completed)
    shard, known = Shard(job), _baseline(job.root)
    for name, secrets in report["results"].items():
        path = shard.path(name)
        for secret in secrets:
            if (path, secret["hashed_secret"]) not in known:
                yield _finding(path, secret)
    yield from _undecodable(job)


def _finding(path: str, secret: dict[str, Any]) -> Finding:
    kind = secret["type"]
    return Finding(
        tool="detect-secrets",
        rule=re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-"),
        severity=Severity.WARNING if kind in _HEURISTIC else Severity.ERROR,
        message=f"Possible secret: {kind}",
        path=path,
        line=secret["line_number"],
    )


def _baseline(root: Path) -> frozenset[tuple[str, str]]:
    """`(path, hashed secret)` of the secrets that the repository knows of.

    Only these are taken from the file: its list of plugins and filters can name code to run.
    """
    try:
        results = json.loads((root / _BASELINE).read_text(encoding="utf-8"))["results"]
        return frozenset(
            (path, secret["hashed_secret"]) for path, found in results.items() for secret in found
        )
    except FileNotFoundError:
        return frozenset()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ToolOutputError(f"{_BASELINE} is not a baseline of detect-secrets") from error


def _undecodable(job: Job) -> Iterator[Finding]:
    """detect-secrets passes over what is not UTF-8 without a word; binary files need none."""
    for path in job.files:
        content = (job.root / path).read_bytes()
        if b"\0" not in content[:8192] and not _is_utf8(content):
            yield Finding(
                tool="detect-secrets",
                rule="not-checked",
                severity=Severity.INFO,
                message="The file is not UTF-8, so it was not searched for secrets",
                path=path,
            )


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


TOOL = Tool(
    name="detect-secrets",
    kind=Kind.SECURITY,
    summary="Passwords, keys and tokens in files",
    url="https://github.com/Yelp/detect-secrets",
    files=FilePattern(every=True),
    scope=Scope.FILE,
    executable=PythonModule("detect_secrets", distribution="detect-secrets"),
    command=command,
    parse=parse,
    config_files=(_BASELINE,),
    cost=Cost(startup=0.2, per_kib=0.004),
    samples=(
        Sample(
            title="a key of a cloud provider",
            # Written in parts, or this file would be a finding itself.
            files={"deploy.py": "region = 'eu'\nkey = '" + "AKIA" + "IOSFODNN7EXAMPLQ'\n"},
            expected=(("deploy.py", "aws-access-key", 2),),
        ),
        Sample(
            title="a secret that a comment allows",
            files={"a.py": "password = 'hunter22xyz'  # pragma: allowlist secret\n"},
            expected=(),
        ),
    ),
)
