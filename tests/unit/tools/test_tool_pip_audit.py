"""pip-audit against an advisory service on this machine, and without one."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError, ToolSkippedError
from pipeline_mcp.tools import pip_audit
from pipeline_mcp.tools.contract import Completed, Job

REPORTS = """{"dependencies": [{"name": "flask", "version": "0.5", "vulns": [{"id": "CVE-1", \
"fix_versions": ["0.12.3", "1.0"], "aliases": ["GHSA-test"], "description": "Bad thing"}]}, \
{"name": "nowhere", "skip_reason": "Dependency not found on PyPI and could not be audited: \
nowhere (1.0)"}], "fixes": []}
{"dependencies": [{"name": "flask", "version": "0.6", "vulns": []}], "fixes": []}
"""
UNREACHABLE = """WARNING:pip_audit._cli:--no-deps is supported, but users are encouraged to hash
Traceback (most recent call last):
  File "requests/adapters.py", line 729, in send
    raise ConnectionError(e, request=request)
requests.exceptions.ConnectionError: HTTPSConnectionPool(host='pypi.org', port=443): Max retries
"""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "requirements.txt").write_text("Flask==0.5\nnowhere==1.0\nsix>=1\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\n\nflask==0.6\n")
    return Job(tmp_path, ("requirements-dev.txt", "requirements.txt"), tmp_path)


def test_a_vulnerability_stands_where_the_version_is_pinned(job: Job) -> None:
    vulnerable, skipped, unpinned = pip_audit.parse(job, Completed(0, REPORTS, ""))
    assert (vulnerable.path, vulnerable.line) == ("requirements.txt", 1)
    assert (vulnerable.rule, vulnerable.severity) == ("CVE-1", Severity.ERROR)
    assert vulnerable.message == (
        "flask 0.5 is vulnerable (GHSA-test); fixed in 0.12.3, 1.0. Bad thing"
    )
    assert (skipped.line, skipped.rule, skipped.severity) == (2, "not-audited", Severity.INFO)
    assert (unpinned.line, unpinned.rule) == (3, "not-audited")


def test_an_unreachable_service_is_no_failure_of_the_repository(job: Job) -> None:
    with pytest.raises(ToolSkippedError, match="advisory service could not be reached"):
        list(pip_audit.parse(job, Completed(1, "", UNREACHABLE)))


@pytest.mark.parametrize(
    "completed",
    [
        Completed(2, "", "usage: pip-audit"),
        Completed(1, "", "ERROR:pip_audit._cli:package x has duplicate requirements"),
        Completed(0, "No known vulnerabilities found", ""),
        Completed(0, REPORTS.split("\n", maxsplit=1)[0] + "\n", ""),
        Completed(0, REPORTS.replace('"0.6"', '"0.7"'), ""),
    ],
)
def test_unreadable_output_is_a_tool_error(job: Job, completed: Completed) -> None:
    with pytest.raises(ToolOutputError):
        list(pip_audit.parse(job, completed))


def test_nothing_is_resolved_or_built_and_the_tree_stays_as_it_is(job: Job) -> None:
    command = pip_audit.command(job)
    assert {"--no-deps", "--disable-pip"} <= set(command)
    files = command[command.index("--") + 1 :]
    assert [Path(file).read_text() for file in files] == [
        "flask==0.5\nnowhere==1.0\n",
        "flask==0.6\n",
    ]


class Advisories(BaseHTTPRequestHandler):
    """Speaks OSV: flask is vulnerable in every version, nothing else is."""

    def do_POST(self) -> None:
        package = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]
        answer = {"vulns": [VULNERABILITY]} if package["name"] == "flask" else {}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


VULNERABILITY = {
    "id": "GHSA-xxxx",
    "aliases": ["CVE-2018-1"],
    "summary": "Memory\nexhaustion",
    "affected": [
        {
            "package": {"name": "flask", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.12.3"}]}],
        }
    ],
}


@pytest.fixture
def service() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Advisories) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_the_real_tool_audits_every_pinned_version(
    run_adapter: Callable[..., list[Finding]], service: str
) -> None:
    files = {
        "requirements.txt": "six==1.0\nFlask==0.5 --hash=sha256:00\n",
        "requirements-dev.txt": "-r requirements.txt\nflask==0.6\n",
        "requirements/é x.txt": b"\xffsix==1.0\r\nflask==0.5\r\n",
    }
    found = run_adapter(
        pip_audit.TOOL,
        files,
        arguments=("--vulnerability-service=osv", f"--osv-url={service}"),
    )
    assert [(item.path, item.line, item.rule) for item in found] == [
        ("requirements-dev.txt", 2, "CVE-2018-1"),
        ("requirements.txt", 2, "CVE-2018-1"),
        ("requirements/é x.txt", 1, "not-audited"),
        ("requirements/é x.txt", 2, "CVE-2018-1"),
    ]
    assert "fixed in 0.12.3" in found[0].message


def test_the_real_tool_gives_up_soon_without_its_service(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(ToolSkippedError, match="ConnectionError"):
            run_adapter(
                pip_audit.TOOL,
                {"requirements.txt": "six==1.0\n"},
                arguments=("--vulnerability-service=osv", f"--osv-url={address}"),
            )
