# `make help` lists what there is. Everything runs on this machine and keeps its data under .local.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON := .local/venv/bin/python
STACK := $(PYTHON) infra/local/stack.py
OMS := target/release/oms
# Runs tests side by side and stops stuck ones, but must be installed; the tests are the same with either.
TESTS := $(shell cargo nextest --version >/dev/null 2>&1 && echo "cargo nextest run" || echo "cargo test") --release --locked --workspace

# A test that takes minutes; always of the whole workspace, so that nothing is compiled with other features.
FAULTS := cargo test --release --locked --workspace --features oms-tests/faults --test faults -- --nocapture
ON_FAULTY_STACK := $(STACK) --home .local/faults --any-port --proxied

# The same test as in `make test`, at length.
OVERSELL := cargo test --release --locked --workspace --features oms-tests/stack --test oversell -- --nocapture --test-threads 1
SECONDS ?= 300

ROLE ?= customer
SUBJECT ?= CUS-0001
ARCHITECTURE ?= arm64

# Situations a scenario of the model check, in thousands.
MODEL_THOUSANDS ?= 100

.PHONY: help run up stop reset status test faults oversell model-check bench routing-proof reference fuzz replay verify-history verify-stock mutants token package fmt lint openapi setup setup-checks

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
	cargo test --release --locked --workspace --features oms-tests/stack --test simulator -- --ignored
	.local/node/node_modules/.bin/asl-validator $(foreach machine,$(wildcard statemachine/*.asl.json),--json-path $(machine))
	$(STACK) --home .local/test --any-port during sh -c '$(OMS) seed && $(TESTS) --features oms-tests/stack && $(OMS) verify-history && $(OMS) verify-stock'
	$(ON_FAULTY_STACK) --no-build during sh -c '$(OMS) seed && $(FAULTS) && $(OMS) verify-history && $(OMS) verify-stock'

faults: setup ## make every call of every story fail in every way, on a stack of its own (a quarter of an hour)
	$(ON_FAULTY_STACK) during sh -c '$(OMS) seed && $(FAULTS) --ignored && $(OMS) verify-history && $(OMS) verify-stock'

oversell: setup ## have 64 buyers fight for five products, at length, on a stack of its own: make oversell [SECONDS=...]
	$(STACK) --home .local/oversell --any-port during sh -c 'OMS_OVERSELL_SECONDS=$(SECONDS) $(OVERSELL)'

model-check: ## look at every situation an order can come into, at length (half an hour of processor time): make model-check [MODEL_THOUSANDS=...]
	OMS_MODEL_THOUSANDS=$(MODEL_THOUSANDS) cargo test --release --locked --workspace --test model at_length -- --ignored --nocapture

bench: setup ## measure speed and cost on a stack of its own, into target/bench/report.json
	@cargo build --release --locked --workspace --bins
	@$(STACK) --home .local/bench --any-port --unsaved during sh -c '$(OMS) seed && $(OMS) bench'

# Holds the router against HiGHS on 10,000 random instances and on Olist baskets, and against simpler rules: docs/routing.md tells the figures.
ROUTING := target/release/oms-routing
OLIST ?= events/olist
JOBS ?= 2
routing-proof: setup ## prove the router's plans by HiGHS, measure gaps, compare with simpler rules (a quarter of an hour): make routing-proof [OLIST=...] [JOBS=...]
	cargo build --release --locked --workspace --bins
	$(ROUTING) proof --olist "$(OLIST)" --jobs "$(JOBS)"
	$(ROUTING) gaps
	$(ROUTING) protocol
	$(ROUTING) frontier

reference: setup ## make the reference tables anew from their pinned sources, or check them: make reference [CHECK=1]
	$(PYTHON) infra/reference/refresh.py $(if $(CHECK),--check)

# Feeds everything that parses bytes from outside, each for a while, led by what code an input reaches: docs/testing.md. What was found interesting is
# kept in .local/fuzz and fed again; what makes a target fail is told with the file that does, which belongs into tests/fuzz/found.
FUZZ := 0.13.2
FUZZ_SECONDS := $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),60)
TARGETS ?= $(basename $(notdir $(wildcard tests/fuzz/targets/*.rs)))
FUZZED := CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_STRIP=none PATH="$(CURDIR)/.local/cargo/bin:$$PATH" cargo fuzz
OF_FUZZ := --fuzz-dir tests/fuzz --target-dir .local/fuzz/target --sanitizer none --features libfuzzer
fuzz: ## feed every parser of outside bytes for a minute each: make fuzz [SECONDS=60] [TARGETS="api checks"]
	@test -x .local/cargo/bin/cargo-fuzz && .local/cargo/bin/cargo-fuzz --version | grep -q '$(FUZZ)' \
		|| cargo install --locked --root .local/cargo --version $(FUZZ) cargo-fuzz
	cargo build --release --locked --workspace --example seeds
	target/release/examples/seeds .local/fuzz/corpus
	@mkdir -p .local/fuzz/found
	@for target in $(TARGETS); do $(FUZZED) build $(OF_FUZZ) $$target || exit 1; done
	@failed=; for target in $(TARGETS); do echo "== $$target"; \
		$(FUZZED) run $(OF_FUZZ) $$target .local/fuzz/corpus/$$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=4096 -max_len=65536 \
			-print_final_stats=1 -verbosity=0 -artifact_prefix=.local/fuzz/found/$$target- || failed="$$failed $$target"; \
	done; test -z "$$failed" || { echo "failed:$$failed; the inputs are in .local/fuzz/found" >&2; exit 1; }

replay: ## send a folder in the public Olist schema through the API: make replay DIR=...
	@test -n "$(DIR)" || { echo "usage: make replay DIR=folder" >&2; exit 2; }
	@$(MAKE) --no-print-directory up
	@$(OMS) seed
	@$(OMS) replay --dir "$(DIR)"

verify-history: ## prove every order of the running stack by its history
	@test -x $(OMS) && test -f .local/stack.json || { echo "nothing is deployed yet: make run" >&2; exit 1; }
	@$(OMS) verify-history

verify-stock: ## prove every counter of the running stack's stock by its log; FIX=1 repairs: make verify-stock [FIX=1]
	@test -x $(OMS) && test -f .local/stack.json || { echo "nothing is deployed yet: make run" >&2; exit 1; }
	@$(OMS) verify-stock $(if $(FIX),--repair)

token: ## print a token: make token ROLE=customer|vendor|operator SUBJECT=... [SCOPES="..."]
	@test -x $(OMS) && test -f .local/stack.json || { echo "nothing is deployed yet: make run" >&2; exit 1; }
	@$(OMS) token --role "$(ROLE)" --subject "$(SUBJECT)" $(if $(SCOPES),--scopes "$(SCOPES)")

package: ## build for AWS, check, upload: make package [ARCHITECTURE=arm64|x86_64] [BUCKET=...]
	@python3 infra/package.py --architecture "$(ARCHITECTURE)" --bucket "$(BUCKET)"

# One thing changed at a time in the rules of the order and of its payment, and the tests run: whatever they do not notice is listed in docs/mutants.md.
MUTANTS := 27.1.0
MUTATE := CARGO_PROFILE_DEV_DEBUG=none .local/cargo/bin/cargo-mutants mutants --timeout 90 --build-timeout 600
RULES := $(foreach rule,change flow history ledger money order order/* state timers transition,--file 'shared/domain/src/$(rule).rs')
PAYMENTS := $(foreach rule,settle once router invoice,--file shared/gateways/src/$(rule).rs) --file functions/pay/src/duty.rs --file functions/pay/src/lib.rs
PAYMENT_TESTS := $(foreach package,oms-gateways pay payment-webhook,--test-package $(package))
mutants: ## change the rules of order and payment one thing at a time, and see the tests notice (an hour and a half)
	@test -x .local/cargo/bin/cargo-mutants && .local/cargo/bin/cargo-mutants --version | grep -q '$(MUTANTS)' \
		|| cargo install --locked --root .local/cargo --version $(MUTANTS) cargo-mutants
	@mkdir -p .local/mutants/rules .local/mutants/payments
	$(MUTATE) --package oms-domain --test-package oms-domain $(RULES) --output .local/mutants/rules
	$(MUTATE) $(PAYMENT_TESTS) $(PAYMENTS) --output .local/mutants/payments

fmt: ## format the code
	cargo fmt --all

lint: setup-checks ## the checks that need no running stack
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets --features oms-tests/stack,oms-tests/faults -- -D warnings
	.local/venv/bin/cfn-lint template.yaml infra/*.yaml
	.local/node/node_modules/.bin/asl-validator $(foreach machine,$(wildcard statemachine/*.asl.json),--json-path $(machine))

openapi: ## write openapi.yaml and the generated pages anew from the code
	UPDATE=1 $(TESTS) generated

setup: ## install what the local stack needs
	@infra/local/setup

setup-checks: ## also install what the checks need
	@infra/local/setup --checks
