"""Whatever happens in whatever order, the rows of fixes and the files keep their promises.

Whoever fixes may have looked long ago, die at any transaction, and be there twice; sessions are
cancelled in between, patches brought and taken back. After every step the promises are checked.
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import pytest
from fixtures import fix_ledger, ledger
from fixtures.fix_ledger import NEW, OLD, DeathError
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import applications
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.tables import application, candidate, fix_step, patch, session
from pipeline_mcp.domain.application import Direction, Wish
from pipeline_mcp.domain.session import FINAL_STATUSES
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.fixing.situation import Situation, situation
from pipeline_mcp.scanning.close import finish
from pipeline_mcp.sessions.applying import begin
from pipeline_mcp.sessions.bringing import bring
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.reconcile import reconcile

DEATHS = st.one_of(st.none(), st.integers(1, 3))
GUILTY = st.frozensets(st.sampled_from(["1-1", "1-2", "2-1", "2-2"]))
OUTCOMES = st.sampled_from([Outcome.OK, Outcome.OK, Outcome.OK, Outcome.TOOL_ERROR])
_MOST_SEEN = 4
# How many steps were taken already: some, or all until the cleanup.
_ALL = 60
DONE = st.one_of(st.integers(0, 12), st.just(_ALL))
_MOST_ROUNDS = 60
_FIXES = (candidate, fix_step, patch)


class Fixes(RuleBasedStateMachine):
    """One session that fixes; `seen` is what those who work on it know, or knew."""

    root = Path()
    numbers = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        ledger.empty()
        self.workspace = Fixes.root / f"{next(Fixes.numbers)}"
        self.seen: list[Situation] = []
        self.at_the_end: list[Any] | None = None
        self.is_asked = False
        self.was_broken = False

    @initialize(apply=st.booleans(), guilty=GUILTY, done=DONE, is_cancelled=st.booleans())
    def accept(self, apply: bool, guilty: frozenset[str], done: int, is_cancelled: bool) -> None:
        """It is at work already, and somebody has looked on: what follows is more interesting."""
        self.guilty = guilty
        self.session_id = fix_ledger.accept(self.workspace, apply=apply, guilty=guilty)
        for number in range(done):
            if situation(self.session_id) is None:
                break
            if number % 2:
                self.scan(Outcome.OK)
            else:
                self.somebody_goes_on()
            self.look()
        if done == _ALL:
            self.end(None, False)
            self.bring(1, True)  # he has taken it up, and has written nothing
        if is_cancelled:
            self.cancel(True)

    @precondition(lambda self: self.at_the_end is None)
    @rule()
    def look(self) -> None:
        now = situation(self.session_id)
        if now is not None:
            self.seen = [*self.seen, now][-_MOST_SEEN:]

    @precondition(lambda self: self.at_the_end is None)
    @rule()
    def somebody_goes_on(self) -> None:
        """He has looked just now; what others have seen grows old."""
        self.look()
        now = situation(self.session_id)
        if now is not None:
            fix_ledger.act(now)

    @precondition(lambda self: self.at_the_end is None)
    @rule(outcome=OUTCOMES)
    def somebody_goes_on_and_scans(self, outcome: Outcome) -> None:
        self.somebody_goes_on()
        self.scan(outcome)

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), death=DEATHS, is_committed=st.booleans())
    def act(self, data: st.DataObject, death: int | None, is_committed: bool) -> None:
        """Somebody does what he thinks is to be done, perhaps again, perhaps to his death."""
        try:
            with fix_ledger.dying(death, is_committed=is_committed):
                fix_ledger.act(self._pick(data))
        except DeathError:
            return

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def act_late(self, data: st.DataObject) -> None:
        """As `act`, and he lives."""
        fix_ledger.act(self._pick(data))

    @precondition(lambda self: self.at_the_end is None)
    @rule(outcome=OUTCOMES)
    def scan(self, outcome: Outcome) -> None:
        self.was_broken |= outcome is not Outcome.OK
        fix_ledger.scan(self.session_id, outcome)

    @rule(death=DEATHS, is_committed=st.booleans())
    def end(self, death: int | None, is_committed: bool) -> None:
        """The cleanup arrives, perhaps much too early."""
        try:
            with fix_ledger.dying(death, is_committed=is_committed):
                if begin(self.session_id) is None:
                    finish(self.session_id)
        except DeathError:
            return

    @rule(death=DEATHS, is_committed=st.booleans())
    def bring(self, death: int | None, is_committed: bool) -> None:
        """Its message arrives, perhaps late, or again."""
        try:
            with fix_ledger.dying(death, is_committed=is_committed):
                bring(self.session_id)
        except DeathError:
            return

    @precondition(lambda self: self.at_the_end is not None)
    @rule(direction=st.sampled_from(Direction))
    def somebody_asks(self, direction: Direction) -> None:
        self.is_asked = True
        with transaction() as connection:
            applications.want(connection, self.session_id, Wish(direction))

    @precondition(lambda self: self.seen and self.at_the_end is None)
    @rule(really=st.sampled_from([False, False, False, True]))
    def cancel(self, really: bool) -> None:
        """It goes on often enough, or nothing else would be tried."""
        if really:
            assert cancel(self.session_id).is_final

    @precondition(lambda self: self.at_the_end is None)
    @rule()
    def reconcile_after_a_while(self) -> None:
        ledger.let_time_pass()
        reconcile()

    @invariant()
    def what_is_final_stays(self) -> None:
        row = self._row()
        if row is None or row["status"] not in FINAL_STATUSES:
            assert self.at_the_end is None
            return
        rows = [row["status"], *(ledger.rows_of(table) for table in _FIXES)]
        if self.at_the_end is None:
            self.at_the_end = rows
        assert rows == self.at_the_end

    @invariant()
    def a_step_stays_only_if_it_makes_nothing_worse(self) -> None:
        accepted = set()
        for one in ledger.rows_of(fix_step):
            name = f"{one['round']}-{one['number']}"
            if one["state"] == "accepted":
                accepted.add(name)
                assert name not in self.guilty
            elif one["state"] == "rejected" and not self.was_broken:
                assert name in self.guilty
        made = ledger.rows_of(patch)
        assert (made[0]["fixed"] if made else 0) == len(accepted)

    @invariant()
    def the_patch_is_a_candidate_that_was_scanned_and_is_good(self) -> None:
        good = {
            one["snapshot_id"]: one for one in ledger.rows_of(candidate) if one["verdict"] == "good"
        }
        for made in ledger.rows_of(patch):
            row = self._row()
            assert row is not None
            assert good[made["snapshot_id"]]["cycle"] == row["good_cycle"]

    @invariant()
    def the_files_are_what_the_journal_says(self) -> None:
        if self._row() is None:
            return
        there = {path: (self.workspace / path).read_bytes() for path in OLD}
        assert {file.name for file in self.workspace.iterdir()} == set(OLD)
        done = next(iter(ledger.rows_of(application)), None)
        for path, content in there.items():
            said = done["journal"].get(path) if done else None
            if said is None:
                assert content == OLD[path]
            assert content in (OLD[path], NEW[path])
            if said == "applied" and done["state"] == "done":
                assert content == NEW[path]

    @invariant()
    def what_was_cancelled_before_it_was_applied_is_not_applied(self) -> None:
        row = self._row()
        if row is None or row["status"] != "cancelled" or self.is_asked:
            return
        journals = [set(one["journal"]) for one in ledger.rows_of(application)]
        self.intended = getattr(self, "intended", journals)
        assert all(now <= then for now, then in zip(journals, self.intended, strict=False))

    def teardown(self) -> None:
        """Whoever comes now lives: everything ends, and what was begun is continued."""
        for _ in range(_MOST_ROUNDS):
            row = self._row()
            if row is None or row["status"] in FINAL_STATUSES:
                break
            now = situation(self.session_id)
            if now is not None:
                fix_ledger.act(now)
            fix_ledger.scan(self.session_id, Outcome.OK)
            self.end(None, False)
            bring(self.session_id)
        row = self._row()
        if row is None:
            return
        assert row["status"] in FINAL_STATUSES
        bring(self.session_id)
        self.what_is_final_stays()
        self.the_files_are_what_the_journal_says()
        with transaction() as connection:
            applications.want(connection, self.session_id, Wish(Direction.UNDO))
        bring(self.session_id)
        assert {path: (self.workspace / path).read_bytes() for path in OLD} == OLD

    def _pick(self, data: st.DataObject) -> Situation:
        return self.seen[data.draw(st.integers(0, len(self.seen) - 1))]

    def _row(self) -> Any:
        return next(iter(ledger.rows_of(session)), None)


@pytest.mark.usefixtures("database")
def test_the_rows_of_fixes_keep_their_promises() -> None:
    with (
        tempfile.TemporaryDirectory(dir=settings().state_dir) as root,
        ledger.connected_to(ledger.Network),
        fix_ledger.made_up(),
    ):
        Fixes.root = Path(root)
        ledger.run_machine(Fixes, sqlite=24, postgres=6)
