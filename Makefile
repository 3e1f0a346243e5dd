# Probity (诚鉴). `make help` lists what there is.
SHELL := /bin/bash
GO    ?= go
GOTEST ?= $(GO) test
LINT  := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 2m
FUZZJOBS ?= 2
DAYS  ?= 1
comma := ,
JWARC_VERSION := 0.31.1

.DEFAULT_GOAL := help
.PHONY: help build demo test race lint fmt cover bench bench-frontier bench-search fuzz crash days browser warc
.PHONY: mirrors fleet-up fleet-down test-fleet chaos

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the one binary, ./probity
	CGO_ENABLED=0 $(GO) build -trimpath -o probity .

demo: build ## a simulated web crawled, graded and served on this machine; prints the address
	./probity demo

test: ## every test of the embedded side, about a minute
	@$(GO) vet ./...
	@$(GOTEST) -vet=off ./...

race: ## the same under the race detector
	CGO_ENABLED=1 $(GO) test -race ./...

lint: ## golangci-lint with the house's rules
	@command -v golangci-lint >/dev/null || $(GO) install $(LINT)
	PATH="$$PATH:$$($(GO) env GOPATH)/bin" golangci-lint run

fmt: ## format as the linter wants it
	@command -v golangci-lint >/dev/null || $(GO) install $(LINT)
	PATH="$$PATH:$$($(GO) env GOPATH)/bin" golangci-lint fmt

cover: ## coverage by package
	$(GO) test -coverprofile=coverage.out ./... && $(GO) tool cover -func=coverage.out | tail -1

bench: ## benchmarks, each beside its yardstick
	$(GO) test -run '^$$' -bench . -benchtime 1s ./...

bench-frontier: ## the frontier on a Redis of its own, beside bare scripts; LEADS=200000 for less
	@PROBITY_BENCH_FRONTIER=1 PROBITY_BENCH_LEADS="$(LEADS)" $(GO) test -run '^$$' -bench '^BenchmarkFrontier$$' -benchtime 1x -timeout 60m ./crawler/redisfrontier

bench-search: ## the search of evidence, with the machine it ran on; SEARCH="-embedded 10000 -fleet 50000" for less
	$(GO) run ./indexer/searchbench -elasticsearch "$(firstword $(subst $(comma), ,$(PROBITY_TEST_ELASTICSEARCH)))" $(SEARCH)

fuzz: ## every fuzz target for FUZZTIME=2m each, FUZZJOBS=2 at once
	@grep -rEo '^func Fuzz[A-Za-z0-9_]*' --include='*_test.go' . | sed 's|/[^/]*:func | |' | sort | xargs -P $(FUZZJOBS) -L 1 .ci/fuzz $(FUZZTIME)

crash: ## two hundred seeded kills of the built binary, at every commit point
	@PROBITY_CRASH=200 $(GOTEST) -run TestKilledAnywhere -count 1 -timeout 40m .

days: ## the world day by day and on day 14 alone, for the seeds in DAYS="1 2 3"
	@PROBITY_TEST_DAYS="$(DAYS)" $(GOTEST) -run TestDayByDay -count 1 -timeout 60m .

browser: ## the pages in real Chromium, and pages that need it (needs chromium and fonts-noto-cjk)
	@PROBITY_BROWSER=1 $(GOTEST) -run TestBrowser -count 1 .
	@PROBITY_BROWSER=1 $(GOTEST) -count 1 ./crawler/chromerender

warc: ## the archive and its exports before outside validators (warcio and wacz by pip; jwarc where Maven is)
	@for p in warcio wacz; do command -v $$p >/dev/null || pip install -q $$p || pip install -q --break-system-packages $$p || exit 1; done
	@if [ -z "$$JWARC" ] && command -v mvn >/dev/null && command -v java >/dev/null; then \
		export JWARC=$${TMPDIR:-/tmp}/probity-jwarc/jwarc-$(JWARC_VERSION).jar; \
		[ -e "$$JWARC" ] || mvn -q -B dependency:copy -Dartifact=org.netpreserve:jwarc:$(JWARC_VERSION) -DoutputDirectory="$$(dirname "$$JWARC")" >&2 || exit 1; fi; \
	PROBITY_WARC=1 $(GOTEST) -run TestOutsideValidators -count 1 .

fleet-up: ## Redis, a Redis Cluster, Elasticsearch of one node and of three, and S3, on this machine
	@GO="$(GO)" deploy/fleet/up.sh

fleet-down: ## end them and forget their data
	@deploy/fleet/down.sh

test-fleet: ## every suite against real servers, single and clustered (fleet-up, or addresses in the environment)
	@GOTEST="$(GOTEST)" deploy/fleet/test.sh

PAGES ?= 18000
mirrors: ## a made site of PAGES=18000 pages, and each of MIRROR=folder,folder of a real one: every page once, none outside; then disturbed
	@PROBITY_TEST_MIRROR_PAGES=$(PAGES) PROBITY_TEST_MIRROR=$(MIRROR) $(GOTEST) -run 'TestALargeSite|TestAFolderOfARealSite|TestAFleetFetchesALargeSite' -count 1 -timeout 120m -v .

CHAOS ?= 10m
SEED ?= 1
chaos: ## a fleet whose workers are killed and whose servers fail, for CHAOS=10m with SEED=1 (after fleet-up)
	@. $${PROBITY_FLEET:-/var/tmp/probity-fleet}/env; PROBITY_TEST_REDIS=$$PROBITY_TEST_REDIS_CLUSTER PROBITY_TEST_ELASTICSEARCH=$$PROBITY_TEST_ELASTICSEARCH_CLUSTER \
		PROBITY_CHAOS=$(CHAOS) PROBITY_CHAOS_SEED=$(SEED) $(GOTEST) -run TestChaos -count 1 -timeout 60m -v .

.PHONY: sim-revisit
sim-revisit: ## stale time of copies at an equal budget, over 20 seeds, beside fixed, Nutch's and StormCrawler's intervals
	@PROBITY_SIM=1 $(GOTEST) -run "TestPagesAreStale|TestRevisitsAreNearly" -count 1 -timeout 30m -v ./crawler/revisit

.PHONY: bench-crawl
bench-crawl: ## pages a busy core-second and peak memory, beside colly's own loop and a bare sum; CRAWL="-what courtesy" or "-what leads" for more
	$(GO) build -o $${TMPDIR:-/tmp}/crawlbench ./crawler/crawlbench && $${TMPDIR:-/tmp}/crawlbench $(CRAWL)
