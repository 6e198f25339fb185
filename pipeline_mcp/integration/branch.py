"""On which branch the commit may be: never on one where people work."""

from __future__ import annotations

from pipeline_mcp.config.document import shown
from pipeline_mcp.integration.errors import IntegrationError
from pipeline_mcp.workspace.git import WorkTree

HEADS = "refs/heads/"
_LONGEST = 200
_OTHER = "Name another one with --branch (`branch`)."


def branch_for(session_id: str) -> str:
    """The branch where nobody names one."""
    return f"pipeline-mcp/{session_id.rpartition('-')[2]}"


def expect_name(tree: WorkTree, name: str, *, option: str) -> None:
    """Refuse what git does not take for a branch.

    Raises:
        IntegrationError: the name is none.
    """
    asked = ("check-ref-format", f"{HEADS}{name}")
    is_wrong = (
        not 0 < len(name) <= _LONGEST
        or name.startswith(("-", "refs/"))
        or name == "HEAD"
        or not name.isprintable()
        or tree.run(*asked, directory=tree.root).returncode != 0
    )
    if is_wrong:
        raise IntegrationError(
            f"--{option}: {shown(name)!r} is no name that git allows for a branch.",
            next_step="Names such as fixes/lint are allowed: no spaces, no `..`, no `~^:?*[`.",
        )


def expect_target(tree: WorkTree, branch: str, *, base: str, remote: str) -> None:
    """Refuse the base, the remote's default branch, and whatever is checked out anywhere.

    Raises:
        IntegrationError: the branch is one of them.
    """
    named = shown(branch)
    if branch == base:
        raise IntegrationError(f"{named} is the base: fixes go beside it.", next_step=_OTHER)
    if branch == _default(tree, remote):
        raise IntegrationError(f"{named} is the default branch of {remote}.", next_step=_OTHER)
    head = _said(tree, "symbolic-ref", "--quiet", "HEAD")
    asked = ("for-each-ref", "--format=%(worktreepath)", f"{HEADS}{branch}")
    if head == f"{HEADS}{branch}" or _said(tree, *asked):
        raise IntegrationError(
            f"{named} is checked out, and what is checked out is not changed.", next_step=_OTHER
        )


def tip_of(tree: WorkTree, branch: str) -> str | None:
    """The commit of a local branch; None where there is no such branch."""
    asked = ("rev-parse", "--verify", "--quiet", f"{HEADS}{branch}^{{commit}}")
    return _said(tree, *asked) or None


def base_of(tree: WorkTree, remote: str) -> str:
    """The branch that is checked out, or else the remote's default as far as it is known here."""
    head = _said(tree, "symbolic-ref", "--quiet", "HEAD")
    return head.removeprefix(HEADS) or _default(tree, remote)


def others(branch: str, where: str = "") -> IntegrationError:
    """The branch has what is not ours."""
    return IntegrationError(
        f"The branch {shown(branch)}{where} has commits that this program did not make, and they "
        "are not written over.",
        next_step=_OTHER,
    )


def _default(tree: WorkTree, remote: str) -> str:
    prefix = f"refs/remotes/{remote}/"
    said = _said(tree, "symbolic-ref", "--quiet", f"{prefix}HEAD")
    return said.removeprefix(prefix) if said.startswith(prefix) else ""


def _said(tree: WorkTree, *arguments: str) -> str:
    return tree.run(*arguments, directory=tree.root).stdout.decode("utf-8", "replace").strip()
