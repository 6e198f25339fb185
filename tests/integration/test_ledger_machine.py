"""Whatever happens in whatever order, the ledger keeps its promises.

A session's life as a machine of small steps: messages that arrive late, twice or never, workers
that die, freeze and come back, leases that run out, cancellation, and the reconciler in between.
After every step the promises are checked; at the end everything must come to an end.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from fixtures import ledger
from fixtures.ledger import Network
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import claims
from pipeline_mcp.db.claims import Claim
from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.locks import try_lock
from pipeline_mcp.db.tables import finding, outbox, session, unit
from pipeline_mcp.domain.session import FINAL_STATUSES, SessionRequest, SessionStatus
from pipeline_mcp.domain.unit import INCOMPLETE_OUTCOMES, Outcome, UnitResult
from pipeline_mcp.scanning.close import close_scan, finish
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.reconcile import reconcile
from pipeline_mcp.sessions.submit import submit

OUTCOMES = st.sampled_from([Outcome.OK, Outcome.OK, Outcome.TIMEOUT, Outcome.SKIPPED])
_MOST_ROUNDS = 60
_MOST_SESSIONS = 3


class Ledger(RuleBasedStateMachine):
    """The model: what was sent, who holds which claim, and what has become final."""

    network = Network()

    def __init__(self) -> None:
        super().__init__()
        Ledger.network = Network()
        ledger.empty()
        self.accepted: dict[str, int] = {}
        self.held: list[Claim] = []
        self.newest: dict[tuple[str, str], int] = {}
        self.found: dict[tuple[str, str], int] = {}
        self.final: dict[str, str] = {}
        self.begun_at_the_end: dict[str, int] = {}

    @initialize(count=st.integers(1, 3))
    def begin(self, count: int) -> None:
        """One session is at work already: what follows is more interesting."""
        self.accept(count)
        self._handle(*self.network.messages.pop())
        for message in list(self.network.messages):
            self._handle(*message)

    @precondition(lambda self: len(self.accepted) < _MOST_SESSIONS)
    @rule(count=st.integers(0, 3))
    def accept(self, count: int) -> None:
        self.accepted[submit(SessionRequest("/w", "here"))] = count

    @precondition(lambda self: self.network.messages)
    @rule(data=st.data(), again=st.booleans())
    def deliver(self, data: st.DataObject, again: bool) -> None:
        """A message arrives; one that may arrive again stays."""
        message = data.draw(st.sampled_from(sorted(self.network.messages)))
        if not again:
            self.network.messages.remove(message)
        self._handle(*message)

    @precondition(lambda self: self.network.messages)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        self.network.messages.remove(data.draw(st.sampled_from(sorted(self.network.messages))))

    @rule(loses=st.booleans())
    def broker_goes_or_comes(self, loses: bool) -> None:
        """It may lose all that it had."""
        self.network.is_away = not self.network.is_away
        if loses:
            self.network.messages.clear()

    @precondition(lambda self: self.held)
    @rule(data=st.data(), outcome=OUTCOMES, found=st.integers(0, 2), again=st.booleans())
    def complete(self, data: st.DataObject, outcome: Outcome, found: int, again: bool) -> None:
        """A result comes, perhaps from an owner who was given up long ago, perhaps twice."""
        done = self._pick(data)
        if not again:
            self.held.remove(done)
        self._complete(done, outcome, found)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def somebody_takes_over(self, data: st.DataObject) -> None:
        """From an owner who is too slow, and does not know it."""
        late = self._pick(data).unit
        ledger.let_leases_run_out(late.session_id, late.key)
        self._claim(late.session_id, late.key)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def heartbeat(self, data: st.DataObject) -> None:
        mine = self._pick(data)
        with transaction() as connection:
            is_ours = claims.extend(connection, mine, lease_seconds=ledger.LEASE_SECONDS)
        if is_ours:
            assert self._is_newest(mine)
            assert self.final.get(mine.unit.session_id) != SessionStatus.CANCELLED

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def worker_dies(self, data: st.DataObject) -> None:
        self.held.remove(self._pick(data))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def lease_runs_out(self, data: st.DataObject) -> None:
        late = self._pick(data).unit
        ledger.let_leases_run_out(late.session_id, late.key)

    @rule()
    def time_passes(self) -> None:
        ledger.let_time_pass()

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        """The chord's body and the cleanup arrive, perhaps much too early."""
        session_id = data.draw(st.sampled_from(list(self.accepted)))
        close_scan(session_id)
        finish(session_id)

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        assert cancel(data.draw(st.sampled_from(list(self.accepted)))).is_final

    @rule()
    def reconcile(self) -> None:
        reconcile()

    @rule()
    def reconcile_while_somebody_else_does(self) -> None:
        with try_lock("reconcile", seconds=60) as is_ours:
            assert is_ours
            assert reconcile().is_nothing

    @invariant()
    def what_is_final_stays(self) -> None:
        for row in ledger.rows_of(session):
            if row["status"] in FINAL_STATUSES:
                assert self.final.setdefault(row["id"], row["status"]) == row["status"]
            else:
                assert row["id"] not in self.final

    @invariant()
    def what_is_over_begins_nothing(self) -> None:
        begun = Counter[str]()
        for row in ledger.rows_of(unit):
            begun[row["session_id"]] += row["attempt"]
        for session_id in self.final:
            assert (
                self.begun_at_the_end.setdefault(session_id, begun[session_id])
                == (begun[session_id])
            )

    @invariant()
    def each_finding_is_stored_once(self) -> None:
        stored = Counter((row["session_id"], row["unit_key"]) for row in ledger.rows_of(finding))
        assert stored == Counter({key: count for key, count in self.found.items() if count})

    @invariant()
    def only_what_is_complete_has_passed(self) -> None:
        rows = ledger.rows_of(unit)
        for session_id, status in self.final.items():
            if status in (SessionStatus.PASSED, SessionStatus.FAILED):
                ran = [row["outcome"] for row in rows if row["session_id"] == session_id]
                assert len(ran) == self.accepted[session_id]
                assert None not in ran
                assert INCOMPLETE_OUTCOMES.isdisjoint(ran)

    @invariant()
    def what_was_accepted_is_written_down(self) -> None:
        assert {row["session_id"] for row in ledger.rows_of(outbox)} == set(self.accepted)

    def teardown(self) -> None:
        """The broker is back and the workers work: everything ends."""
        self.network.is_away = False
        for _ in range(_MOST_ROUNDS):
            if all(row["status"] in FINAL_STATUSES for row in ledger.rows_of(session)):
                break
            self._quieten()
        statuses = {row["id"]: row["status"] for row in ledger.rows_of(session)}
        assert set(statuses) == set(self.accepted)
        assert set(statuses.values()) <= FINAL_STATUSES
        self.what_is_final_stays()
        self.each_finding_is_stored_once()
        self.only_what_is_complete_has_passed()

    def _quieten(self) -> None:
        ledger.let_leases_run_out()
        ledger.let_time_pass()
        reconcile()
        while self.network.messages:
            self._handle(*self.network.messages.pop())
        while self.held:
            self._complete(self.held.pop(), Outcome.OK, 1)

    def _handle(self, kind: str, session_id: str, *key: str) -> None:
        if kind == "unit":
            self._claim(session_id, *key)
            return
        ledger.take_snapshot(session_id)
        for each in ledger.plan(session_id, self.accepted[session_id]):
            self.network.messages.append(("unit", session_id, each))

    def _claim(self, session_id: str, key: str) -> None:
        taken = ledger.claim(session_id, key)
        if taken is None:
            return
        assert session_id not in self.final
        assert (session_id, key) not in self.found
        self.newest[session_id, key] = taken.attempt
        if taken.tries > settings().max_attempts:
            assert ledger.complete(taken, UnitResult(Outcome.TOOL_ERROR))
        else:
            self.held.append(taken)

    def _complete(self, done: Claim, outcome: Outcome, found: int) -> None:
        if not ledger.complete(done, UnitResult(outcome), found):
            return
        key = (done.unit.session_id, done.unit.key)
        assert self._is_newest(done)
        assert key not in self.found
        self.found[key] = found

    def _is_newest(self, mine: Claim) -> bool:
        return self.newest[mine.unit.session_id, mine.unit.key] == mine.attempt

    def _pick(self, data: Any) -> Claim:
        return self.held[data.draw(st.integers(0, len(self.held) - 1))]  # type: ignore[no-any-return]


@pytest.mark.usefixtures("database")
def test_the_ledger_keeps_its_promises() -> None:
    with ledger.connected_to(lambda: Ledger.network):
        ledger.run_machine(Ledger, sqlite=50, postgres=12)
