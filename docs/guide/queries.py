# %% [markdown]
# # Vintages in polars
# Run in the folder above `out`, whole or cell by cell (VS Code, Spyder and Jupyter with jupytext open it as a notebook).
# `docs/guide/queries.md` has the same in SQL, and the rules that keep sums right.

# %%
import json
from pathlib import Path

import polars as pl

pl.Config.set_tbl_rows(100)
OUT = Path("out")


def newest_revisions() -> list[Path]:
    """Folders of the vintages that stand, of each as-of date the newest revision."""
    found: dict[str, tuple[int, Path]] = {}
    for manifest in OUT.glob("[2F]*/manifest.json"):
        folder = manifest.parent
        if (folder / "WITHDRAWN.txt").exists():
            continue
        as_of = json.loads(manifest.read_text(encoding="utf-8"))["as_of"]
        number = int(folder.name.partition("-r")[2] or 1)
        if number >= found.get(as_of, (0, folder))[0]:
            found[as_of] = (number, folder)
    return [folder for _, (_, folder) in sorted(found.items())]


def published(table: str) -> pl.DataFrame:
    """A table of all vintages, with the name of each in `vintage`."""
    frames = [
        pl.read_parquet(folder / "parquet" / f"{table}.parquet").with_columns(vintage=pl.lit(folder.name))
        for folder in newest_revisions()
    ]
    return pl.concat(frames, how="diagonal")


def latest(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of the newest vintage."""
    return frame.filter(pl.col("as_of") == pl.col("as_of").max())


# %% [markdown]
# ## Forecast against what shipped

# %%
shipped = latest(published("history")).select("month", "model", shipped="delivered_units")
forecast = (
    published("shipment_forecast")
    .filter(pl.col("scenario") == "base", pl.col("model") == "ALL")
    .join(shipped, on=["month", "model"], how="left")
    .select(
        "vintage",
        "month",
        "horizon",
        "units",
        "shipped",
        error=pl.col("units") - pl.col("shipped"),
        within=pl.col("shipped").is_between("units_p10", "units_p90"),
    )
    .sort("vintage", "month")
)
print(forecast)

# %% [markdown]
# ## Wafer orders by chip and month

# %%
wafers = (
    latest(published("wafer_orders"))
    .group_by("chip", pl.col("place_by").dt.truncate("1mo").alias("month"), "decision")
    .agg(pl.col("wafers", "cost_usd", "prepayment_usd").sum())
    .sort("chip", "month")
)
print(wafers)

# %% [markdown]
# ## What changed between vintages: the bridge

# %%
PARTS = ["corrections", "deliveries", "new_orders", "cancellations", "slips", "drivers", "overrides", "method"]
bridge = (
    published("revisions")
    .filter(pl.col("level") == "total")
    .group_by("previous_vintage", "vintage", "status")
    .agg(pl.col("previous", *PARTS, "now").sum())
    .sort("vintage", "previous_vintage", "status")
)
assert bridge.filter(pl.sum_horizontal("previous", *PARTS) != pl.col("now")).is_empty()
print(bridge)
