#!/usr/bin/env bash
# Brings a backup into the stack: all that its database holds is replaced.
set -euo pipefail

usage() {
    cat <<'END'
Usage: docker/restore.sh FILE --replace

Replaces the whole database of the stack by FILE, a backup of docker/backup.sh. Front end, workers and
Flower are stopped meanwhile. If the restore fails, the database stays as it was. Sessions that were
unfinished at the time of the backup go on. Tokens are those of the backup.
END
}

file=
replace=
for word in "$@"; do
    case $word in
    --help) usage && exit 0 ;;
    --replace) replace=yes ;;
    -*) usage >&2 && exit 2 ;;
    *) file=$(realpath "$word") ;;
    esac
done
[ -n "$file" ] || { usage >&2 && exit 2; }
# shellcheck source=docker/compose.sh
. "$(dirname "$0")/compose.sh"
[ -r "$file" ] || fail "$file cannot be read"
[ -n "$replace" ] || fail "this replaces all that the database holds; say --replace to do it"

compose up --detach --no-deps postgres redis
mapfile -t services < <(containers postgres; containers redis)
healthy 120 "${services[@]}" || fail "postgres and redis did not become healthy"
compose stop mcp-server worker flower
compose exec -T postgres pg_restore --username pipeline --dbname pipeline --clean --if-exists \
    --single-transaction --exit-on-error <"$file" ||
    fail "the backup could not be restored; the database is as it was"
compose up --detach
echo "The stack has what $file holds."
