#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml needs, each of them random; what is there stays.
set -euo pipefail

usage() {
    cat <<'END'
Usage: docker/setup.sh [--directory DIR]

Makes the files of secrets for docker-compose.yml in DIR (default: docker/secrets): the passwords of
Postgres and Flower, and a user of Redis for each role. Files that are there are left as they are.
To change a secret, remove its file and those that contain it, and run this again.
END
}

directory="$(cd "$(dirname "$0")" && pwd)/secrets"
while [ $# -gt 0 ]; do
    case $1 in
    --help) usage && exit 0 ;;
    --directory) directory=${2:?--directory needs a directory} && shift 2 ;;
    *) usage >&2 && exit 2 ;;
    esac
done

# Only the owner enters the directory; inside, a container's user without rights must read the files.
mkdir -p "$directory"
chmod 700 "$directory"

# Gives the password that belongs to the name; the first time it makes one.
password() {
    local file="$directory/$1.password"
    [ -s "$file" ] || (umask 377 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' >"$file")
    cat "$file"
}

# Writes standard input to a file that every container may read, unless it is there.
secret() {
    local file="$directory/$1"
    if [ -s "$file" ]; then
        cat >/dev/null
    else
        cat >"$file.new" && chmod 444 "$file.new" && mv "$file.new" "$file"
    fi
}

acl_line() {
    local user=$1 rights=$2 hash
    hash=$(password "redis-$user" | sha256sum | cut -d' ' -f1)
    echo "user $user on #$hash $rights"
}

# Celery's transport needs keys of its own naming; nobody may change or empty the server itself.
acl() {
    local everything='~* &* +@all -@admin -@dangerous +info +keys'
    echo "user default off"
    echo "user health on >health -@all +ping"
    acl_line server "$everything"
    acl_line worker "$everything"
    acl_line flower "$everything"
}

password postgres | secret postgres_password
echo -n "postgresql+psycopg2://pipeline:$(password postgres)@postgres:5432/pipeline" | secret pipeline_database_url
echo -n "pipeline:$(password flower)" | secret flower_login
for role in server worker flower; do
    echo -n "redis://$role:$(password "redis-$role")@redis:6379/0" | secret "${role}_broker_url"
done
acl | secret redis_acl
echo "The secrets are in $directory."
