# Everything starts here; `make help` lists it. All that is installed goes into .venv.
PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
.DEFAULT_GOAL := help
.PHONY: run demo test check bench soak lock help
# A signal to make must reach the launcher, so the recipes that last exec.

run: .venv/run.stamp ## start everything: database, Redis, migrations, API and page, workers, beat, Flower
	@exec $(BIN)/python dev.py

demo: .venv/run.stamp ## the same with replayed providers, a demo user and a filled dashboard; needs no internet
	@exec $(BIN)/python dev.py --demo

test: .venv/dev.stamp ## run the whole test suite (ARGS="-k name" for a part of it)
	@exec $(BIN)/python -m pytest $(ARGS)

check: .venv/dev.stamp ## lint, formatting, types, import rules, and that the migrations fit the models
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m launcher.throwaway $(BIN)/python -m migrations check

bench: .venv/dev.stamp ## measure reads and fetches on this machine
	@exec $(BIN)/python -m bench

soak: .venv/dev.stamp ## run what takes long: the long fault tests, then half an hour of load with random faults (ARGS="--minutes 5")
	$(BIN)/python -m pytest -m soak tests/faults
	@exec $(BIN)/python -m tests.soak $(ARGS)

lock: .venv/dev.stamp ## pin again what setup.cfg allows (needs uv)
	$(BIN)/python requirements/lock.py

help: ## list what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name does; do printf 'make %-6s %s\n' "$$name" "$$does"; done

.venv/%.stamp: requirements/%.txt .venv/python.stamp
	@echo "installing $< into .venv"
	@$(PIP) -r $<
	@[ $* = run ] || touch .venv/run.stamp
	@touch $@

# A .venv whose Python is gone (an upgrade, a moved folder) is made anew.
.venv/python.stamp: $(if $(shell $(BIN)/python -c '' 2>/dev/null && echo runs),,always)
	@if [ -z "$(PYTHON)" ]; then \
		echo "insightboard: Python 3.11 or newer is needed: install python3 (or name one: make PYTHON=/path/to/python)" >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "insightboard: this Python has no venv module: install the package python3-venv" >&2; exit 1; fi
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.PHONY: always
always:
