# The commands of this repository. Each installs what it needs into .venv first.

PY := .venv/bin/python
LOCAL := $(PY) -m reminet_site.local
# Typed strictly: where there is no Django.
STRICT := $(wildcard reminet_site/local reminet_site/errors.py reminet_site/roles.py crf/definition \
	randomisation/methods analysis/stats analysis/derivation)
OUTCOMES ?=
JSON ?=
UPGRADE ?=
REUSE ?=
T ?=
# Two processes take file after file. In their order the quick ones come last, so that neither
# process waits long for the other; by number of tests, files of few and long ones would.
TWO := -n 2 --dist loadfile --no-loadscope-reorder
# Where it is set, each process compiles every library anew: 3 s of each start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo run up down status psql forget test campaigns test-quick check format \
	headline bench attacks faults sbom screenshots validation lock messages

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /	/' | expand -t 14

setup: ## install what the service needs
	@sh bin/setup run
setup-test: ## install what the checks need too
	@sh bin/setup test

demo: setup ## the demonstration trial, at http://localhost:8000/ (PORT=9000 for another)
	@$(LOCAL) demo
run: setup ## an empty trial; asks for the first administrator
	@$(LOCAL) run
up: setup ## PostgreSQL and the broker alone, left running
	@$(LOCAL) up
down: ## end everything that runs in this folder
	@if [ -x $(PY) ]; then $(LOCAL) down; fi
status: setup ## what runs, and where
	@$(LOCAL) status
psql: setup ## PostgreSQL's prompt, as owner (REMINET_DATABASE=reminet_demo for the demonstration)
	@$(LOCAL) psql
forget: setup ## remove the demonstration; the next `make demo` builds it anew
	@$(LOCAL) forget

test: ## all tests but the campaigns (attacks, programs killed), journeys in a browser included (T="-k name")
	@sh bin/setup test chromium
	@$(PY) -m pytest $(TWO) -m "not campaign" $(T)
campaigns: ## the long ones: attacks at every address, programs killed, every page as every role
	@sh bin/setup test chromium
	@$(PY) -m pytest $(TWO) -m campaign $(T)
test-quick: setup-test ## the rules alone, in under a minute: no database, no browser
	@$(PY) -m pytest -q $(TWO) -m "not slow and not campaign" $(or $(T),tests/unit)

check: setup-test ## style, types, import contracts, Django's own checks
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy --strict $(STRICT)
	@.venv/bin/lint-imports
	@$(LOCAL) checks
format: setup-test ## put the sources into the one style
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .

headline: setup ## the published table from nothing (OUTCOMES=file.csv JSON=path: any outcomes)
	@$(LOCAL) headline $(if $(OUTCOMES),--outcomes "$(OUTCOMES)") $(if $(JSON),--json "$(JSON)")
bench: setup-test ## speed beside the references
	@$(LOCAL) bench $(T)
attacks: setup-test ## every attack on every address it applies to, counted by kind
	@$(PY) -m tests.attacks $(T)
faults: setup-test ## kill -9 of everything during saves and allocations (T="--saves 60 ...")
	@$(PY) -m tests.faults $(T)
sbom: setup ## every package of the lock files, as CycloneDX JSON (JSON=path)
	@$(PY) -m reminet_site.local.sbom $(if $(JSON),"$(JSON)")
screenshots: ## pictures of every screen, into docs/
	@sh bin/setup test chromium
	@$(PY) -m tests.journeys.screenshots $(T)
validation: ## every promise with its tests and results: .local/validation (T="-k name"; REUSE=1: the last run)
	@sh bin/setup test chromium
	@$(PY) -m tests.promises $(if $(REUSE),--reuse) -- $(TWO) $(T)

messages: setup ## new words of the pages into the catalogues; what is translated stays
	@$(PY) -m reminet_site.local.messages

lock: setup ## write the lock files anew (UPGRADE=1: with newer releases)
	@for set in setup base local test; do (cd requirements && ../.venv/bin/uv pip compile -q \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate $(if $(UPGRADE),-U) \
		$$set.in -o $$set.txt) || exit 1; done
