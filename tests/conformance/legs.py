"""The four runs of the suite: two servers, two revisions."""

from __future__ import annotations

from conformance.node import HERE
from conformance.report import Verdicts
from conformance.servers import bare_server, server_with_fixtures
from conformance.suite import REVISIONS, run_suite


def run_all() -> Verdicts:
    """Run each revision against each server; only what the baselines name may fail."""
    verdicts = {}
    with bare_server() as server:
        for revision in REVISIONS:
            baseline = HERE / f"bare-{revision}.yml"
            verdicts["bare", revision] = run_suite(server.url, revision, baseline)
    with server_with_fixtures() as server:
        for revision in REVISIONS:
            baseline = HERE / "with-fixtures.yml"
            verdicts["with fixtures", revision] = run_suite(server.url, revision, baseline)
    return verdicts
