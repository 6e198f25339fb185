"""What this process passes on to the programs it starts."""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path

import platformdirs

# Everything else (tokens, proxies, cloud credentials, PYTHONPATH …) stays with us.
_PASSED_ON = ("TZ", "SYSTEMROOT", "LD_LIBRARY_PATH", "SSL_CERT_FILE")

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")

# Where packages come from: what pip and its libraries read.
_PACKAGE_INDEX = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CERT"),
    *("PIP_CONSTRAINT", "PIP_DEFAULT_TIMEOUT", "PIP_CONFIG_FILE", "PIP_PROXY", "PIP_NO_INDEX"),
    *_PROXIES,
    *("REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"),
)

# Who commits, how it is signed, and where git's configuration says so.
_COMMITTER = (
    *("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
    *("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "EMAIL", "USER", "LOGNAME", "TZ"),
    *("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE"),
    *("GNUPGHOME", "GPG_TTY", "GPG_AGENT_INFO", "SSH_AUTH_SOCK"),
)

# How the operator's machine reaches other hosts.
_NETWORK = (
    *_PROXIES,
    *("ALL_PROXY", "all_proxy", "SSL_CERT_FILE", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT"),
)

# Compiled tools decode file names by it; with the operator's `C` they garble what is not ASCII.
_LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"


def search_path() -> str:
    """Where programs are looked for: beside this interpreter first, then the operator's PATH."""
    beside = str(Path(sys.executable).parent)
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    # A relative entry, or an empty one, would find programs in an untrusted working directory.
    return os.pathsep.join([beside, *(entry for entry in entries if Path(entry).is_absolute())])


def git_environment() -> dict[str, str]:
    """The environment of git: no configuration but the repository's, nothing that asks or fetches.

    Without a home no personal ignore file counts either: a snapshot depends on its workspace
    alone, whoever takes it.
    """
    return {
        "PATH": search_path(),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        # A partial clone fetches a missing .gitignore through whatever its configuration names.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }


def committer_environment() -> dict[str, str]:
    """The environment of git when it commits for the operator: with his identity and his keys."""
    ours = {name: os.environ[name] for name in _COMMITTER if name in os.environ}
    return ours | {"PATH": search_path(), "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def network_environment() -> dict[str, str]:
    """What git needs besides that to reach a remote as the operator does; nothing asks anybody."""
    ours = {name: os.environ[name] for name in _NETWORK if name in os.environ}
    # Empty is "none", where unset would be "whatever the configuration names".
    return ours | {"GIT_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never"}


def tool_environment(scratch: Path) -> dict[str, str]:
    """The environment of a tool: an allow-list, with home, temporary and caches in `scratch`."""
    home = str(scratch)
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return environment | {
        "PATH": search_path(),
        "LANG": _LOCALE,
        "LC_ALL": _LOCALE,
        "HOME": home,
        "TMPDIR": home,
        "XDG_CACHE_HOME": home,
        "XDG_CONFIG_HOME": home,
        # A user-site installation must stay importable although HOME is elsewhere.
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
        # One thread each for tools in Go and Rust: Celery schedules, tools do not compete.
        "GOMAXPROCS": "1",
        "RAYON_NUM_THREADS": "1",
    }


def packaging_environment(scratch: Path, *, offline: bool) -> dict[str, str]:
    """The environment of a trusted project's build: that of a tool, and where packages come from.

    An index may have its password in its address, so nothing that is not trusted may see this.
    """
    environment = tool_environment(scratch)
    environment |= {name: os.environ[name] for name in _PACKAGE_INDEX if name in os.environ}
    personal = Path(platformdirs.user_config_dir("pip"), "pip.conf")
    if personal.is_file():
        environment.setdefault("PIP_CONFIG_FILE", str(personal))
    if offline:
        environment["PIP_NO_INDEX"] = "1"
    return environment | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def set_variables(**variables: str) -> None:
    """Set variables of this very process, for libraries that take a setting from nowhere else."""
    os.environ.update(variables)
