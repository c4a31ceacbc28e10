PYTHON ?= python3
PYTEST_ARGS ?=
BIN := .venv/bin
STAMP := .venv/.installed
CODE := $(wildcard main.py destination_hubspot_calls unit_tests integration_tests benchmarks)

.PHONY: help demo test lint format prove test-clients image bench bench-full lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMP) ## the connector against a HubSpot on this machine
	@$(BIN)/python -m integration_tests.demo

test: lint ## everything that must hold before a commit
	$(BIN)/python -m pytest --quiet --numprocesses auto $(PYTEST_ARGS)

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

format: $(STAMP) ## lay out the code, mend what can be mended
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

prove: $(STAMP) ## the laws under kills, faults and pauses (minutes)
	$(BIN)/python -m integration_tests.prove

test-clients: $(STAMP) ## the connector driven by real Airbyte clients (minutes)
	$(BIN)/python -m integration_tests.clients

image: ## build the image; ENGINE=podman by default
	$(ENGINE) build --tag airbyte/destination-hubspot-calls:dev .

bench: $(STAMP) ## how fast, in a minute
	$(BIN)/python -m benchmarks

bench-full: $(STAMP) ## how fast, in full
	$(BIN)/python -m benchmarks --full

lock: ## poetry.lock anew from pyproject.toml (needs poetry 2)
	poetry lock
	poetry check --lock

clean: ## take away what make made
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Versions and hashes come from poetry.lock; pip alone installs them.
$(STAMP): pyproject.toml poetry.lock .ci/locked.py
	@echo "Installing into .venv ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python .ci/locked.py dev > .venv/requirements.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement .venv/requirements.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

ENGINE ?= podman
