# Everything a newcomer or a build server does with this project. Needs Python 3.11 or newer, make and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# The server's programs as Debian installs them, or wherever the PATH has them
POSTGRESQL = $(or $(wildcard /usr/lib/postgresql/*/bin/initdb),$(shell command -v initdb))
CHROMIUM = $(shell command -v chromium chromium-browser google-chrome)
NPM = $(and $(shell command -v node),$(shell command -v npm))
ARGS ?=
# Of `make fuzz`
SECONDS ?= 120
EXAMPLES ?= 100
# Tests wait for processes and disks a good part of their time
WORKERS ?= $(shell echo $$(($$(nproc) + 1)))
# Tests start some hundred processes of ours: each would compile the program anew
unexport PYTHONDONTWRITEBYTECODE
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
  --custom-compile-command 'make lock'

# Install a package of the distribution if that is allowed here, else say what is missing
define apt_get
if [ "$$(id -u)" = 0 ]; then \
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $(1); \
else \
  echo 'This needs a package of the system; install it with: sudo apt-get install $(1)' >&2; exit 1; \
fi
endef

.DEFAULT_GOAL := help
.PHONY: help venv demo test lint types format bench fuzz reliability screenshots lock postgresql chromium node clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(INSTALLED) ## make the virtual environment and install the project into it

demo: $(INSTALLED) ## provision an emulated company into a new service; ARGS=--once to end when it is over
	@$(BIN)/entrant demo $(ARGS)

test: $(INSTALLED) postgresql chromium node lint types ## everything that must pass: lint, types, all tests on both engines; ARGS go to pytest, WORKERS run it
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(INSTALLED) ## rules of style and safety, and the formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(INSTALLED) ## check the types
	$(BIN)/mypy

format: $(INSTALLED) ## format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(INSTALLED) postgresql ## measure the server on both engines; ARGS=--help for what there is to choose
	$(BIN)/python -m tests.bench $(ARGS)

reliability: $(INSTALLED) postgresql ## a load that goes on while servers and database are restarted; ARGS=--help for what to choose
	$(BIN)/python -m tests.reliability $(ARGS)

fuzz: $(INSTALLED) ## look for inputs that do harm; SECONDS for each of three targets, and EXAMPLES for each operation
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements/fuzz.txt
	for target in parser patch bulk; do $(BIN)/python -m tests.fuzz $$target $(SECONDS) || exit 1; done
	FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n $(WORKERS) tests/fuzz $(ARGS)

screenshots: $(INSTALLED) chromium ## pictures of every page: light, dark, narrow; ARGS is the folder, build/screenshots if left out
	$(BIN)/python -m tests.browser.screenshots $(ARGS)
	$(BIN)/python -m tests.browser.portal.screenshots $(ARGS)

lock: $(INSTALLED) ## pin every dependency again, with hashes, in requirements/; ARGS=--upgrade takes the newest versions
	$(LOCK) pyproject.toml --output-file requirements/serve.txt $(ARGS)
	$(LOCK) --group build --output-file requirements/build.txt $(ARGS)
	$(LOCK) pyproject.toml --group dev --group build --output-file requirements/dev.txt $(ARGS)
	$(LOCK) --group fuzz --output-file requirements/fuzz.txt $(ARGS)

clean: ## remove the virtual environment and all caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Created again only when pyproject.toml or the lock has changed. The lock includes pip and the build backend.
$(INSTALLED): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Entrant needs Python 3.11 or newer; say which with make PYTHON=...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(call apt_get,python3-venv)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

postgresql:
	@[ -n '$(POSTGRESQL)' ] || $(call apt_get,postgresql)

chromium:
	@[ -n '$(CHROMIUM)' ] || $(call apt_get,chromium fonts-dejavu-core)

node:
	@[ -n '$(NPM)' ] || $(call apt_get,nodejs npm)
