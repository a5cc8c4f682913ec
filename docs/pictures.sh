#!/usr/bin/env bash
# Makes the pictures of the documentation from the fixtures: `make pictures`. Needs LibreOffice and pdftoppm for the
# workbook; for the page node, Chromium and what tests/page/browser.mjs names.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for day in 2025-06-30 2025-09-30; do
  cargo run --release --locked --quiet -- run jobs/quarterly.toml --quiet --as-of "$day" --out "$work/out"
done
soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to pdf --outdir "$work" \
  "$work/out/latest/forecast.xlsx" > "$work/log"
mkdir -p docs/pictures
# The first page is the first sheet.
pdftoppm -png -r 96 -f 1 -l 1 -singlefile "$work/forecast.pdf" docs/pictures/workbook
node tests/page/pictures.mjs "$work/out/latest/report.html" docs/pictures
ls -l docs/pictures
