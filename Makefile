# The front door. Needs Python 3.11 and make; everything else is installed below .venv and .tools.

SHELL := /bin/bash
.DEFAULT_GOAL := help
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := 3.11
# Eleven seconds once; every Python process of a demo then starts from bytecode.
export UV_COMPILE_BYTECODE := 1

UV := $(shell command -v uv || echo .tools/bin/uv)
BIN := .venv/bin
PYTHON_FOLDERS := schemas connectors edge-agent jobs fleet tests bench docs

.PHONY: help demo check test test-unit test-unit-cloud test-unit-others test-services test-flink test-e2e format generate bench clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.tools/bin/uv:
	@echo "Installing uv below .tools"
	@python3 -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

# The stamp is newer than the lock file once the environment follows it.
.venv/.synced: uv.lock pyproject.toml $(wildcard */pyproject.toml) $(filter .tools/bin/uv,$(UV))
	@$(UV) sync --locked
	@touch $@

demo: .venv/.synced ## Cameras, broker, Flink, alerts: the whole way on this machine
	@exec $(BIN)/ommatid demo $(ARGS)

check: .venv/.synced ## Style, types, arrows between packages, generated files
	$(UV) lock --check
	$(BIN)/ruff check $(PYTHON_FOLDERS)
	$(BIN)/ruff format --check $(PYTHON_FOLDERS)
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python docs/generate_reference.py --check

test: test-unit test-services test-flink test-e2e ## All rings of tests

# Two runs beside each other: each imports and collects only its own half, which a pool of workers would do twice.
test-unit: .venv/.synced ## Pure operators, in milliseconds
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-unit-cloud test-unit-others

test-unit-cloud: .venv/.synced
	$(BIN)/pytest tests/unit/jobs tests/unit/fleet

test-unit-others: .venv/.synced
	$(BIN)/pytest tests/unit --ignore=tests/unit/jobs --ignore=tests/unit/fleet

test-services: .venv/.synced ## Against a real broker, cameras and object store
	$(BIN)/pytest tests/services

test-flink: .venv/.synced ## Both graphs on a real Flink cluster
	$(BIN)/pytest tests/flink

test-e2e: .venv/.synced ## The demo, with its report checked
	$(BIN)/pytest tests/e2e

format: .venv/.synced ## Format the code
	$(BIN)/ruff check --fix $(PYTHON_FOLDERS)
	$(BIN)/ruff format $(PYTHON_FOLDERS)

generate: .venv/.synced ## Write the generated reference pages
	$(BIN)/python docs/generate_reference.py

bench: .venv/.synced ## Every published figure, one JSON object each
	@for file in $$(grep -l __main__ bench/*.py); do $(BIN)/python $$file || exit 1; done

clean: ## Remove what make installed
	rm -rf .venv .tools
