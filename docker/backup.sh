#!/usr/bin/env bash
# Writes the whole record into one file: every session, and the blobs, which are in Postgres as well.
set -euo pipefail

usage() {
    cat <<'END'
Usage: docker/backup.sh FILE

Dumps the database of the running stack into FILE, consistent as of one moment, while work goes on. Only
the owner may read it: it has the contents of the files that were looked at. FILE must not exist.
END
}

case ${1:-} in
--help) usage && exit 0 ;;
'' | -*) usage >&2 && exit 2 ;;
esac
file=$(realpath "$1")
# shellcheck source=docker/compose.sh
. "$(dirname "$0")/compose.sh"
[ ! -e "$file" ] || fail "$file is there already; name another file"

umask 077
# A dump that was cut off must not look like a backup.
trap 'rm -f "$file.part"' EXIT
compose exec -T postgres pg_dump --username pipeline --format custom pipeline >"$file.part" ||
    fail "pg_dump failed; no backup was written"
mv "$file.part" "$file"
echo "$file: $(stat --format %s "$file") bytes"
