# Thin names over real commands. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help env lock
VENV := .venv

help: ## This list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

env: $(VENV)/.ready ## The control machine's Python environment

$(VENV)/.ready: requirements-test.lock
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	touch $@

lock: ## Resolve the dependencies of pyproject.toml anew
	uv pip compile -q pyproject.toml --universal --generate-hashes --no-annotate --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --group test --universal --generate-hashes --no-annotate --no-header -o requirements-test.lock
