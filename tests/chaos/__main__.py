"""`make chaos`: disturb a real cluster at random, and prove that no session is lost."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from chaos.campaign import Campaign, Record
from chaos.cluster import Cluster, running_cluster
from chaos.disk import enter_own_mounts
from chaos.excuses import excuses_for
from chaos.facts import FindingFact, read_facts
from chaos.load import Load
from chaos.recovery import rows
from chaos.report import Outcome, as_json, text
from chaos.repositories import REPOSITORIES, write_repository
from chaos.verdict import Observed, judge
from chaos.watch import Watch

from pipeline_mcp.domain.session import RunOptions
from pipeline_mcp.sessions.follow import wait
from pipeline_mcp.sessions.resolve import resolve
from pipeline_mcp.sessions.submit import submit

_UNDISTURBED_SECONDS = 120.0


def main() -> int:
    """Run a campaign and print its result; the exit code is 1 if a rule was broken."""
    words, own_mounts = enter_own_mounts(sys.argv[1:])
    arguments = _arguments(words)
    with running_cluster(own_mounts=own_mounts, keep=arguments.keep) as cluster:
        outcome = _run(cluster, arguments)
        if arguments.keep:
            print(f"logs: {cluster.root}")
    print(text(outcome))
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(outcome), indent=1, default=str))
    return 1 if outcome.breaches else 0


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=240.0, help="for the end, seconds")
    parser.add_argument("--json", type=Path, help="write everything here as well")
    parser.add_argument("--keep", action="store_true", help="leave the logs where they are")
    return parser.parse_args(words)


def _run(cluster: Cluster, arguments: argparse.Namespace) -> Outcome:
    undisturbed = _undisturbed(cluster)
    began = time.monotonic()
    with Watch() as watch, Load(cluster, arguments.seed) as load:
        campaign = Campaign(cluster, watch, load, arguments.seed)
        campaign.play(faults=arguments.faults, sessions=arguments.sessions)
        campaign.calm(arguments.patience)
        accepted = load.accepted()
    expected = {place: undisturbed[name] for place, name in load.repositories.items()}
    facts = read_facts()
    observed = _observed(campaign.record, watch, [each.session_id for each in accepted], expected)
    breaches = judge(facts, observed)
    return Outcome(
        seed=arguments.seed,
        seconds=time.monotonic() - began,
        rows=rows(campaign.record.struck, facts, breaches),
        breaches=breaches,
        record=campaign.record,
        facts=facts,
        accepted=accepted,
        ended_by_themselves={
            each.name: each.ended_by_itself for each in cluster.programs if each.ended_by_itself
        },
    )


def _observed(
    record: Record,
    watch: Watch,
    accepted: Iterable[str],
    expected: Mapping[str, Counter[FindingFact]],
) -> Observed:
    return Observed(
        accepted=list(accepted),
        history=watch.history,
        cancelled=record.cancelled,
        cancel_tried=frozenset(record.cancel_tried),
        expected=expected,
        excuses=excuses_for(record.struck),
    )


def _undisturbed(cluster: Cluster) -> dict[str, Counter[FindingFact]]:
    """What each repository's findings are when nothing goes wrong."""
    ids = {}
    for name in REPOSITORIES:
        place = write_repository(name, cluster.root / "undisturbed" / name, copy=-1)
        options = RunOptions(path=str(place), use_cache=False, attached=False, origin="chaos")
        ids[name] = submit(resolve(options))
    for session_id in ids.values():
        status = wait(session_id, timeout=_UNDISTURBED_SECONDS).status
        assert status == "failed", f"an undisturbed run ended {status}"
    facts = read_facts()
    return {name: facts.findings[session_id] for name, session_id in ids.items()}


if __name__ == "__main__":
    sys.exit(main())
