# Thin names over real commands. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench lint unit oracle lab prerequisites clean env lock docs
VENV := .venv
PYTHON := $(VENV)/bin/python
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export CONTAINERS_CONF := $(CURDIR)/molecule/lab/containers.conf
# The lab makes containers with networks of their own, which takes root.
ROOT := $(if $(filter 0,$(shell id -u)),,sudo --preserve-env=PATH,CONTAINERS_CONF)

help: ## This list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: lab ## The main job on the lab: look, attack, harden, look, attack (leaves the lab up)
	$(ROOT) molecule/home/demo

test: prerequisites lint unit oracle ## Every test: lint, sanity, unit, and the lab from soft to hardened
	$(ROOT) tests/all

# The lab is reached from its laptop, a real home from here.
INVENTORY ?= inventory/lab
check: env ## Dry run of the lab, or of your home: make check INVENTORY=inventory/myhome
	$(if $(filter inventory/lab,$(INVENTORY)),$(ROOT) molecule/lab/laptop) ansible-playbook -i $(INVENTORY) playbooks/check.yml

bench: lab ## Dry run, re-run and apply of the lab as ratios to the ping floor
	$(ROOT) $(PYTHON) bench/run.py

lint: env ## ruff, ansible-lint (production profile), ansible-test sanity
	ruff check .
	ruff format --check .
	ansible-lint -q
	tests/sanity/run

prerequisites: ## What the lab and some unit tests need from Debian or Ubuntu
	molecule/lab/prerequisites

oracle: env ## The policy's proof against an SMT solver (a minute)
	pytest tests/oracle

unit: env ## The unit tests (seconds)
	pytest -n auto tests/unit

lab: prerequisites env ## The soft lab, up and running
	$(ROOT) molecule/lab/lab up

docs: env ## Generate the role and control pages
	$(PYTHON) docs/generate.py

clean: ## Take the lab and everything generated away
	[ ! -x $(PYTHON) ] || $(ROOT) molecule/lab/lab down
	rm -rf .lab .cache .ansible .pytest_cache .ruff_cache reports bench/latest.json tests/output
	rm -f inventory/lab/group_vars/lab/hearthwall_*.yml

env: $(VENV)/.ready ## The control machine's Python environment

$(VENV)/.ready: requirements-test.lock
	@python3 -c 'import ensurepip' 2>/dev/null || { echo "Installing python3-venv"; $(ROOT) apt-get install -qq -y python3-venv; }
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	touch $@

lock: ## Resolve the dependencies of pyproject.toml anew
	uv pip compile -q pyproject.toml --universal --generate-hashes --no-annotate --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --group test --universal --generate-hashes --no-annotate --no-header -o requirements-test.lock
