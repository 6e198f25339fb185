#!/usr/bin/env bash
# Says whether every container of the stack is well, and what the pipeline says of itself.
set -euo pipefail
# shellcheck source=docker/compose.sh
. "$(dirname "$0")/compose.sh"

usage() {
    cat <<'END'
Usage: docker/health-check.sh [--format text|json]

The exit code is 0 if every container is healthy and the pipeline's own health is ok, else 1.
END
}

format=text
case ${1:-} in
--help) usage && exit 0 ;;
--format) format=${2:?--format needs text or json} ;;
'') ;;
*) usage >&2 && exit 2 ;;
esac

failed=0
for service in postgres redis mcp-server worker flower; do
    ids=$(containers "$service")
    [ -n "$ids" ] || { echo "$service: no container is running" >&2 && failed=1; }
    for id in $ids; do
        state=$(docker inspect --format '{{.State.Status}}, {{.State.Health.Status}}' "$id")
        [ "$state" = "running, healthy" ] || { echo "$service ${id:0:12}: $state" >&2 && failed=1; }
    done
done
compose exec -T mcp-server pipeline-mcp health --format "$format" || failed=1
exit "$failed"
