#!/usr/bin/env bash
# Makes a virtual environment with pip in it, also where Debian's python3-venv is missing.
# Usage: make_venv.sh PYTHON DIRECTORY
set -euo pipefail

python=$1
directory=$2

fail() {
    echo "make_venv: $*" >&2
    exit 1
}

command -v "$python" >/dev/null ||
    fail "there is no $python; install Python 3.11 or newer, or say PYTHON=path"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old: Python 3.11 or newer is needed; say PYTHON=path"

# A half-made one would look finished to make.
trap 'rm -rf "$directory"' ERR

if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv "$directory"
elif "$python" -m pip --version >/dev/null 2>&1; then
    # Bare Debian has venv without ensurepip: let the system's pip put a pip into it.
    echo "make_venv: ensurepip is missing, the system's pip sets up $directory instead" >&2
    "$python" -m venv --without-pip "$directory"
    "$python" -m pip --python "$directory/bin/python" install --quiet pip
else
    fail "$python has neither ensurepip nor pip; run: apt-get install python3-venv"
fi
