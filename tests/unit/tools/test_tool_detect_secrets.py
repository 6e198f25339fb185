"""What detect-secrets finds, and that a secret never gets into a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools import detect_secrets
from pipeline_mcp.tools.contract import Completed, Job

# In parts, so that this file is no finding itself.
KEY = "AKIAIOSFODNN7EXAMPLQ"
HASH = "cd32de16c90473e475b05e0c5f0281449a69db79"

REPORT = """{
  "version": "1.5.0",
  "plugins_used": [{"name": "AWSKeyDetector"}],
  "filters_used": [],
  "results": {
    "nl\\nx.py": [
      {
        "type": "AWS Access Key",
        "filename": "nl\\nx.py",
        "hashed_secret": "HASH",
        "is_verified": false,
        "line_number": 1
      },
      {
        "type": "Secret Keyword",
        "filename": "nl\\nx.py",
        "hashed_secret": "741f05efe75f3095f92f3d02b94a075ff4aaa47e",
        "is_verified": false,
        "line_number": 2
      }
    ]
  },
  "generated_at": "2026-11-24T21:39:57Z"
}""".replace("HASH", HASH)


def test_known_formats_are_errors_and_guesses_are_warnings(tmp_path: Path) -> None:
    (tmp_path / "nl\nx.py").write_text("")
    job = Job(tmp_path, ("nl\nx.py",), tmp_path)
    found = list(detect_secrets.parse(job, Completed(0, REPORT, "")))
    assert [(item.path, item.line, item.rule, item.severity) for item in found] == [
        ("nl\nx.py", 1, "aws-access-key", Severity.ERROR),
        ("nl\nx.py", 2, "secret-keyword", Severity.WARNING),
    ]


@pytest.mark.parametrize(
    "completed",
    [Completed(0, "", ""), Completed(1, REPORT, ""), Completed(0, REPORT.replace("nl", "x"), "")],
)
def test_unreadable_output_is_a_tool_error(
    make_job: Callable[..., Job], completed: Completed
) -> None:
    with pytest.raises(ToolOutputError):
        list(detect_secrets.parse(make_job("nl\nx.py"), completed))


def test_neither_the_secret_nor_its_hash_is_said(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    (found,) = run_adapter(detect_secrets.TOOL, {"a.py": f"k = '{KEY}'\r\n"})
    assert KEY not in repr(found)
    assert HASH not in repr(found)


def test_odd_files_are_searched_or_named(run_adapter: Callable[..., list[Finding]]) -> None:
    files = {
        "-x.py": f"k = '{KEY}'\n",
        ".env": f"K={KEY}\n",
        "latin.txt": f"\xe9 '{KEY}'\n".encode("latin-1"),
        "binary.bin": b"\0\xff\xfe",
        "empty": b"",
    }
    found = [(item.path, item.rule) for item in run_adapter(detect_secrets.TOOL, files)]
    assert found == [
        ("-x.py", "aws-access-key"),
        (".env", "aws-access-key"),
        ("latin.txt", "not-checked"),
    ]


def test_the_baseline_of_the_repository_counts(run_adapter: Callable[..., list[Finding]]) -> None:
    baseline = {"results": {"a.py": [{"type": "AWS Access Key", "hashed_secret": HASH}]}}
    files = {
        "a.py": f"k = '{KEY}'\n",
        "b.py": f"k = '{KEY}'\n",
        ".secrets.baseline": json.dumps(baseline, indent=1),
    }
    found = run_adapter(detect_secrets.TOOL, files)
    assert {item.path for item in found if item.rule == "aws-access-key"} == {"b.py"}


def test_a_broken_baseline_is_a_tool_error(run_adapter: Callable[..., list[Finding]]) -> None:
    with pytest.raises(ToolOutputError, match=r"\.secrets\.baseline"):
        run_adapter(detect_secrets.TOOL, {"a.py": "", ".secrets.baseline": "[]"})
