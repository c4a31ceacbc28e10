PYTHON ?= python3
ENGINE ?= $(if $(shell command -v podman),podman,docker)
IMAGE := airbyte/destination-hubspot-calls:dev
BIN := .venv/bin
# What has been installed: what the demonstration needs, and what the tests need on top.
FOR_DEMO := .venv/.demo
INSTALLED := .venv/.installed
CODE := $(wildcard main.py conftest.py destination_hubspot_calls unit_tests integration_tests benchmarks .ci/*.py)
# One more than there are cores: the end-to-end tests wait as much as they compute.
WORKERS := $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
ISSUE_FORMS := $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --no-deps

.PHONY: help demo screenshots test ruff mypy imports workflows pytest format prove mutants test-clients image bench bench-full lock clean

help: ## this list
	@awk -F ' *:.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(FOR_DEMO) ## the connector against a HubSpot on this machine; KEEP=1 keeps its page open
	@$(BIN)/python -m integration_tests.demo $(if $(KEEP),--keep)

screenshots: $(INSTALLED) ## the README's pictures, taken anew (needs Chromium)
	@$(BIN)/python -m integration_tests.demo.screenshots

test: ruff mypy imports workflows pytest ## everything that must hold before a commit (under 5 minutes)

ruff: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

mypy: $(INSTALLED)
	$(BIN)/mypy $(CODE)

imports: $(INSTALLED)
	$(BIN)/lint-imports --no-logo

workflows: $(INSTALLED)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms $(ISSUE_FORMS)

pytest: $(INSTALLED)
	$(BIN)/python -m pytest --quiet --numprocesses $(WORKERS) --dist worksteal

format: $(INSTALLED) ## lay out the code, mend what can be mended
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

prove: $(INSTALLED) ## the laws under kills, faults and pauses (minutes)
	$(BIN)/python -m integration_tests.prove

mutants: $(INSTALLED) ## change the core one place at a time; do its tests notice? MODULES="sink/tolerance" (hours)
	$(BIN)/python .ci/mutants.py $(MODULES)

test-clients: $(INSTALLED) ## the connector driven by real Airbyte clients (minutes)
	$(BIN)/python -m integration_tests.clients || [ $$? = 3 ]

image: ## build the image and ask it for its spec
	$(ENGINE) build $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) --tag $(IMAGE) .
	$(ENGINE) run --rm --read-only --cap-drop all --network none $(IMAGE) spec

bench: $(INSTALLED) ## how fast, in short
	$(BIN)/python -m benchmarks

bench-full: $(INSTALLED) ## how fast, in full (minutes)
	$(BIN)/python -m benchmarks --full

lock: ## write poetry.lock anew from pyproject.toml (needs poetry 2)
	poetry lock --regenerate
	poetry check --lock

clean: ## take away what make made
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Versions and hashes are those of poetry.lock; pip installs them, poetry is not needed.
$(FOR_DEMO): pyproject.toml poetry.lock .ci/locked.py
	@echo "Installing into .venv (half a minute, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python .ci/locked.py slim sandbox > .venv/requirements.txt
	@$(PIP) --require-hashes --requirement .venv/requirements.txt
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(INSTALLED): $(FOR_DEMO)
	@echo "Installing what the tests need into .venv (half a minute, once) ..."
	@$(BIN)/python .ci/locked.py dev sandbox > .venv/requirements.txt
	@$(PIP) --require-hashes --requirement .venv/requirements.txt
	@touch $@
