# Two commands are enough: `make run` (REPO=path) and `make test`. Each sets up what it needs.

PYTHON ?= python3
REPO   ?= .
ARGS   ?=
# So many test processes side by side: most of a test is waiting for a server or a tool.
JOBS   ?= 3
# What `make chaos` does: so many faults and sessions, drawn from this seed.
N        ?= 40
SESSIONS ?= 20
SEED     ?= 1

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.ready-for-tests
NODE  := tests/conformance/node_modules/.ready

.DEFAULT_GOAL := help
.PHONY: help run test setup lint types layers docs-check wheel-smoke check bench chaos conformance conformance-tables test-docker clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-18s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(READY) ## run the pipeline over REPO (default: this repository); ARGS are passed on
	$(BIN)/pipeline-mcp run "$(REPO)" $(ARGS)

test: $(TOOLS) ## run all tests, JOBS side by side; ARGS are passed on to pytest
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

setup: $(TOOLS) ## set up .venv with all that the other commands need

lint: $(TOOLS) ## ruff's rules and its format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TOOLS) ## mypy, strict
	$(BIN)/mypy

layers: $(TOOLS) ## imports point down only
	$(BIN)/lint-imports

docs-check: $(TOOLS) ## links, commands and the changelog
	$(BIN)/python .ci/docs_check.py

wheel-smoke: $(TOOLS) ## build the wheel and use it outside the checkout
	bash .ci/wheel_smoke.sh $(BIN)/python

check: lint types layers docs-check ## everything that needs no server

bench: $(TOOLS) ## what the pipeline adds over the tools by themselves
	$(BIN)/python benchmarks/overhead.py $(ARGS)

chaos: $(TOOLS) ## kill everything at random (N, SESSIONS, SEED) and prove that nothing is lost
	PYTHONPATH=tests $(BIN)/python -m chaos --faults $(N) --sessions $(SESSIONS) --seed $(SEED) $(ARGS)

conformance: $(NODE) ## the official MCP conformance suite, and clients that nobody here wrote
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/conformance $(ARGS)

conformance-tables: $(NODE) ## run the suite, and write what it finds into docs/conformance.md
	PYTHONPATH=tests $(BIN)/python -m conformance --write

test-docker: $(TOOLS) ## the stack in containers: images, Compose, updates, backups (Debian, root, docker.io)
	$(BIN)/python -m pytest -p no:randomly tests/docker $(ARGS)

clean: ## remove what these commands made
	rm -rf $(VENV) tests/conformance/node_modules build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The set-up runs once, and again when the declared dependencies change.

$(BIN)/python:
	bash .ci/make_venv.sh "$(PYTHON)" $(VENV)

$(READY): setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(TOOLS): $(READY)
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@

# Node comes as a wheel, so that nothing has to be installed on the machine. No package's script runs.
$(NODE): tests/conformance/package.json tests/conformance/package-lock.json $(TOOLS)
	$(BIN)/python -m pip install --quiet --editable ".[test,conformance]"
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix tests/conformance \
	    --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
