#!/bin/bash
# Honours the variables of the official image that the stack uses: the first start makes the database.
set -euo pipefail

password=${POSTGRES_PASSWORD:-$(cat "$POSTGRES_PASSWORD_FILE")}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --username "${POSTGRES_USER:-postgres}" --pwfile <(printf '%s\n' "$password") \
        --auth-local trust --auth-host scram-sha-256 --encoding UTF8 >/dev/null
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    pg_ctl start --wait --silent --options "-c listen_addresses='' -c unix_socket_directories=/tmp"
    createdb --host /tmp --username "$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl stop --wait --silent --mode fast
fi
exec "$@" -c listen_addresses='*'
