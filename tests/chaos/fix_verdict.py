"""What must hold of fixes and of the files of the workspaces: every breach by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chaos.breach import Breach, Observed
from chaos.facts import Facts, SessionFact
from chaos.kinds import Kind

TORN = "a file that is neither old nor new"
UNASKED = "changed by nobody who may"
UNTRUE = "the files are not what the rows say"
LATE = "applied after its end"
TWICE = "applied twice"
UNLIKE = "another patch than undisturbed"
UNSETTLED = "a fix was left open"

_OPEN = "proposed"
_KEPT = "cancelled"
_DONE = "done"


def judge_fixes(facts: Facts, observed: Observed) -> Iterator[Breach]:
    """Every breach; none if all is well."""
    for workspace in observed.trees.written:
        yield from _files(facts, observed, workspace)
    for session in facts.sessions.values():
        if session.kind in (Kind.FIX, Kind.UNDONE):
            yield from _written_late(facts, session)
            yield from _settled(facts, observed, session)
            yield from _applied_once(facts, session)
            yield from _patch(facts, observed, session)
    yield from _applied_late(facts, observed)


def _files(facts: Facts, observed: Observed, workspace: str) -> Iterator[Breach]:
    """Old content, or that of a patch which somebody brought here; the journals say which."""
    owners = [each for each in facts.sessions.values() if each.workspace == workspace]
    who = owners[0].session_id if owners else workspace
    written = observed.trees.written[workspace]
    now = observed.trees.now[workspace]
    for path in sorted(set(now) ^ set(written)):
        yield Breach(UNASKED, who, f"{path} has come or gone")
    for path in sorted(set(now) & set(written)):
        new = _new_contents(facts, owners, path)
        torn = observed.trees.seen.get((workspace, path), set()) | {now[path]}
        if torn - new - {written[path]}:
            yield Breach(TORN if new else UNASKED, who, path)
        said = _said(facts, owners, path) or written[path]
        if now[path] != said:
            yield Breach(UNTRUE, who, f"{path}: the journal says otherwise")


def _new_contents(facts: Facts, owners: list[SessionFact], path: str) -> set[str]:
    """What the file may have after a patch that somebody wanted."""
    return {
        patch.changes[path][1]
        for owner in owners
        if owner.session_id in facts.fixes.applications
        and (patch := facts.fixes.patches.get(owner.session_id))
        and path in patch.changes
    }


def _said(facts: Facts, owners: list[SessionFact], path: str) -> str | None:
    """The content that a journal says was brought here, if any does."""
    for owner in owners:
        done = facts.fixes.applications.get(owner.session_id)
        if done is not None and path in done.journal:
            return facts.fixes.patches[owner.session_id].changes[path][1]
    return None


def _written_late(facts: Facts, session: SessionFact) -> Iterator[Breach]:
    patch = facts.fixes.patches.get(session.session_id)
    moments = [moment for one in facts.fixes.candidates[session.session_id] for moment in one.at]
    moments += [patch.updated_at] if patch else []
    late = [one - session.finished_at for one in moments if one > (session.finished_at or one)]
    if late:
        yield Breach(LATE, session.session_id, f"its fixes were written {max(late):.1f} s late")


def _settled(facts: Facts, observed: Observed, session: SessionFact) -> Iterator[Breach]:
    """A session that was not ended before its time has settled all that it began."""
    if session.status not in ("passed", "failed"):
        return
    left = facts.fixes.steps[session.session_id][_OPEN]
    unjudged = [one for one in facts.fixes.candidates[session.session_id] if not one.verdict]
    if left or unjudged:
        detail = f"{left} steps, {len(unjudged)} candidates"
        yield Breach(UNSETTLED, session.session_id, detail)
    patch = facts.fixes.patches.get(session.session_id)
    done = facts.fixes.applications.get(session.session_id)
    wanted = set(patch.changes) if patch and session.kind is Kind.FIX else set()
    if wanted - set(done.journal if done else ()):
        yield Breach(UNSETTLED, session.session_id, f"its patch was not applied: {done}")
    if session.session_id in observed.undone and done and done.journal:
        yield Breach(UNTRUE, session.session_id, "it was undone, and its journal is not empty")
    if done is not None and done.state != _DONE:
        yield Breach(UNSETTLED, session.session_id, f"an {done.direction} was not ended")


def _applied_once(facts: Facts, session: SessionFact) -> Iterator[Breach]:
    """The audit has an entry for every wish at most, and a wish of its own has one."""
    done = facts.fixes.applications.get(session.session_id)
    wishes = done.serial if done else 0
    told = sum(facts.fixes.done[session.session_id, action] for action in ("apply", "undo"))
    if told > wishes:
        yield Breach(TWICE, session.session_id, f"{told} entries for {wishes} wishes")


def _patch(facts: Facts, observed: Observed, session: SessionFact) -> Iterator[Breach]:
    patch = facts.fixes.patches.get(session.session_id)
    written: Mapping[str, str] = observed.trees.written.get(session.workspace, {})
    changes = patch.changes if patch else {}
    for path, (old, _new) in changes.items():
        if written and written.get(path) != old:
            yield Breach(UNLIKE, session.session_id, f"{path} was not so before")
    expected = observed.patches.get(session.workspace)
    is_disturbed = session.session_id in observed.excuses or session.status not in _CONCLUSIVE
    if expected is None or is_disturbed:
        return
    made = {path: new for path, (_old, new) in changes.items()}
    if made != dict(expected):
        wrong = sorted(path for path in {*made, *expected} if made.get(path) != expected.get(path))
        yield Breach(UNLIKE, session.session_id, ", ".join(wrong))


def _applied_late(facts: Facts, observed: Observed) -> Iterator[Breach]:
    """What a cancelled session had not begun to apply when it was cancelled stays undone."""
    for one in observed.cancelled:
        done = facts.fixes.applications.get(one.session_id)
        late = set(done.journal) - one.intended if done else set()
        if late:
            yield Breach(LATE, one.session_id, ", ".join(sorted(late)))


_CONCLUSIVE = ("passed", "failed")
