"""Requests about one repository, and what GitHub's refusals mean."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx2

from pipeline_mcp import __version__
from pipeline_mcp.config.document import shown
from pipeline_mcp.config.settings import Settings
from pipeline_mcp.github.errors import GitHubError, MissingTokenError, RateLimitedError
from pipeline_mcp.github.repository import Repository

# The version that GitHub and all supported versions of its Enterprise server know.
_API_VERSION = "2022-11-28"
_MOST_MESSAGE = 300
# The most that GitHub gives.
_PAGE = 100
# How long to wait where a secondary limit does not say: what GitHub asks for.
_SECONDARY_LIMIT_SECONDS = 60.0

_WHERE = "See that they exist under these names and that the token may see the repository."
_RENAMED = "If it was renamed or moved, set github.repository to where it is now."


@dataclass(frozen=True, slots=True)
class Purpose:
    """What requests are for, in the words of what is to be done when one is refused.

    `permissions` are what the token needs, `things` what may be missing, `correct` what GitHub may
    not take, `again` what to do where it is not known whether a request was heard.
    """

    permissions: str
    things: str
    correct: str
    again: str


WORKFLOWS = Purpose(
    permissions="Actions: write",
    things="the workflow or run",
    correct="Correct the workflow, the ref or the inputs.",
    again="Look at the workflow's runs before you try again: it may have been started.",
)


class Api:
    """GitHub as one repository's client sees it; made by `api`."""

    def __init__(
        self, client: httpx2.AsyncClient, repository: Repository, purpose: Purpose
    ) -> None:
        self._client = client
        self._purpose = purpose
        self.repository = repository

    async def get(self, path: str, **query: str | int) -> Any:
        """The JSON at `path` below the repository.

        Raises:
            GitHubError: there is none.
        """
        response = await self._request("GET", path, params=query)
        return _json(response)

    async def pages(self, path: str, **query: str | int) -> AsyncIterator[Any]:
        """All entries of a list, page by page.

        Raises:
            GitHubError: there is none.
        """
        for page in count(1):
            asked = {**query, "per_page": _PAGE, "page": page}
            response = await self._request("GET", path, params=asked)
            for entry in _json(response):
                yield entry
            # The address of the next page is not followed: the token goes where we say.
            if "next" not in response.links:
                return

    async def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Change what is at `path`; gives it as it is then.

        Raises:
            GitHubError: it was refused.
        """
        return _json(await self._request("PATCH", path, json=body))

    async def post(self, path: str, body: dict[str, Any]) -> tuple[Any, float]:
        """Send JSON; gives the answer's, None without one, and the time by the server's clock.

        Raises:
            GitHubError: it was refused.
        """
        response = await self._request("POST", path, json=body)
        answer = _json(response) if response.content else None
        return answer, _server_time(response)

    async def _request(self, method: str, path: str, **options: Any) -> httpx2.Response:
        url = f"/repos/{self.repository}/{path}"
        try:
            response = await self._client.request(method, url, **options)
        except httpx2.TimeoutException as error:
            said = f"no answer from {self._host} in time (github.timeout_seconds)"
            again = self._purpose.again if method == "POST" else "Try again."
            raise GitHubError(said, next_step=again) from error
        except httpx2.HTTPError as error:
            said = f"{self._host} cannot be reached ({shown(str(error), limit=_MOST_MESSAGE)})"
            raise GitHubError(said, next_step="Check github.api_url and the network.") from error
        if not response.is_success:
            raise _refusal(response, self.repository, self._purpose)
        return response

    @property
    def _host(self) -> str:
        return self._client.base_url.host


@asynccontextmanager
async def api(
    configured: Settings, repository: Repository, purpose: Purpose = WORKFLOWS
) -> AsyncIterator[Api]:
    """GitHub, or the server of `github.api_url`, as the owner of the token sees it.

    Redirects are not followed: they could take the token elsewhere.

    Raises:
        MissingTokenError: there is no token.
    """
    token = configured.github.token
    if token is None or not token.get_secret_value():
        raise MissingTokenError(purpose.permissions)
    host = urlsplit(configured.github.api_url).hostname
    async with httpx2.AsyncClient(
        base_url=configured.github.api_url,
        timeout=configured.github.timeout_seconds,
        follow_redirects=False,
        # Proxies are the operator's, but none leads to this machine itself.
        trust_env=host not in ("127.0.0.1", "localhost", "::1"),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token.get_secret_value()}",
            "User-Agent": f"pipeline-mcp/{__version__}",
            "X-GitHub-Api-Version": _API_VERSION,
        },
    ) as client:
        yield Api(client, repository, purpose)


def _refusal(response: httpx2.Response, repository: Repository, purpose: Purpose) -> GitHubError:
    status, said = response.status_code, _message(response)
    if status in (403, 429) and (seconds := _limited_for(response)) is not None:
        return RateLimitedError(seconds, status)
    if response.is_redirect:
        problem = f"{repository} is not where it was (HTTP {status})"
        return GitHubError(problem, next_step=_RENAMED, status=status)
    known = {
        401: ("the token is wrong or has expired", "Set github.token to a valid one."),
        403: (
            f"the token may not do this in {repository}: {said}",
            f"Give the token the permission {purpose.permissions} on this repository, or ask its "
            "owner.",
        ),
        404: (f"{repository}, or {purpose.things} in it, is not there", _WHERE),
        422: (f"it refuses what was sent: {said}", purpose.correct),
    }
    problem, next_step = known.get(
        status, (f"it answered with HTTP {status}: {said}", "Try again later.")
    )
    return GitHubError(problem, next_step=next_step, status=status)


def _limited_for(response: httpx2.Response) -> float | None:
    """Seconds until the next request is allowed, or None if it was no limit that refused."""
    headers = response.headers
    if (asked := _number(headers.get("retry-after"))) is not None:
        return asked
    if headers.get("x-ratelimit-remaining") == "0":
        reset = _number(headers.get("x-ratelimit-reset"))
        return _SECONDARY_LIMIT_SECONDS if reset is None else max(1.0, reset - time.time())
    is_secondary = response.status_code == 429 or "rate limit" in _message(response).lower()
    return _SECONDARY_LIMIT_SECONDS if is_secondary else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _message(response: httpx2.Response) -> str:
    """What GitHub says, on one line; repositories and workflows can be part of it."""
    try:
        answer = response.json()
        said = ": ".join([str(answer["message"]), *_details(answer.get("errors"))])
    except (ValueError, KeyError, TypeError, AttributeError):
        said = response.reason_phrase
    return shown(" ".join(str(said).split()), limit=_MOST_MESSAGE).rstrip(".")


def _details(errors: Any) -> list[str]:
    """What is wrong with which field, where GitHub says so."""
    found = [one for one in errors or () if isinstance(one, dict)]
    said = (one.get("message") or f"{one.get('field')} is {one.get('code')}" for one in found)
    return ["; ".join(map(str, said))] if found else []


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise GitHubError(
            "the answer is not JSON",
            next_step="Check that github.api_url is the address of its API.",
            status=response.status_code,
        ) from error


def _server_time(response: httpx2.Response) -> float:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(response.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return time.time()
