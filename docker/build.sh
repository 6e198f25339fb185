#!/usr/bin/env bash
# Builds both images from this checkout.
set -euo pipefail
# shellcheck source=docker/compose.sh
. "$(dirname "$0")/compose.sh"

usage() {
    cat <<'END'
Usage: docker/build.sh [--version TAG] [DOCKER BUILD OPTIONS…]

Builds pipeline-mcp/mcp-server:TAG and pipeline-mcp/pipeline:TAG (default: latest). What follows is
passed on to `docker build`, for example --pull or --network=host.
END
}

version=latest
case ${1:-} in
--help) usage && exit 0 ;;
--version) version=${2:?--version needs a tag} && shift 2 ;;
esac

revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
for image in mcp-server pipeline; do
    docker build --file "docker/Dockerfile.$image" --tag "pipeline-mcp/$image:$version" \
        --build-arg "VERSION=$version" --build-arg "REVISION=$revision" "$@" .
    docker image inspect --format "pipeline-mcp/$image:$version {{.Size}} bytes" "pipeline-mcp/$image:$version"
done
