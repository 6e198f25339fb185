"""What GitHub refuses, as one sentence and what to do about it; never with the token."""

from __future__ import annotations

from pipeline_mcp.errors import PipelineError, SettingError


class GitHubError(PipelineError):
    """GitHub refused, or could not be reached; `status` is HTTP's, None without an answer."""

    def __init__(self, problem: str, *, next_step: str, status: int | None = None) -> None:
        super().__init__(f"GitHub: {problem}.", next_step=next_step)
        self.status = status


class RateLimitedError(GitHubError):
    """Too many requests; the next one may be made after `seconds`."""

    def __init__(self, seconds: float, status: int) -> None:
        super().__init__(
            f"the rate limit is used up for another {seconds:.0f} seconds",
            next_step="Wait so long, or use a token with a higher limit.",
            status=status,
        )
        self.seconds = seconds


class MissingTokenError(SettingError):
    """There is no token to call GitHub with."""

    def __init__(self, permissions: str) -> None:
        super().__init__(
            "github.token",
            "GitHub needs a token, and none is set",
            next_step="Set PIPELINE_GITHUB__TOKEN, or the file pipeline_github__token in "
            f"PIPELINE_SECRETS_DIR, to a token with the permission {permissions}.",
        )


class DispatchError(PipelineError):
    """A parameter of a dispatch cannot be sent."""
