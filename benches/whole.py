#!/usr/bin/env python3
"""Times whole processes: the job on the fixtures, many models, many order lines, and how they grow.

    make bench-whole                                 # or: python3 benches/whole.py [PART ...]
    python3 benches/whole.py reading script --peers  # beside polars, DuckDB and a script, installed into a scratch environment

Parts: job, stages, models, paths, orders, vintage, vintages, drivers, history, reading, script. Each command runs RUNS times after one that is not counted, by turns
with what it is compared with; printed are the median of processor time, its least and most, wall time and peak memory. Linux or macOS;
Python's own library alone, but for the peers. Nothing in the tests depends on a time.
"""

import argparse
import csv
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAKER = ROOT / "fixtures/maker"
JOB = ROOT / "jobs/quarterly.toml"


def timed(command):
    """Processor seconds, wall seconds and peak MiB of a command."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 65):
        sys.exit(f"{command}: exit code {process.returncode}\n{said.decode()}")
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / scale


def compare(commands, runs):
    """Times of each named command, by turns, after one turn that is not counted."""
    found = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            once = timed(command() if callable(command) else command)
            if turn > 0:
                found[name].append(once)
    for name, times in found.items():
        cpu, wall, peak = zip(*times)
        print(
            f"| {name} | {statistics.median(cpu):.2f} ({min(cpu):.2f} to {max(cpu):.2f}) "
            f"| {statistics.median(wall):.2f} | {max(peak):.0f} |",
            flush=True,
        )
    return {name: statistics.median(once[0] for once in times) for name, times in found.items()}


def head(title, load=True):
    busy = f", load {os.getloadavg()[0]:.1f}" if load else ""
    print(f"\n{title}{busy}\n\n| | processor s | wall s | MiB |\n|---|---|---|---|", flush=True)


def slope(points):
    """Log-log slope between each size and the next: 1 is in proportion."""
    sizes = sorted(points)
    steps = [
        math.log(points[b] / points[a]) / math.log(b / a) for a, b in zip(sizes, sizes[1:])
    ]
    whole = math.log(points[sizes[-1]] / points[sizes[0]]) / math.log(sizes[-1] / sizes[0])
    each = ", ".join(f"{a} to {b} {s:.2f}" for a, b, s in zip(sizes, sizes[1:], steps))
    print(f"slopes: {each}; from the least to the most {whole:.2f}", flush=True)


def run_of(binary, job, out, *more):
    """A run into a folder that is new each time: the same job and exports again change nothing."""

    def command():
        shutil.rmtree(out, ignore_errors=True)
        return [binary, "run", "--quiet", str(job), "--out", str(out), *more]

    return command


def many_models(count, folder):
    """A maker with so many models: each of the fixtures' is copied, every order goes whole to a quarter of the copies of its model."""
    folder.mkdir(parents=True)
    text = JOB.read_text(encoding="utf-8").replace("../fixtures/maker/", "").replace("../out", "out")
    before, rest = text.split("[[models]]", 1)
    blocks, after = ("[[models]]" + rest).split("# Chips (required)", 1)
    blocks = ["[[models]]" + block for block in blocks.split("[[models]]")[1:]]
    names = [re.search(r'name = "([^"]+)"', block).group(1) for block in blocks]
    copies, models = {name: [] for name in names}, []
    for index in range(count):
        block, name, copy = blocks[index % len(blocks)], names[index % len(blocks)], index // len(blocks)
        own = name if copy == 0 else f"{name}-{copy:03d}"
        copies[name].append(own)
        models.append(block.replace(f'name = "{name}"', f'name = "{own}"', 1))
    (folder / "job.toml").write_text(
        before + "".join(models) + "# Chips (required)" + after, encoding="utf-8"
    )
    some = {name: max(1, math.ceil(len(of) / 4)) for name, of in copies.items()}

    def rows(name):
        with open(MAKER / f"{name}.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def write(name, rows):
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    taken, turn = {}, {name: 0 for name in names}
    orders = []
    for row in rows("futures_orders"):
        own = copies[row["model"]]
        step = 4 if some[row["model"]] > 1 else 1
        places = {(turn[row["model"]] + step * k) % len(own) for k in range(some[row["model"]])}
        turn[row["model"]] += 1
        taken[row["order_id"]] = [
            (row["order_id"] if k == 0 else f"{row['order_id']}-{k:03d}", own[place])
            for k, place in enumerate(sorted(places))
        ]
        orders += [{**row, "order_id": order, "model": model} for order, model in taken[row["order_id"]]]
    write("futures_orders", orders)
    write(
        "shipments",
        [
            {**row, "order_id": order, "model": model}
            for row in rows("shipments")
            for order, model in taken[row["order_id"]]
        ],
    )
    write(
        "channel_inventory",
        [
            {**row, "model": model}
            for row in rows("channel_inventory")
            for model in copies[row["model"]][: some[row["model"]]]
        ],
    )
    supply, larger = [], some["M90-200"]
    stock = {row["item"]: row for row in rows("supply") if row["kind"] == "machines_on_hand"}
    any_row = {key: "" for key in next(iter(stock.values()))}
    for name in names:
        for index, model in enumerate(copies[name]):
            row = stock.get(name, {**any_row, "date": "2025-09-30", "kind": "machines_on_hand", "quantity": 0})
            supply.append({**row, "item": model, "quantity": row["quantity"] if index < some[name] else 0})
    for row in rows("supply"):
        if row["kind"] == "chips_on_hand":
            supply.append({**row, "quantity": int(row["quantity"]) * larger})
        elif row["kind"] == "wafer_order":
            paid = float(row["prepaid_usd"]) * larger
            supply.append({**row, "wafers": int(row["wafers"]) * larger, "prepaid_usd": f"{paid:.2f}"})
    write("supply", supply)
    for name in ("hashprice", "difficulty", "customers", "pipeline"):
        shutil.copy(MAKER / f"{name}.csv", folder)
    return folder / "job.toml"


def job(binary, scratch, runs, _):
    head("The job on the fixtures")
    compare({"run jobs/quarterly.toml": run_of(binary, JOB, scratch / "job")}, runs)


def stages(binary, scratch, runs, _):
    """Processor time that has gone by when each stage begins (Linux)."""
    print("\n| stage | processor s, median |\n|---|---|")
    tick, found = os.sysconf("SC_CLK_TCK"), {}
    for _ in range(runs):
        command = run_of(binary, JOB, scratch / "stages", "--verbose")()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        name, since = "before the first stage", 0.0
        for line in process.stderr:
            if "warning" in line or "]" in line:
                continue
            cells = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            now = (int(cells[11]) + int(cells[12])) / tick
            found.setdefault(name, []).append(now - since)
            name, since = line.strip(), now
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        found.setdefault(name, []).append(usage.ru_utime + usage.ru_stime - since)
    for name, times in found.items():
        print(f"| {name} | {statistics.median(times):.2f} |")


def models(binary, scratch, runs, _):
    head("Models")
    points = {}
    for count in (6, 25, 100, 400):
        name = f"{count} models"
        made = many_models(count, scratch / f"models{count}")
        points[count] = compare({name: run_of(binary, made, scratch / "models")}, runs)[name]
    slope(points)


def paths(binary, scratch, runs, _):
    head("Paths")
    points = {}
    for count in (1000, 4000, 16000):
        text = JOB.read_text(encoding="utf-8").replace("paths = 2000", f"paths = {count}")
        made = scratch / f"paths{count}.toml"
        made.write_text(text.replace("../fixtures", str(ROOT / "fixtures")), encoding="utf-8")
        name = f"{count} paths"
        points[count] = compare({name: run_of(binary, made, scratch / "paths")}, runs)[name]
    slope(points)


def lines_of(scratch, count, bad=0):
    """A folder of exports with so many order lines."""
    folder = scratch / f"orders{count}-{bad}"
    if not folder.exists():
        generator = ROOT / "target/release/examples/many_orders"
        subprocess.run([generator, str(folder), str(count), str(bad)], check=True)
        for name in ("hashprice.csv", "difficulty.csv"):
            shutil.copy(MAKER / name, folder)
    return folder


def orders(binary, scratch, runs, _):
    head("Order lines, `wafercast check`")
    points = {}
    for count in (1_000_000, 5_000_000, 10_000_000, 25_000_000):
        name = f"{count} lines"
        command = [binary, "check", str(JOB), "--inputs", str(lines_of(scratch, count))]
        points[count] = compare({name: command}, min(runs, 3))[name]
        if count > 10_000_000:
            shutil.rmtree(scratch / f"orders{count}-0")
    slope(points)


def vintage(binary, scratch, runs, _):
    """The same run beside a vintage of the quarter before, and without."""
    head("A vintage before")
    before = scratch / "before"
    subprocess.run(
        [binary, "run", "--quiet", str(JOB), "--as-of", "2025-06-30", "--out", str(before)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def beside():
        shutil.rmtree(scratch / "beside", ignore_errors=True)
        shutil.copytree(before, scratch / "beside", symlinks=True)
        return [binary, "run", "--quiet", str(JOB), "--out", str(scratch / "beside")]

    found = compare({"without": run_of(binary, JOB, scratch / "alone"), "one vintage before": beside}, runs)
    without, one = found.values()
    print(f"ratio {one / without:.2f}")


def vintages(binary, scratch, runs, _):
    """The same run beside one vintage before, and beside many: the quarter ends before, one after the other."""
    head("Vintages before")
    days = ["03-31", "06-30", "09-30", "12-31"]
    ends = [f"{year}-{day}" for year in (2023, 2024, 2025) for day in days if f"{year}-{day}" < "2025-09-30"]
    points = {}
    for count in (1, 2, 5, 10):
        before = scratch / f"vintages{count}"
        for end in ends[-count:]:
            command = [binary, "run", "--quiet", str(JOB), "--as-of", end, "--out", str(before)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def beside():
            shutil.rmtree(scratch / "beside", ignore_errors=True)
            shutil.copytree(before, scratch / "beside", symlinks=True)
            return [binary, "run", "--quiet", str(JOB), "--out", str(scratch / "beside")]

        points[count] = compare({f"{count} before": beside}, runs)[f"{count} before"]
    slope(points)


def drivers(binary, scratch, runs, _):
    """Exported drivers of demand, each with a value a month."""
    head("Drivers")
    points = {}
    for count in (1, 4, 16):
        made = scratch / f"drivers{count}"
        made.mkdir()
        with open(made / "drivers.csv", "w", encoding="utf-8") as file:
            file.write("date,name,value\n")
            for month in range(62):
                date = f"{2020 + (month + 6) // 12}-{(month + 6) % 12 + 1:02d}-28"
                file.writelines(
                    f"{date},driver_{k},{10 + math.sin(month / (2 + k)) + k:.4f}\n" for k in range(count)
                )
        text = JOB.read_text(encoding="utf-8").replace("../fixtures", str(ROOT / "fixtures"))
        text = text.replace("[reading]", f'[exports.drivers]\npath = "{made / "drivers.csv"}"\n\n[reading]', 1)
        (made / "job.toml").write_text(text, encoding="utf-8")
        name = f"{count} drivers"
        points[count] = compare({name: run_of(binary, made / "job.toml", scratch / "out")}, runs)[name]
    slope(points)


def history(binary, scratch, runs, _):
    """Months of orders and shipments: the newest of the fixtures."""
    head("History")
    points = {}
    for months in (12, 24, 51):
        made = scratch / f"history{months}"
        shutil.copytree(MAKER, made)
        first = 2025 * 12 + 9 - months
        since = f"{first // 12}-{first % 12 + 1:02d}-01"
        kept = set()
        for export, column in (("futures_orders", "signed_date"), ("shipments", "shipped_date")):
            with open(MAKER / f"{export}.csv", encoding="utf-8", newline="") as file:
                rows = [row for row in csv.DictReader(file) if row[column] >= since]
            if export == "futures_orders":
                kept = {row["order_id"] for row in rows}
            rows = [row for row in rows if row["order_id"] in kept]
            with open(made / f"{export}.csv", "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        name = f"{months} months"
        command = run_of(binary, JOB, scratch / "out", "--inputs", str(made))
        points[months] = compare({name: command}, runs)[name]
    slope(points)


GROUP = {
    "polars": "import polars as pl, sys\n"
    "f = pl.scan_csv(sys.argv[1]).group_by('model', 'customer_segment').agg(pl.col('quantity').sum()).collect()\n"
    "print(int(f['quantity'].sum()))",
    "duckdb": "import duckdb, sys\n"
    "q = \"select model, customer_segment, sum(quantity) q from read_csv('%s') group by all\" % sys.argv[1]\n"
    "print(int(sum(r[2] for r in duckdb.sql(q).fetchall())))",
}


def reading(binary, scratch, runs, peers):
    """Order lines read and checked, 3,000 of them with a wrong cell; the peers group as many right ones, and check nothing."""
    head("Reading order lines")
    for count in (1_000_000, 10_000_000):
        commands = {
            f"wafercast check, {count} lines, 3000 wrong": [binary, "check", str(JOB), "--inputs", str(lines_of(scratch, count, 3000))],
            f"wafercast check, {count} lines": [binary, "check", str(JOB), "--inputs", str(lines_of(scratch, count))],
        }
        for name in peers and GROUP:
            file = str(lines_of(scratch, count) / "futures_orders.csv")
            commands[f"{name}, {count} lines, unchecked"] = [str(peers), "-c", GROUP[name], file]
        compare(commands, runs)


IMPORTS = "import numpy, pandas, sklearn.linear_model, xlsxwriter"


def script(binary, scratch, runs, peers):
    """The job against benches/peer.py, which does less."""
    head("The job beside a script")
    if not peers:
        sys.exit("script: needs --peers")
    peer = [str(peers), str(ROOT / "benches/peer.py"), str(JOB), str(scratch / "script")]
    commands = {
        "wafercast run, 35 tables, workbook, page": run_of(binary, JOB, scratch / "job"),
        "peer.py, 5 tables, workbook": peer,
        "peer.py --more, 12 tables, workbook": [*peer, "--more"],
        "its imports alone": [str(peers), "-c", IMPORTS],
    }
    found = list(compare(commands, runs).values())
    print(f"processor time over that of wafercast: {found[1] / found[0]:.1f}, with --more {found[2] / found[0]:.1f}")


PEERS = ["duckdb", "numpy", "pandas", "polars", "scikit-learn", "xlsxwriter"]


def scratch_python(folder):
    """A Python with the peers, in an environment of its own."""
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
    versions = f"from importlib.metadata import version; print(*(f'{{p}} {{version(p)}}' for p in {PEERS}), sep=', ')"
    subprocess.run([python, "-c", versions], check=True)
    return python


ALL = (job, stages, models, paths, orders, vintage, vintages, drivers, history, reading, script)
PARTS = {of.__name__: of for of in ALL}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[part for part in PARTS if part != "script"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--binary", default=str(ROOT / "target/release/wafercast"))
    parser.add_argument("--peers", action="store_true", help="install polars, DuckDB and what the script needs, for `reading` and `script`")
    asked = parser.parse_args()
    for part in asked.parts:
        if part not in PARTS:
            parser.error(f"`{part}` is none of {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        print(f"{os.cpu_count()} cores, {asked.runs} runs each after one that is not counted")
        peers = scratch_python(scratch / "peers") if asked.peers else None
        for part in asked.parts:
            PARTS[part](asked.binary, scratch, asked.runs, peers)


if __name__ == "__main__":
    main()
