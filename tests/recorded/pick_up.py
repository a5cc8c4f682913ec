"""Accuracy of the additive pick-up on the fixture maker, from its exports alone: what tests/all/published.rs expects.

python3 tests/recorded/pick_up.py

Forecast of a month: machines due then by contract (past due ones in the first month, up to a year late), and the mean of what was
shipped beyond them at the same distance from the four newest earlier quarter ends where that is known (Talluri and van Ryzin
2004, section 9.3: additive pick-up).
"""
import csv
from collections import defaultdict

FOLDER = "fixtures/maker/"
AS_OF = 2025 * 12 + 8


def month(date):
    return int(date[:4]) * 12 + int(date[5:7]) - 1


orders = list(csv.DictReader(open(FOLDER + "futures_orders.csv")))
shipments = list(csv.DictReader(open(FOLDER + "shipments.csv")))
shipped = defaultdict(int)
of_order = defaultdict(lambda: defaultdict(int))
for row in shipments:
    shipped[month(row["shipped_date"])] += int(row["quantity"])
    of_order[row["order_id"]][month(row["shipped_date"])] += int(row["quantity"])


def firm(origin):
    """Machines due in each of the twelve months after the origin, as known then."""
    due = [0] * 12
    for o in orders:
        if month(o["signed_date"]) > origin or (o["cancelled_date"] and month(o["cancelled_date"]) <= origin):
            continue
        quantity, months, start = int(o["quantity"]), int(o["delivery_months"]), month(o["delivery_start"])
        left = sum(n for m, n in of_order[o["order_id"]].items() if m <= origin)
        for batch in range(months):
            machines = quantity // months + (batch < quantity % months)
            gone = min(machines, left)
            left -= gone
            ahead = max(start + batch - origin - 1, 0)
            if start + batch >= origin - 12 and ahead < 12:
                due[ahead] += machines - gone
    return due


first = max(min(month(o["signed_date"]) for o in orders), min(shipped)) + 11
origins = [m for m in range(first, AS_OF - 2) if m % 3 == 2][-24:]
known = {m: firm(m) for m in origins}


def pick_up(origin):
    months = []
    for h in range(12):
        earlier = [m for m in origins if m < origin and m + h + 1 <= origin][-4:]
        if not earlier:
            return None
        beyond = sum(shipped[m + h + 1] - known[m][h] for m in earlier) / len(earlier)
        months.append(max(known[origin][h] + beyond, 0))
    return months


for level, length in (("month", 1), ("quarter", 3), ("12M", 12)):
    for horizon in range(1, 12 // length + 1):
        errors = actuals = n = 0
        for origin in origins:
            months = pick_up(origin)
            span = range(length * (horizon - 1), length * horizon)
            if months is None or origin + span[-1] + 1 > AS_OF:
                continue
            forecast, actual = sum(months[h] for h in span), sum(shipped[origin + h + 1] for h in span)
            errors, actuals, n = errors + abs(forecast - actual), actuals + actual, n + 1
        print(level, horizon, n, f"{errors / actuals:.4f}")
