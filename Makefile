# Everything starts here; `make help` lists it. All that is installed goes into .venv.
PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done)
BIN := .venv/bin
# The locks are whole. Left to look for itself, a pip before 23.3 takes the newest package where one asks for an extra of a
# pinned one, and refuses it.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps
.DEFAULT_GOAL := help
.PHONY: run demo test check bench soak openapi frontend frontend-dev lock help
# All of them install into one .venv.
.NOTPARALLEL:
# Node.js of the machine where it is new enough, else the one of requirements/page.txt.
NODE := frontend/run.sh
PAGE := frontend/dist/index.html
MODULES := frontend/node_modules/.stamp
# With the folders, so that a file that is gone counts as a change.
SOURCES := $(shell find frontend/src frontend/public) $(addprefix frontend/,index.html package.json vite.config.ts tsconfig.json)
# The document needs settings, as every start does, but no server.
DOCUMENT := LOG_LEVEL=warning DATABASE_URL=postgresql://localhost/none REDIS_URL=redis://localhost JWT_SECRET=$(shell printf '%064d' 0) \
	$(BIN)/python -m web.document frontend/openapi.json
# A signal to make must reach the launcher, so the recipes that last exec.

run: .venv/run.stamp $(PAGE) ## start everything: database, Redis, migrations, API and page, workers, beat, Flower
	@exec $(BIN)/python dev.py

demo: .venv/run.stamp $(PAGE) ## the same with replayed providers, a demo user and a filled dashboard; needs no internet
	@exec $(BIN)/python dev.py --demo

test: .venv/dev.stamp $(PAGE) $(MODULES) ## run the whole test suite (ARGS="-k name" for a part of it)
	@exec $(BIN)/python -m pytest $(ARGS)

check: .venv/dev.stamp $(MODULES) ## lint, formatting, types, import rules, and that the migrations and the page fit the API
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m launcher.throwaway $(BIN)/python -m migrations check
	@$(DOCUMENT) --check
	@$(NODE) npm run --silent types -- --check
	$(NODE) npm run --silent lint
	$(NODE) npm run --silent types:check

bench: .venv/dev.stamp ## measure reads and fetches on this machine
	@exec $(BIN)/python -m bench

soak: .venv/dev.stamp ## run what takes long: the long fault tests, then half an hour of load with random faults (ARGS="--minutes 5")
	$(BIN)/python -m pytest -m soak tests/faults
	@exec $(BIN)/python -m tests.soak $(ARGS)

frontend: $(PAGE) ## build the page, if it is not built yet

frontend-dev: .venv/python.stamp $(MODULES) ## the page with hot reload, on a running API (INSIGHTBOARD_API=http://127.0.0.1:8080)
	@exec $(NODE) npm run dev

openapi: .venv/dev.stamp $(MODULES) ## write the API's document and the page's types anew
	$(DOCUMENT)
	$(NODE) npm run --silent types

lock: .venv/dev.stamp ## pin again what setup.cfg allows (needs uv)
	$(BIN)/python requirements/lock.py

help: ## list what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name does; do printf 'make %-12s %s\n' "$$name" "$$does"; done

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

# node_modules is only needed to build: a page that is built stays, whatever becomes of it.
$(PAGE): frontend/package-lock.json $(SOURCES) | .venv/python.stamp
	@$(MAKE) --silent --no-print-directory $(MODULES)
	@echo "building the page"
	@$(NODE) npm run --silent build -- --logLevel warn
	@touch $@

$(MODULES): frontend/package-lock.json frontend/.npmrc | .venv/python.stamp
	@echo "installing the page's packages into frontend/node_modules"
	@$(NODE) npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

.PHONY: always
always:
