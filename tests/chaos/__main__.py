"""`make chaos`: disturb a real cluster at random, and prove that no session is lost."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from chaos.breach import Observed, SeenTrees
from chaos.campaign import Campaign, Record
from chaos.cluster import Cluster, running_cluster
from chaos.disk import enter_own_mounts
from chaos.excuses import excuses_for
from chaos.facts import read_facts
from chaos.load import Load
from chaos.recovery import rows
from chaos.report import Outcome, as_json, text
from chaos.trees import Trees
from chaos.undisturbed import Undisturbed, run_undisturbed
from chaos.verdict import judge
from chaos.watch import Watch


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
    undisturbed = run_undisturbed(cluster)
    began = time.monotonic()
    with Watch() as watch, Trees() as trees, Load(cluster, trees, arguments.seed) as load:
        campaign = Campaign(cluster, watch, load, arguments.seed)
        campaign.play(faults=arguments.faults, sessions=arguments.sessions)
        campaign.calm(arguments.patience)
        accepted = load.accepted()
    facts = read_facts()
    breaches = judge(facts, _observed(campaign.record, watch, trees, load, undisturbed))
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
    record: Record, watch: Watch, trees: Trees, load: Load, undisturbed: Undisturbed
) -> Observed:
    copies = load.repositories.items()
    return Observed(
        accepted=[each.session_id for each in load.accepted()],
        history=watch.history,
        cancelled=record.cancelled,
        cancel_tried=frozenset(record.cancel_tried),
        expected={
            (place, answer): found
            for place, (name, _copy) in copies
            for (known, answer), found in undisturbed.findings.items()
            if known == name
        },
        excuses=excuses_for(record.struck),
        patches={place: undisturbed.patch(name, copy) for place, (name, copy) in copies},
        trees=SeenTrees(trees.written, trees.now(), trees.seen),
        undone=load.undone,
    )


if __name__ == "__main__":
    sys.exit(main())
