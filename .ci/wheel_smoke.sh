#!/usr/bin/env bash
# Builds the wheel and uses it as a user would: in an environment of its own, away from the checkout.
# Usage: wheel_smoke.sh PYTHON    (a Python that has the package `build`)
set -euo pipefail
cd "$(dirname "$0")/.."

builder=$(realpath --no-symlinks "$1")
checkout=$PWD
scratch=$(mktemp -d)
unset "${!PIPELINE_@}"
export PIPELINE_STATE_DIR=$scratch/state
export PIPELINE_CONFIG_FILE=$scratch/pipeline.yaml
: >"$PIPELINE_CONFIG_FILE"
worker=

finish() {
    [ -z "$worker" ] || kill "$worker" 2>/dev/null || true
    if [ -x "$scratch/venv/bin/pipeline-mcp" ]; then
        (cd / && "$scratch/venv/bin/pipeline-mcp" down >/dev/null 2>&1) || true
    fi
    rm -rf "$scratch"
}
trap finish EXIT

fail() {
    echo "wheel smoke: $*" >&2
    exit 1
}

say() { echo "--- $*"; }

# expect CODE COMMAND…: the command must end with that exit code; what it printed is in $output.
expect() {
    local wanted=$1 code=0
    shift
    output=$("$@" 2>"$scratch/stderr") || code=$?
    [ "$code" -eq "$wanted" ] && return
    echo "$output" | tail -40 >&2
    tail -40 "$scratch/stderr" >&2
    fail "\`$*\` ended with $code, not $wanted"
}

expect_text() {
    grep -q -- "$1" <<<"$output" || fail "no '$1' in: $output"
}

say "build"
"$builder" -m build --outdir "$scratch/dist" "$checkout" >"$scratch/build.log" 2>&1 ||
    { tail -40 "$scratch/build.log" >&2; fail "the build failed"; }
wheel=$(echo "$scratch"/dist/*.whl)

say "contents"
output=$("$builder" -m zipfile --list "$wheel")
for file in celeryconfig.py tasks/app.py ml_models/__init__.py pipeline_mcp/py.typed \
    pipeline_mcp/migrations/env.py pipeline_mcp/migrations/script.py.mako \
    pipeline_mcp/migrations/versions/0001_ licenses/LICENSE; do
    expect_text "$file"
done
! grep -E '^(tests|alembic|fixtures|benchmarks|docs)/' <<<"$output" || fail "files that do not belong"

say "install"
bash "$checkout/.ci/make_venv.sh" "$builder" "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet "$wheel"
"$scratch/venv/bin/python" -m pip check
export PATH=$scratch/venv/bin:$PATH
mkdir "$scratch/elsewhere"
cd "$scratch/elsewhere"

say "the commands answer"
expect 0 pipeline-mcp --version
expect_text "$("$builder" -c 'import pipeline_mcp; print(pipeline_mcp.__version__)')"
expect 0 pipeline-mcp tools
expect_text shellcheck
expect 0 pipeline-mcp db upgrade
[ -s "$PIPELINE_STATE_DIR/pipeline.db" ] || fail "db upgrade made no database"

say "a clean tree passes, a dirty one does not"
mkdir clean dirty
printf '"""Nothing to complain about."""\n\nANSWER = 42\n' >clean/answer.py
printf 'import os\nx = undefined_name\n' >dirty/broken.py
expect 0 pipeline-mcp run clean --quiet
expect 1 pipeline-mcp run dirty --quiet --format json
python -c '
import json, sys
report = json.loads(sys.argv[1])
assert report["status"] == "failed", report["status"]
assert {finding["path"] for finding in report["findings"]} == {"broken.py"}, report["findings"]
' "$output"

say "a worker of its own joins the embedded broker"
expect 0 pipeline-mcp up
expect 0 celery -A tasks report
expect_text "broker_url"
celery -A tasks worker --hostname "smoke@%h" --loglevel warning >"$scratch/worker.log" 2>&1 &
worker=$!
for _ in $(seq 60); do
    registered=$(celery -A tasks inspect registered --timeout 2 2>/dev/null || true)
    grep -q 'smoke@' <<<"$registered" && break
    kill -0 "$worker" || { cat "$scratch/worker.log" >&2; fail "the worker died"; }
done
output=$registered
expect_text "smoke@"
for task in tasks.lint.ruff tasks.lint.mypy tasks.snapshot tasks.plan tasks.scan tasks.cleanup; do
    expect_text "$task"
done
kill "$worker"
wait "$worker" || true
worker=
expect 0 pipeline-mcp down

say "nothing is left running"
for _ in $(seq 50); do
    # The pattern comes through stdin, or grep would find itself.
    processes=(/proc/[0-9]*/cmdline)
    left=$(grep -l -s -a -F --file=- "${processes[@]}" <<<"$scratch" || true)
    [ -z "$left" ] && break
    sleep 0.2
done
[ -z "$left" ] || fail "left running: $left"
echo "wheel smoke: passed"
