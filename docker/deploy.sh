#!/usr/bin/env bash
# Brings the running stack to another version: new beside old, and back again if it is not well.
set -euo pipefail
# shellcheck source=docker/compose.sh
. "$(dirname "$0")/compose.sh"

usage() {
    cat <<'END'
Usage: docker/deploy.sh VERSION [--timeout SECONDS]

Updates the running stack to the images of VERSION (docker/build.sh makes them).

The database is migrated first: migrations only add, so the old version goes on working. Then, for the
front end and for the workers, as many new containers as there are old ones are started beside them;
when all are healthy the old ones are asked to end: they finish their calls and give back their units.
If one does not become healthy within SECONDS (default: 120), the new ones are removed, the old ones
stay, and the exit code is 1.

No call fails meanwhile if clients come through the proxy (docs/deployment.md).
END
}

version=
timeout=120
while [ $# -gt 0 ]; do
    case $1 in
    --help) usage && exit 0 ;;
    --timeout) timeout=${2:?--timeout needs seconds} && shift 2 ;;
    -*) usage >&2 && exit 2 ;;
    *) version=$1 && shift ;;
    esac
done
[ -n "$version" ] || { usage >&2 && exit 2; }

for image in "${MCP_SERVER_IMAGE:-pipeline-mcp/mcp-server}" "${PIPELINE_IMAGE:-pipeline-mcp/pipeline}"; do
    docker image inspect "$image:$version" >/dev/null 2>&1 ||
        fail "there is no image $image:$version; docker/build.sh --version $version makes it"
done
export PIPELINE_VERSION=$version

# New containers of a service beside the old ones, which end when the new ones are well.
replace() {
    local service=$1 old new
    mapfile -t old < <(containers "$service")
    [ ${#old[@]} -gt 0 ] || fail "no container of $service is running; docker-compose up starts the stack"
    compose up --detach --no-deps --no-recreate --scale "$service=$((2 * ${#old[@]}))" "$service"
    mapfile -t new < <(containers "$service" | grep --invert-match --fixed-strings "$(printf '%s\n' "${old[@]}")")
    if ! healthy "$timeout" "${new[@]}"; then
        docker logs --tail 20 "${new[0]}" >&2
        docker rm --force "${new[@]}" >/dev/null
        fail "$service $version did not become healthy within $timeout s; the old version goes on"
    fi
    docker stop --time 30 "${old[@]}" >/dev/null
    docker rm "${old[@]}" >/dev/null
    echo "$service: ${#new[@]} of $version in place of ${#old[@]}"
}

# Compose reads this file: the next `up` is of the same version.
remember() {
    touch .env
    sed -i '/^PIPELINE_VERSION=/d' .env
    echo "PIPELINE_VERSION=$version" >>.env
}

compose run --rm migrations || fail "the migrations of $version failed; nothing else was changed"
# Workers first: what a new front end asks for, a new worker can do.
replace worker
replace mcp-server
remember
compose up --detach --no-deps flower
echo "The stack is at $version."
