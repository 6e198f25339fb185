"""What kind of place this is: a pod, a container, continuous integration, or somebody's machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.config.surroundings import ci_service, container_variables

_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_CGROUP = Path("/proc/1/cgroup")
_RUNTIMES = ("docker", "kubepods", "containerd", "libpod", "lxc", "crio")


@dataclass(frozen=True, slots=True)
class Place:
    """`kind` is kubernetes, container, ci or local; `evidence` is what was really found."""

    kind: str
    evidence: tuple[str, ...]
    ci: str | None


def place() -> Place:
    """Look around."""
    pod = _pod_evidence()
    container = _container_evidence()
    ci = ci_service()
    found = (*pod, *container, *((f"the variable {ci[1]}",) if ci else ()))
    kind = "kubernetes" if pod else "container" if container else "ci" if ci else "local"
    return Place(kind, found or ("no sign of a container or of CI",), ci[0] if ci else None)


def _pod_evidence() -> tuple[str, ...]:
    found = []
    if "KUBERNETES_SERVICE_HOST" in container_variables():
        found.append("the variable KUBERNETES_SERVICE_HOST")
    if _SERVICE_ACCOUNT.is_dir():
        found.append(f"{_SERVICE_ACCOUNT}")
    return tuple(found)


def _container_evidence() -> tuple[str, ...]:
    found = [f"{mark}" for mark in _MARKS if mark.exists()]
    if "container" in container_variables():
        found.append("the variable container")
    try:
        groups = _CGROUP.read_text(encoding="utf-8", errors="replace")
    except OSError:
        groups = ""  # not Linux, or not ours to read
    runtimes = [name for name in _RUNTIMES if name in groups]
    if runtimes:
        found.append(f"{_CGROUP} names {runtimes[0]}")
    return tuple(found)
