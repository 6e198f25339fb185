"""What the environment says of where this process runs: names of variables, never values."""

from __future__ import annotations

import os

# The services of continuous integration, each by the variable that it alone sets.
_CI = {
    "GITHUB_ACTIONS": "GitHub Actions",
    "GITLAB_CI": "GitLab CI",
    "JENKINS_URL": "Jenkins",
    "BUILDKITE": "Buildkite",
    "CIRCLECI": "CircleCI",
    "TRAVIS": "Travis CI",
    "TF_BUILD": "Azure Pipelines",
    "TEAMCITY_VERSION": "TeamCity",
    "BITBUCKET_BUILD_NUMBER": "Bitbucket Pipelines",
    "CODEBUILD_BUILD_ID": "AWS CodeBuild",
    "DRONE": "Drone",
    "WOODPECKER_CI": "Woodpecker",
}
_NO = ("", "0", "false", "no")


def ci_service() -> tuple[str, str] | None:
    """The service's name and the variable that gives it away, or None."""
    for variable, service in _CI.items():
        if os.environ.get(variable, "").lower() not in _NO:
            return service, variable
    if os.environ.get("CI", "").lower() not in _NO:
        return "an unknown service", "CI"
    return None


def container_variables() -> tuple[str, ...]:
    """The variables that only a container or a pod has."""
    known = ("KUBERNETES_SERVICE_HOST", "container")
    return tuple(name for name in known if os.environ.get(name))
