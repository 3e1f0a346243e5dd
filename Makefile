# Probity (诚鉴). `make help` lists what there is.
SHELL := /bin/bash
GO    ?= go
GOTEST ?= $(GO) test
LINT  := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: help build demo test race lint fmt cover bench fuzz crash browser warc

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the one binary, ./probity
	CGO_ENABLED=0 $(GO) build -trimpath -o probity .

demo: build ## a simulated web crawled, graded and served on this machine; prints the address
	./probity demo

test: ## every test of the embedded side, about a minute
	@$(GO) vet ./...
	@$(GOTEST) ./...

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

fuzz: ## every fuzz target for FUZZTIME each
	@set -e; for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
		echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p; done; done

crash: ## two hundred seeded kills of the built binary, at every commit point
	@PROBITY_CRASH=200 $(GOTEST) -run TestKilledAnywhere -count 1 -timeout 40m .

browser: ## the pages in real Chromium (needs chromium and fonts-noto-cjk)
	@PROBITY_BROWSER=1 $(GOTEST) -run TestBrowser -count 1 .

warc: ## the archive before outside validators (needs warcio; jwarc where Maven is)
	@PROBITY_WARC=1 $(GOTEST) -run TestOutsideValidators -count 1 .
