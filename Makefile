# One profile and one set of compiled dependencies for everything but the lints.
CARGO := cargo
JOB := jobs/quarterly.toml
RELEASE := --release --locked

.PHONY: forecast evaluate test lint bless dictionary pictures fixtures

forecast: ## run the main job on the fixtures and say where the result is
	@$(CARGO) run $(RELEASE) --quiet -- run $(JOB)
	@echo "the tables are in out/ as CSV and Parquet; start with report.html or forecast.xlsx in out/latest, or with shipment_forecast_quarterly.csv and wafer_orders.csv in out/latest/csv"

test: lint ## everything that must hold
	$(CARGO) test $(RELEASE)

# Measurement data that is not part of the project: simulated makers with their future, a public maker's volumes.
SHARED := ../shared

evaluate: ## accuracy and coverage on makers whose future is known
	@$(CARGO) run $(RELEASE) --quiet -- evaluate $(SHARED)/worlds \
	  --public $(SHARED)/real/industry/canaan_quarterly.csv --market $(SHARED)/real/market

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy $(RELEASE) --all-targets -- -D warnings

bless: ## accept the miniature's tables as they are now; then check each changed number by hand
	@folder=$$(mktemp -d) && $(CARGO) run $(RELEASE) --quiet -- run --quiet fixtures/miniature/job.toml --out $$folder \
	  && cp $$folder/latest/csv/*.csv fixtures/miniature/expected/ && rm -r $$folder && git --no-pager diff --stat fixtures/miniature

dictionary: ## write docs/tables.md from the descriptions of the tables
	$(CARGO) run $(RELEASE) --quiet -- schema --format markdown > docs/tables.md

pictures: ## write the pictures of the documentation from the fixtures; needs LibreOffice, pdftoppm, node and Chromium
	docs/pictures.sh

fixtures: ## write the synthetic maker again
	$(CARGO) run $(RELEASE) --example generate_fixtures -- fixtures/maker
