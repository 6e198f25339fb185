# shellcheck shell=bash
# What the scripts here share: the stack's own directory, and Compose in whichever form is installed.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose "$@"
    else
        docker-compose "$@"
    fi
}

# The running containers of a service, one id a line.
containers() {
    compose ps --quiet "$1"
}

# Waits until all of these containers are healthy: TIMEOUT_SECONDS CONTAINER…
healthy() {
    local until=$((SECONDS + $1)) container
    shift
    for container in "$@"; do
        while [ "$(docker inspect --format '{{.State.Health.Status}}' "$container")" = starting ]; do
            [ $SECONDS -lt "$until" ] || return 1
            sleep 1
        done
        [ "$(docker inspect --format '{{.State.Health.Status}}' "$container")" = healthy ] || return 1
    done
}
