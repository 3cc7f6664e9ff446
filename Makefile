# `make help` lists what there is. Everything runs on this machine and keeps its data under .local.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON := .local/venv/bin/python
STACK := $(PYTHON) infra/local/stack.py
OMS := target/release/oms
# Runs tests side by side and stops stuck ones, but must be installed; the tests are the same with either.
TESTS := $(shell cargo nextest --version >/dev/null 2>&1 && echo "cargo nextest run" || echo "cargo test") --release --locked --workspace

ROLE ?= customer
SUBJECT ?= CUS-0001

# Situations a scenario, in thousands.
MODEL_THOUSANDS ?= 400

.PHONY: help run up stop reset status test model-check bench replay token fmt lint openapi setup setup-checks

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: up ## start everything, seed it, and walk sample orders through
	@$(OMS) seed
	@$(OMS) demo

up: setup ## start everything and deploy what changed
	@$(STACK) up

stop: ## stop everything; data stays
	@test ! -x $(PYTHON) || $(STACK) stop

reset: ## stop everything and empty the data; keys and builds stay
	@test ! -x $(PYTHON) || $(STACK) reset

status: setup ## show what runs, and where
	@$(STACK) status

test: setup-checks ## run every test, the end-to-end ones on a stack of their own
	$(PYTHON) -W ignore::ResourceWarning -m unittest discover -s infra/local/tests
	$(PYTHON) -W ignore::ResourceWarning -m unittest discover -s tests/template
	.local/node/node_modules/.bin/asl-validator $(foreach machine,$(wildcard statemachine/*.asl.json),--json-path $(machine))
	$(STACK) --home .local/test --any-port during sh -c '$(OMS) seed && $(TESTS)'

model-check: ## look at every situation an order can come into, at length: make model-check [MODEL_THOUSANDS=...]
	OMS_MODEL_THOUSANDS=$(MODEL_THOUSANDS) cargo test --release --locked -p oms-tests --test model at_length -- --ignored --nocapture

bench: setup ## measure speed and cost on a stack of its own, into target/bench/report.json
	@$(STACK) --home .local/bench --any-port during sh -c '$(OMS) seed && $(OMS) bench'

replay: ## send a folder in the public Olist schema through the API: make replay DIR=...
	@test -n "$(DIR)" || { echo "usage: make replay DIR=folder" >&2; exit 2; }
	@$(MAKE) --no-print-directory up
	@$(OMS) seed
	@$(OMS) replay --dir "$(DIR)"

token: ## print a token: make token ROLE=customer|vendor|operator SUBJECT=... [SCOPES="..."]
	@test -x $(OMS) && test -f .local/stack.json || { echo "nothing is deployed yet: make run" >&2; exit 1; }
	@$(OMS) token --role "$(ROLE)" --subject "$(SUBJECT)" $(if $(SCOPES),--scopes "$(SCOPES)")

fmt: ## format the code
	cargo fmt --all

lint: setup-checks ## the checks that need no running stack
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings
	.local/venv/bin/cfn-lint template.yaml infra/*.yaml
	.local/node/node_modules/.bin/asl-validator $(foreach machine,$(wildcard statemachine/*.asl.json),--json-path $(machine))

openapi: ## write openapi.yaml and the generated pages anew from the code
	UPDATE=1 $(TESTS) generated

setup: ## install what the local stack needs
	@infra/local/setup

setup-checks: ## also install what the checks need
	@infra/local/setup --checks
