# Everything a person or CI does with this project. `make help` lists it.

GO      ?= go
BIN     := bin
LINT    := .tools/bin/golangci-lint
BUF     := .tools/bin/buf
EXPORTER := .tools/bin/redis_exporter
SETUP   := testharness/setup/install.sh

# Plain binaries: they run on any machine of this system, whatever its libc.
BUILD   := CGO_ENABLED=0 $(GO) build -trimpath
MAINS   := ./cmd/... ./testharness/ratelimiterd ./testharness/pdsim ./testharness/pdsim/tikvstore

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## the operator, its plugins and the rate limiter node, into bin/
	@mkdir -p $(BIN)
	@$(BUILD) -o $(BIN)/ $(MAINS)

.PHONY: setup
setup: ## install redis-server and prometheus if they are not here
	@$(SETUP)

.PHONY: demo
demo: setup build ## a real cluster on this machine, hurt and repaired before your eyes (90 s)
	@$(BIN)/operator demo

.PHONY: test
test: ## the tests, with the race detector, on real servers (5 min)
	@$(SETUP) --with-compiler --with-python
	@$(GO) test -race $(TESTFLAGS) $$($(GO) list ./... | grep -v /testharness/)

.PHONY: harness
harness: ## the tests of the harness itself, on real servers (5 min)
	@$(SETUP) --with-compiler
	@$(GO) test -race $(TESTFLAGS) ./testharness/...

.PHONY: conformance
conformance: ## both subjects and the plugin in Python pass the suite, faulty plugins do not (10 min)
	@$(SETUP) --with-compiler --with-python
	@$(GO) test -race -tags conformance -p 1 -timeout 20m -run '^Test(.*Conform|Suite|Faults)' $(TESTFLAGS) ./cmd/operator-subject-ratelimiter ./cmd/operator-subject-tikv ./plugin/examples ./plugin/plugintest ./plugin/faulty

.PHONY: python
python: ## the example plugin in Python, into its build/
	@$(SETUP) --with-python
	@plugin/examples/python/build.sh

.PHONY: endurance
endurance: ## faulty plugins, a thousand crashes, and what they cost the host (5 min)
	@$(GO) test -tags endurance -timeout 10m -v -run '^Test(Faults|Memory|Orphans|Cycles)$$' $(TESTFLAGS) ./plugin/faulty

.PHONY: scenarios
scenarios: setup build ## every fault and story on real systems, and a table of how soon each was noticed (15 min)
	@$(BIN)/operator scenario run --report scenarios.html --report scenarios.xml $(SCENARIOFLAGS)

.PHONY: bugs
bugs: setup ## known bugs put back into the subjects, each caught by the rule that is there for it
	@$(GO) test -tags scenarios -timeout 20m -v -run '^TestBugs' $(TESTFLAGS) ./testharness/bugs

.PHONY: soak
soak: setup build ## ten minutes of a thousand checks per second on five nodes, without one violation
	@$(BIN)/operator scenario run testharness/scenarios/long

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (30s), or those of FUZZPACKAGES
	@testharness/setup/fuzz.sh $(FUZZPACKAGES)

.PHONY: bench
bench: setup $(EXPORTER) ## the benchmarks, each beside its yardstick, and a page of them in build/ (an hour)
	@$(GO) run ./testharness/bench -out build/bench $(BENCHFLAGS)

.PHONY: hour
hour: setup ## an hour of watching a cluster under load, and a plot of what it costs, in build/
	@$(GO) run ./testharness/bench -soak 1h -out build/bench

.PHONY: lint
lint: $(LINT) ## the linter, layers included, and the .proto's
	@$(LINT) run ./...
	@$(MAKE) --no-print-directory $(BUF)
	@$(BUF) lint plugin/proto

.PHONY: generate
generate: $(BUF) ## the Go code of the .proto
	@cd plugin/proto && ../../$(BUF) generate

.PHONY: tidy
tidy: ## go.mod and go.sum as the code needs them
	@$(GO) mod tidy

.PHONY: format
format: $(LINT) ## gofumpt and import order
	@$(LINT) fmt ./...

.PHONY: clean
clean: ## remove what was built
	@rm -rf $(BIN) .tools/bin plugin/examples/python/build

# The tools have modules of their own, so that what they depend on is not what
# this project depends on.
$(LINT): .tools/lint/go.mod .tools/lint/go.sum
	@echo "Building golangci-lint (once; a few minutes)"
	@$(GO) -C .tools/lint build -o ../bin/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

$(BUF): .tools/buf/go.mod .tools/buf/go.sum
	@echo "Building buf (once; a minute)"
	@$(GO) -C .tools/buf build -o ../bin/ github.com/bufbuild/buf/cmd/buf
	@touch $@

# A yardstick of the benchmarks.
$(EXPORTER): .tools/redis_exporter/go.mod .tools/redis_exporter/go.sum
	@echo "Building redis_exporter (once)"
	@$(GO) -C .tools/redis_exporter build -o ../bin/ github.com/oliver006/redis_exporter
	@touch $@
