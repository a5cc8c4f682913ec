#!/usr/bin/env python3
"""A quarterly forecast of machines and wafers as an analyst's Python script, to time `wafercast` against.

    peer.py JOB OUT           # forecast, replays, order rule: five tables as CSV and a workbook of them
    peer.py JOB OUT --more    # also what supply lets ship and cash on paths, budgets, chip need; tables as CSV and Parquet

JOB is jobs/quarterly.toml, whose exports, catalogue, seed and number of paths are read. pandas reads, scikit-learn fits, numpy draws and plays
all paths of a month at once, polars and XlsxWriter write. Its numbers are near those of wafercast and not the same.

It does less, and nothing that wafercast does not do. Neither part checks a row, knows a file, line or unit, shares shipments of an order by
line, knows amended, unsecured or prepaid contracts, options, claims, a factory, parts, spares, own sites or launches, sets intervals by past
errors, compares with earlier vintages, reconciles, or publishes in a way that survives a crash; neither writes the page, the summary or the
manifest. The plain part does not limit shipments by supply and plays no cash. With `--more` there are 12 of the 35 tables.
"""

import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

H = 12
REPLAYS = 13
REPLAY_PATHS = 400
SCENARIOS = {"base": 1.0, "bull": 1.5, "bear": 0.6}
QUANTILES = [0.1, 0.5, 0.9]


def month_of(dates):
    return dates.dt.year * 12 + dates.dt.month - 1


def name_of(month):
    return f"{month // 12}-{month % 12 + 1:02d}-01"


class Maker:
    """Exports and catalogue."""

    def __init__(self, path):
        path = Path(path)
        self.job = tomllib.loads(path.read_text(encoding="utf-8"))
        at = lambda name: path.parent / self.job["exports"][name]["path"]
        self.models = pd.DataFrame(self.job["models"])
        self.index = {name: place for place, name in enumerate(self.models["name"])}
        self.chips = pd.DataFrame(self.job["chips"])
        self.foundries = pd.DataFrame(self.job["foundries"])
        self.chip_of = self.models["chip"].map({n: k for k, n in enumerate(self.chips["name"])}).to_numpy()
        self.th = self.models["hashrate_th"].to_numpy(float)
        as_of = pd.Timestamp(self.job["job"]["as_of"])
        self.as_of = as_of.year * 12 + as_of.month - 1
        orders = pd.read_csv(at("futures_orders"), parse_dates=["signed_date", "cancelled_date"])
        orders["signed"] = month_of(orders["signed_date"])
        start = orders["delivery_start"].str.split("-", expand=True).astype(int)
        orders["start"] = start[0] * 12 + start[1] - 1
        orders["cancelled"] = month_of(orders["cancelled_date"]).fillna(10**6).astype(int)
        orders["m"] = orders["model"].map(self.index)
        self.orders = orders[orders["signed_date"] <= as_of].reset_index(drop=True)
        shipped = pd.read_csv(at("shipments"), parse_dates=["shipped_date"])
        shipped["month"] = month_of(shipped["shipped_date"])
        shipped["m"] = shipped["model"].map(self.index)
        place = dict(zip(self.orders["order_id"], self.orders.index))
        shipped["order"] = shipped["order_id"].map(place)
        self.shipped = shipped.dropna(subset=["order"]).astype({"order": int})
        self.supply = pd.read_csv(at("supply"), parse_dates=["due_date"])
        market = pd.read_csv(at("hashprice"), parse_dates=["date"]).merge(
            pd.read_csv(at("difficulty"), parse_dates=["date"]), on="date"
        )
        market = market[market["date"] <= as_of]
        market["month"] = month_of(market["date"])
        monthly = market.groupby("month")[["hashprice_usd_per_ph_day", "difficulty"]].mean()
        monthly["network_ph"] = monthly["difficulty"] * 2**32 / 600 / 1e15
        subsidy = np.where(monthly.index >= 2024 * 12 + 3, 3.125, 6.25)
        monthly["price"] = monthly["hashprice_usd_per_ph_day"] * monthly["network_ph"] / (144 * subsidy)
        self.market = monthly


class Known:
    """What is known of a maker at the end of a month, and what demand is drawn from."""

    def __init__(self, maker, now):
        orders = maker.orders
        self.maker, self.now = maker, now
        held = (orders["signed"] <= now).to_numpy()
        alive = held & (orders["cancelled"] > now).to_numpy()
        shipped = maker.shipped[maker.shipped["month"] <= now]
        delivered = np.bincount(shipped["order"], shipped["quantity"], len(orders))
        quantity, months = orders["quantity"].to_numpy(float), orders["delivery_months"].to_numpy(int)
        start, models = orders["start"].to_numpy(), orders["m"].to_numpy()
        self.by_month = np.zeros((now + 1, len(maker.index)))
        np.add.at(self.by_month, (shipped["month"], shipped["m"]), shipped["quantity"])
        # Batches due, of which the first are delivered already.
        batches = np.arange(36)
        due = np.where(batches < months[:, None], quantity[:, None] / months[:, None], 0.0)
        left = np.maximum(np.cumsum(due, axis=1) - delivered[:, None], 0.0)
        left = np.diff(left, axis=1, prepend=0.0) * alive[:, None]
        ahead = start[:, None] + batches - now - 1
        self.signed = orders["signed"].to_numpy()
        groups, self.group = np.unique(np.where(alive, models * 4096 + self.signed - self.signed.min(), -1), return_inverse=True)
        self.groups = len(groups)
        self.group_model = np.where(groups >= 0, groups // 4096, 0)
        self.due = np.zeros((self.groups, H))
        for batch in batches:
            place = np.clip(ahead[:, batch], 0, H)
            inside = (place < H) & (left[:, batch] > 0)
            np.add.at(self.due, (self.group[inside], place[inside]), left[inside, batch])
        self.orders_in = np.maximum(np.bincount(self.group, alive.astype(float), self.groups), 1.0)
        # Share cancelled a month, and of what is due the share that ships in its month.
        ends = np.minimum(orders["cancelled"].to_numpy(), now)
        exposure = np.maximum(ends - self.signed, 0)[held].sum()
        self.hazard = ((orders["cancelled"] <= now).to_numpy() & held).sum() / max(exposure, 1)
        window = slice(now - 23, now + 1)
        promised = np.zeros(now + 1 + 36)
        for batch in batches:
            inside = held & (due[:, batch] > 0)
            np.add.at(promised, np.minimum(start[inside] + batch, now + 36), due[inside, batch])
        self.catch_up = float(np.clip(self.by_month[window].sum() / max(promised[window].sum(), 1.0), 0.5, 1.0))
        # Intake by month in TH, its lags to the price, its delay and its mix.
        th = quantity * maker.th[models]
        intake = np.bincount(self.signed[held], th[held], now + 1)
        first = max(self.signed.min(), now - 47)
        price = np.log(maker.market["price"].reindex(range(first - 18, now + 1)).interpolate().bfill().to_numpy())
        gap = price[12:] - np.convolve(price, np.ones(12) / 12, "valid")[:-1]
        lagged = np.stack([gap[6 - lag : len(gap) - lag] for lag in range(4)], axis=1)
        months_known = np.arange(first, now + 1)
        y = np.log(np.maximum(intake[first : now + 1], 1.0))
        x = lagged[-len(y) :]
        weight = 0.5 ** ((now - months_known) / 24)
        fit = Ridge(alpha=1.0).fit(x, y, sample_weight=weight)
        self.level, self.slopes = fit.intercept_, fit.coef_
        self.noise = float(np.sqrt(np.average((y - fit.predict(x)) ** 2, weights=weight)))
        # Logarithms of lumpy months are low: the mean of the history stands.
        noisy = np.average(np.exp(fit.predict(x)), weights=weight) * np.exp((self.noise**2 + 0.3**2) / 2)
        self.level += np.log(np.average(np.exp(y), weights=weight) / noisy)
        self.price, self.gap = price, gap
        self.volatility = float(np.std(np.diff(price[-37:])))
        lead = np.zeros(36)
        recent = held & (self.signed > now - 24)
        for batch in batches:
            delay = np.clip(start + batch - self.signed, 0, 35)
            np.add.at(lead, delay[recent], due[recent, batch] * maker.th[models[recent]])
        self.lead = lead / max(lead.sum(), 1.0)
        mix = np.bincount(models[held & (self.signed > now - 6)], th[held & (self.signed > now - 6)], len(maker.index))
        self.mix = mix / max(mix.sum(), 1.0)

    def simulate(self, paths, seed, multiple=1.0):
        """Machines of the backlog and of orders to come, by path, month and model; prices and TH signed by path and month."""
        rng = np.random.default_rng(seed)
        steps = rng.standard_normal((paths, H)) * self.volatility
        walk = self.price[-1] + np.cumsum(steps, axis=1) + np.log(multiple) * np.arange(1, H + 1) / H
        history = np.concatenate([np.broadcast_to(self.price[-12:], (paths, 12)), walk], axis=1)
        sums = np.cumsum(history, axis=1)
        trailing = (sums[:, 11 : 11 + H] - np.concatenate([np.zeros((paths, 1)), sums[:, : H - 1]], axis=1)) / 12
        gaps = np.concatenate([np.broadcast_to(self.gap[-3:], (paths, 3)), walk - trailing], axis=1)
        response = sum(slope * gaps[:, 3 - lag : 3 - lag + H] for lag, slope in enumerate(self.slopes))
        errors = rng.standard_normal((paths, 1)) * 0.3 + rng.standard_normal((paths, H)) * self.noise
        signed = np.exp(self.level + response + errors)
        # Orders of a month leave alike: binomial survivors of each group on each path.
        stay = np.cumprod(np.full(H, 1 - self.hazard))
        draws = rng.random((paths, self.groups, 1))
        count = self.orders_in[None, :, None]
        kept = np.clip(np.round(count * stay + (draws - 0.5) * 2 * np.sqrt(count * stay * (1 - stay))), 0, count) / count
        due = np.zeros((paths, H, len(self.mix)))
        left = kept * self.due[None]
        for model in np.unique(self.group_model):
            due[:, :, model] = left[:, self.group_model == model].sum(axis=1)
        share = np.clip(self.catch_up + rng.standard_normal((paths, H)) * 0.05, 0.3, 1.0)
        backlog, late = np.empty_like(due), np.zeros((paths, len(self.mix)))
        for h in range(H):
            asked = late + due[:, h]
            backlog[:, h] = asked * share[:, h, None]
            late = (asked - backlog[:, h]) * (1 - self.hazard)
        ships, late = np.zeros((paths, H)), np.zeros(paths)
        for h in range(H):
            asked = late + sum(signed[:, s] * self.lead[h - s] for s in range(h + 1))
            ships[:, h] = asked * share[:, h]
            late = asked - ships[:, h]
        new = ships[:, :, None] * (self.mix / self.maker.th)
        return backlog, new, np.exp(walk), signed


def replay(maker):
    """Past quarter ends forecast with what was known then, beside simple methods."""
    rows = []
    actual = np.zeros((maker.as_of + 1, len(maker.index)))
    np.add.at(actual, (maker.shipped["month"], maker.shipped["m"]), maker.shipped["quantity"])
    for back in range(REPLAYS, 0, -1):
        now = maker.as_of - 3 * back
        known = Known(maker, now)
        backlog, new, *_ = known.simulate(REPLAY_PATHS, 1)
        machines = backlog + new
        past = known.by_month
        methods = {
            "trailing_mean": np.repeat(past[now - 11 : now + 1].mean(axis=0)[None], H, axis=0),
            "last_quarter": np.repeat(past[now - 2 : now + 1].mean(axis=0)[None], H, axis=0),
            "same_month_a_year_ago": past[now - 11 : now + 1],
            "contracts": backlog.mean(axis=0),
        }
        smoothed = past[now - 23]
        for month in range(now - 22, now + 1):
            smoothed = 0.3 * past[month] + 0.7 * smoothed
        methods["smoothed"] = np.repeat(smoothed[None], H, axis=0)
        methods["model"] = machines.mean(axis=0)
        for quarter in range(min(4, back)):
            months = slice(3 * quarter, 3 * quarter + 3)
            truth = actual[now + 1 + 3 * quarter : now + 4 + 3 * quarter].sum(axis=0)
            sums = machines[:, months].sum(axis=1)
            ends = np.quantile(sums, [0.1, 0.9], axis=0)
            for method, forecast in methods.items():
                rows.append((now, method, quarter, truth, forecast[months].sum(axis=0), ends))
    table = []
    for method in {row[1]: None for row in rows}:
        for quarter in range(4):
            own = [row for row in rows if row[1] == method and row[2] == quarter]
            truth, found = np.array([row[3] for row in own]), np.array([row[4] for row in own])
            ends = np.array([row[5] for row in own])
            for level, t, f in [("all", truth.sum(1), found.sum(1))] + [
                (name, truth[:, m], found[:, m]) for name, m in maker.index.items()
            ]:
                error = f - t
                scale = np.abs(np.diff(t)).mean() or 1.0
                m = maker.index.get(level)
                inside = np.nan if m is None else np.mean((ends[:, 0, m] <= t) & (t <= ends[:, 1, m]))
                table.append(
                    (method, level, quarter + 1, len(own), np.abs(error).sum() / max(t.sum(), 1), error.sum() / max(t.sum(), 1),
                     np.abs(error).mean() / scale, np.sqrt((error**2).mean()) / scale, inside)
                )
    columns = ["method", "model", "quarter", "n", "wape", "bias", "mase", "rmsse", "coverage_80"]
    return pd.DataFrame(table, columns=columns)


def forecast_tables(maker, simulated):
    """Months and quarters by scenario and model, with quantiles."""
    monthly, quarterly = [], []
    names = list(maker.index) + ["all"]
    for scenario, (backlog, new, *_) in simulated.items():
        with_all = lambda cells: np.concatenate([cells, cells.sum(axis=2, keepdims=True)], axis=2)
        b, n = with_all(backlog), with_all(new)
        for table, sums in ((monthly, lambda c: c), (quarterly, lambda c: c.reshape(len(c), 4, 3, -1).sum(axis=2))):
            own, to_come = sums(b), sums(n)
            q = np.quantile(own + to_come, QUANTILES, axis=0)
            for step in range(own.shape[1]):
                for place, name in enumerate(names):
                    table.append(
                        (scenario, step + 1, name, own[:, step, place].mean(), to_come[:, step, place].mean(), *q[:, step, place])
                    )
    columns = ["scenario", "step", "model", "backlog", "to_come", "p10", "p50", "p90"]
    return [pd.DataFrame(rows, columns=columns).round(1) for rows in (monthly, quarterly)]


def mining_value(maker, price, model, h):
    """What a machine earns at the maker's own site from a month ahead on, by path, USD."""
    terms = maker.job["mining"]
    now = maker.market["hashprice_usd_per_ph_day"].iloc[-1]
    hashprice = now * price[:, -1] / np.exp(np.log(maker.market["price"].iloc[-1]))
    months = np.arange(terms["months"])
    fading = (1 - terms["hashprice_decline_per_month"]) ** months * (1 - terms["discount_per_month"]) ** months
    machine = maker.models.iloc[model]
    revenue = hashprice[:, None] * machine["hashrate_th"] / 1e3 * 30.4 * fading
    power = machine["power_w"] / 1e3 * 730 * maker.job["policy"]["power_usd_per_kwh"]
    return np.maximum(revenue - power, 0.0).sum(axis=1)


def order_rule(maker, known, backlog, new, price):
    """Newsvendor ratio of each chip, and orders up to the quantile of the chips needed by then."""
    orders = maker.orders[maker.orders["signed"] > maker.as_of - maker.job["wafers"]["price_months"]]
    per_th = (orders["quantity"] * orders["unit_price_usd"]).sum() / (orders["quantity"] * maker.th[orders["m"]]).sum()
    per_machine = maker.models["chips_per_machine"].to_numpy() * (1 + maker.job["wafers"]["spares_share"]) / (1 - maker.job["wafers"]["assembly_loss"])
    supply = maker.supply
    stock = supply[supply["kind"] == "machines_on_hand"].groupby("item")["quantity"].sum().reindex(list(maker.index)).fillna(0).to_numpy()
    needed = np.maximum(np.cumsum(backlog + new, axis=1) - stock, 0.0) * per_machine
    ratios, placed = [], []
    for _, foundry in maker.foundries.iterrows():
        chip = int(np.flatnonzero(maker.chips["name"] == foundry["chip"])[0])
        own = np.flatnonzero(maker.chip_of == chip)
        weights = (backlog + new)[:, :, own].sum(axis=(0, 1))
        if weights.sum() == 0:
            continue
        weights = weights / weights.sum()
        good = maker.chips["gross_dies_per_wafer"][chip] * maker.chips["yield"][chip]
        cost = foundry["wafer_cost_usd"] / good * (weights * per_machine[own]).sum()
        cost *= 1 + maker.job["wafers"]["capital_rate_per_month"] * foundry["lead_months"] * foundry["prepayment_share"]
        margin = (weights * (per_th * maker.th[own] - maker.models["other_cost_usd"].to_numpy()[own])).sum() - cost
        salvage = sum(w * mining_value(maker, price, m, foundry["lead_months"]) for w, m in zip(weights, own))
        salvage = np.maximum(salvage - (weights * maker.models["other_cost_usd"].to_numpy()[own]).sum(), 0.0)
        under = max(margin, 0.0) * maker.job["wafers"]["lost_share"]
        over = max(cost - min(salvage.mean(), cost * 0.95), 1.0)
        ratio = under / (under + over)
        level = min(ratio, maker.job["wafers"]["most_service_level"])
        ratios.append((foundry["chip"], foundry["name"], cost, margin, salvage.mean(), under, over, ratio, level))
        if ratio <= 0:
            continue
        need = needed[:, :, own].sum(axis=2)
        chips = supply[(supply["kind"] == "chips_on_hand") & (supply["item"] == foundry["chip"])]["quantity"].sum()
        open_wafers = supply[(supply["kind"] == "wafer_order") & (supply["item"] == foundry["chip"])]["wafers"].sum()
        held = chips + open_wafers * good
        lead = int(foundry["lead_months"]) + maker.job["wafers"]["assembly_months"]
        for first in range(H - lead):
            target = np.quantile(need[:, min(first + lead, H - 1)], level)
            lots = int(np.ceil(max(target - held, 0.0) / good / foundry["lot_wafers"]))
            if lots:
                wafers = lots * int(foundry["lot_wafers"])
                placed.append((foundry["chip"], foundry["name"], first, first + lead, wafers, wafers * foundry["wafer_cost_usd"],
                               wafers * foundry["wafer_cost_usd"] * foundry["prepayment_share"], first < 3))
                held += wafers * good
    a = pd.DataFrame(ratios, columns=["chip", "foundry", "cost", "margin", "salvage", "under", "over", "ratio", "level"])
    b = pd.DataFrame(placed, columns=["chip", "foundry", "placed", "ships", "wafers", "cost_usd", "prepayment_usd", "now"])
    return a, b, per_machine, stock


def plain(maker, out):
    known = Known(maker, maker.as_of)
    paths, seed = maker.job["job"]["paths"], maker.job["job"]["seed"]
    simulated = {name: known.simulate(paths, seed, multiple) for name, multiple in SCENARIOS.items()}
    monthly, quarterly = forecast_tables(maker, simulated)
    scores = replay(maker)
    ratios, wafers, per_machine, stock = order_rule(maker, known, *simulated["base"][:3])
    tables = {"backtest": scores, "shipment_forecast": monthly, "shipment_forecast_quarterly": quarterly,
              "critical_ratio": ratios, "wafer_orders": wafers}
    return known, simulated, tables, per_machine, stock


def arrivals(maker, wafers, share, rng, paths):
    """Good chips by path, chip and month: on hand, on order, and of `share` of the orders; lots with a yield of their own, some late."""
    come = np.zeros((paths, len(maker.chips), H + 1))
    for chip, row in maker.chips.iterrows():
        good = row["gross_dies_per_wafer"] * row["yield"]
        own = maker.supply[maker.supply["item"] == row["name"]]
        come[:, chip, 0] += own[own["kind"] == "chips_on_hand"]["quantity"].sum()
        due = own[own["kind"] == "wafer_order"]
        lots = [(max(int(m) - maker.as_of, 0), w * good) for m, w in zip(month_of(due["due_date"]), due["wafers"])]
        lots += [(ships, count * good * share) for ships, count in wafers[wafers["chip"] == row["name"]][["ships", "wafers"]].to_numpy()]
        for month, chips in lots:
            if month < H:
                late = rng.random(paths) < 0.15
                amount = chips * np.maximum(1 + 0.08 * rng.standard_normal(paths), 0.0)
                np.add.at(come, (np.arange(paths), chip, np.minimum(int(month) + late, H)), amount)
    return come[:, :, :H]


def ship(maker, backlog, new, come, per_machine, stock):
    """What ships on each path, what of it is of contracts, and chips left over."""
    paths, _, models = backlog.shape
    ships, of_contracts = np.empty_like(backlog), np.empty_like(backlog)
    waiting, waiting_new = np.zeros((paths, models)), np.zeros((paths, models))
    on_hand = np.broadcast_to(stock, (paths, models)).copy()
    pool = np.zeros((paths, len(maker.chips)))
    groups = [np.flatnonzero(maker.chip_of == chip) for chip in range(len(maker.chips))]
    for h in range(H):
        pool += come[:, :, h]
        waiting, waiting_new = waiting + backlog[:, h], waiting_new + new[:, h]
        wanted = waiting + waiting_new
        from_stock = np.minimum(wanted, on_hand)
        on_hand -= from_stock
        rest = (wanted - from_stock) * per_machine
        for chip, own in enumerate(groups):
            need = rest[:, own].sum(axis=1)
            share = np.divide(np.minimum(pool[:, chip], need), need, out=np.zeros(paths), where=need > 0)
            pool[:, chip] -= need * share
            ships[:, h, own] = from_stock[:, own] + rest[:, own] * share[:, None] / per_machine[own]
        of_contracts[:, h] = np.minimum(ships[:, h], waiting)
        waiting = waiting - of_contracts[:, h]
        waiting_new = np.maximum(waiting_new - (ships[:, h] - of_contracts[:, h]), 0.0)
    return ships, of_contracts, pool


def cash(maker, known, case, wafers, share, per_machine, stock, seed):
    """Cash by path and month: deposits, balances, foundries and building; defaults by price."""
    backlog, new, price, signed = case
    rng = np.random.default_rng(seed)
    paths = len(price)
    fall = np.maximum(price[:, :1] / price, 1.0) ** 1.5
    stays = np.exp(-np.cumsum(fall, axis=1) * maker.job["cash"]["default_share"] / 12)
    come = arrivals(maker, wafers, share, rng, paths)
    ships, contracts, left = ship(maker, backlog * stays[:, :, None], new, come, per_machine, stock)
    lists = np.array([maker.orders[maker.orders["m"] == m]["unit_price_usd"].tail(20).mean() for m in range(len(maker.index))])
    lists = np.nan_to_num(lists)[None, None] * ((price / price[:, :1]) ** 0.7)[:, :, None]
    deposit = maker.job["cash"]["customer_deposit_share"]
    net = deposit * (signed[:, :, None] * known.mix / maker.th * lists).sum(axis=2)
    net += (1 - deposit) * ((ships - contracts) * lists).sum(axis=2)
    net += (1 - deposit) * (contracts * lists[:, :1]).sum(axis=2)
    built = np.maximum(np.cumsum(ships, axis=1) - stock, 0.0)
    net -= (np.diff(built, axis=1, prepend=0.0) * maker.models["other_cost_usd"].to_numpy()).sum(axis=2)
    for placed, ships_in, cost, prepaid in wafers[["placed", "ships", "cost_usd", "prepayment_usd"]].to_numpy():
        net[:, int(placed)] -= prepaid * share
        if ships_in < H:
            net[:, int(ships_in)] -= (cost - prepaid) * share
    level = np.cumsum(net, axis=1)
    return level, level.min(axis=1), left


def more(maker, known, simulated, tables, per_machine, stock):
    """What supply lets ship, cash on paths by scenario and case and by budget, and chip need."""
    wafers = tables["wafer_orders"]
    at = [0.05, 0.1, 0.5, 0.9, 0.95]
    limited, risk, low, frontier = [], [], [], []
    names = list(maker.index) + ["all"]
    seed = maker.job["job"]["seed"]
    for scenario, (backlog, new, price, signed) in simulated.items():
        come = arrivals(maker, wafers, 1.0, np.random.default_rng(seed), len(price))
        ships, _, _ = ship(maker, backlog, new, come, per_machine, stock)
        ships = np.concatenate([ships, ships.sum(axis=2, keepdims=True)], axis=2)
        for first, last in [(h, h + 1) for h in range(H)] + [(q, q + 3) for q in range(0, H, 3)] + [(0, H)]:
            q = np.quantile(ships[:, first:last].sum(axis=1), QUANTILES, axis=0)
            limited += [(scenario, first, last, name, *q[:, place]) for place, name in enumerate(names)]
        none = np.zeros_like(new)
        cases = {
            "plan": ((backlog, new, price, signed), 1.0),
            "contracts_of_today": ((backlog, none, price, np.zeros_like(signed)), 0.0),
            "no_new_orders": ((backlog, none, price, np.zeros_like(signed)), 1.0),
            "largest_customer_gone": ((backlog * 0.8, new, price, signed), 1.0),
        }
        for name, (case, share) in cases.items():
            level, lowest, _ = cash(maker, known, case, wafers, share, per_machine, stock, seed)
            q = np.quantile(level, at, axis=0)
            risk += [(scenario, name, h + 1, *q[:, h], level[:, h].mean(), (level[:, : h + 1] < 0).any(axis=1).mean()) for h in range(H)]
            low.append((scenario, name, *np.quantile(lowest, at), int(np.bincount(level.argmin(axis=1), minlength=H).argmax())))
    for tenth in range(11):
        level, lowest, left = cash(maker, known, simulated["base"], wafers, tenth / 10, per_machine, stock, seed)
        frontier.append((tenth / 10, *np.quantile(lowest, at), left.mean(), np.sort(left.sum(axis=1))[-len(left) // 20 :].mean()))
    need = []
    machines = np.cumsum(simulated["base"][0] + simulated["base"][1], axis=1)
    chips = np.stack([(machines[:, :, maker.chip_of == c] * per_machine[maker.chip_of == c]).sum(axis=2) for c in range(len(maker.chips))], axis=2)
    q = np.quantile(chips, np.arange(1, 101) / 100, axis=0)
    for c, chip in enumerate(maker.chips["name"]):
        need += [(chip, h + 1, percent + 1, q[percent, h, c]) for h in range(H) for percent in range(100)]
    history = [(name_of(month), model, known.by_month[month, m]) for month in range(maker.as_of - 47, maker.as_of + 1) for model, m in maker.index.items()]
    quantile_names = ["p5", "p10", "p50", "p90", "p95"]
    tables["shipments_limited"] = pd.DataFrame(limited, columns=["scenario", "first", "end", "model", "p10", "p50", "p90"])
    tables["cash_risk"] = pd.DataFrame(risk, columns=["scenario", "case", "step", *quantile_names, "mean", "below"])
    tables["cash_low"] = pd.DataFrame(low, columns=["scenario", "case", *quantile_names, "month"])
    tables["budget_frontier"] = pd.DataFrame(frontier, columns=["share", *quantile_names, "left", "left_worst"])
    tables["chip_need"] = pd.DataFrame(need, columns=["chip", "step", "percent", "chips"])
    tables["history"] = pd.DataFrame(history, columns=["month", "model", "machines"])
    tables["market"] = maker.market.reset_index()


def write(tables, out, parquet):
    out.mkdir(parents=True, exist_ok=True)
    if parquet:
        import polars

        for name, table in tables.items():
            frame = polars.DataFrame({column: table[column].to_numpy() for column in table})
            frame.write_csv(out / f"{name}.csv")
            frame.write_parquet(out / f"{name}.parquet")
    else:
        for name, table in tables.items():
            table.to_csv(out / f"{name}.csv", index=False)
    with pd.ExcelWriter(out / "forecast.xlsx", engine="xlsxwriter") as book:
        number = book.book.add_format({"num_format": "#,##0.0"})
        for name, table in tables.items():
            table.to_excel(book, sheet_name=name[:31], index=False)
            sheet = book.sheets[name[:31]]
            sheet.set_column(0, len(table.columns), 14, number)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def main():
    job, out, *asked = sys.argv[1:]
    maker = Maker(job)
    known, simulated, tables, per_machine, stock = plain(maker, out)
    if "--more" in asked:
        more(maker, known, simulated, tables, per_machine, stock)
    write(tables, Path(out), "--more" in asked)


if __name__ == "__main__":
    main()
