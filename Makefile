# Everything a newcomer, a developer and CI run. `make` alone lists it.
#
#   make run [PORT=8001]          make test [ARGS="-k held"]          make check

VENV ?= .venv
PORT ?= 8000
ARGS ?=
# The first interpreter on the PATH that starts and is new enough.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

PY = $(VENV)/bin/python
# A stamp is newer than the requirements it was installed from, so pip runs only when they change.
RUNTIME = $(VENV)/.installed
TOOLS = $(VENV)/.installed-dev
TEMPLATES = $(shell find templates -name '*.html' 2>/dev/null)

# The checks read the settings; this is the mode that needs nothing from the environment.
export REFUSALHUB_LOCAL = 1
export PORT

.DEFAULT_GOAL := help
.PHONY: help run test check lint format types contracts migrations deploy bench messages tidy clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME)  ## Start RefusalHub with a demo; Ctrl-C stops it; PORT=8001 takes another port
	@$(PY) manage.py start

test: $(TOOLS)  ## Run the whole suite; ARGS="-k held" passes arguments to pytest
	@$(PY) -m tests.lanes $(ARGS)

check: lint format types contracts migrations deploy test  ## Everything CI checks

lint: $(TOOLS)  ## Find mistakes in code and templates
	$(PY) -m ruff check .
	$(PY) -m refusals lint .
	$(VENV)/bin/djade --target-version 5.2 --check $(TEMPLATES)

format: $(TOOLS)  ## See that the code is formatted (`make tidy` formats it)
	$(PY) -m ruff format --check .

types: $(TOOLS)  ## Check the types, strictly
	$(PY) -m mypy .

contracts: $(TOOLS)  ## See that the rooms import one way
	$(VENV)/bin/lint-imports

migrations: $(TOOLS)  ## See that no model change lacks its migration
	$(PY) manage.py makemigrations --check --dry-run

deploy: $(TOOLS)  ## Check the settings that production would run with
	env -u REFUSALHUB_LOCAL -u DEBUG ALLOWED_HOSTS=hub.example SITE_URL=https://hub.example ANTHROPIC_API_KEY=of-the-check \
		SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		$(PY) manage.py check --deploy --fail-level WARNING

bench: $(TOOLS)  ## Measure ingest, the pages and the vocabulary
	@$(PY) -m tests.bench $(ARGS)

messages: $(TOOLS)  ## Find the messages to translate, and compile what is translated (needs GNU gettext)
	@$(PY) -m tests.messages

tidy: $(TOOLS)  ## Format the code and the templates, fix what ruff can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(VENV)/bin/djade --target-version 5.2 $(TEMPLATES)

clean:  ## Remove the virtual environment and the caches; var/ with the data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(PY):
	@test -n "$(PYTHON)" || { echo "RefusalHub needs Python 3.11 or later on the PATH, or PYTHON=/path/to/python3." >&2; exit 1; }
	@echo "Making the virtual environment $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(RUNTIME): requirements.txt | $(PY)
	@echo "Installing what RefusalHub runs on (the first time: a minute or two) ..."
	@$(PY) -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

$(TOOLS): requirements.txt requirements-dev.txt | $(PY)
	@echo "Installing what RefusalHub runs on and what its tests need (the first time: a minute or two) ..."
	@$(PY) -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(RUNTIME)
