"""DuckDB, pandas and polars read a vintage's CSV and Parquet files with the types that the dictionary documents.

Run by hand, with the three installed (pip install duckdb pandas pyarrow polars):

    cargo run --release --locked -- run jobs/quarterly.toml --out /tmp/out
    cargo run --release --locked -- schema --format json > /tmp/schema.json
    python3 tests/readers.py /tmp/out/latest /tmp/schema.json

It prints what was read and ends with 1 when a type, a number of rows or a sum differs.
"""

import json
import math
import pathlib
import sys

import duckdb
import pandas
import polars

DUCKDB = {"text": "VARCHAR", "date": "DATE", "integer": "BIGINT", "number": "DOUBLE"}
POLARS = {"text": polars.String, "date": polars.Date, "integer": polars.Int64, "number": polars.Float64}
PANDAS = {"text": "string", "date": "date32", "integer": "int64", "number": "double"}


def main(vintage, schema):
    vintage = pathlib.Path(vintage)
    schema = json.loads(pathlib.Path(schema).read_text())
    wrong, counts = [], {"tables": 0, "columns": 0, "rows": 0, "sums": 0}

    def check(same, *what):
        if not same:
            wrong.append(what)

    for table in schema["tables"]:
        name = table["name"]
        csv, parquet = vintage / "csv" / f"{name}.csv", vintage / "parquet" / f"{name}.parquet"
        columns = {column["name"]: column["type"] for column in table["columns"]}
        counts["tables"] += 1
        counts["columns"] += len(columns)

        # DuckDB: types of Parquet as they are, of CSV as documented.
        described = duckdb.sql(f"describe select * from '{parquet}'").fetchall()
        check({row[0]: row[1] for row in described} == {c: DUCKDB[t] for c, t in columns.items()}, "duckdb", name)
        types = "{" + ", ".join(f"'{c}': '{DUCKDB[t]}'" for c, t in columns.items()) + "}"
        read = f"read_csv('{csv}', header = true, columns = {types})"
        rows = {
            "duckdb parquet": duckdb.sql(f"select count(*) from '{parquet}'").fetchall()[0][0],
            "duckdb csv": duckdb.sql(f"select count(*) from {read}").fetchall()[0][0],
        }
        pairs = dict(duckdb.sql(f"select key, value from parquet_kv_metadata('{parquet}')").fetchall())
        check(pairs.get(b"wafercast.schema_version") == str(schema["schema_version"]).encode(), "metadata", name)

        # polars.
        frame = polars.read_parquet(parquet)
        check(dict(frame.schema) == {c: POLARS[t] for c, t in columns.items()}, "polars", name, frame.schema)
        text = polars.read_csv(csv, schema={c: POLARS[t] for c, t in columns.items()})
        rows |= {"polars parquet": frame.height, "polars csv": text.height}
        check(frame.equals(text), "polars: csv and parquet differ", name)

        # pandas, through Arrow types so that missing whole numbers stay missing.
        of_pandas = pandas.read_parquet(parquet, dtype_backend="pyarrow")
        for column, kind in columns.items():
            check(PANDAS[kind] in str(of_pandas[column].dtype), "pandas", name, column, of_pandas[column].dtype)
        dates = [c for c, t in columns.items() if t == "date"]
        given = {c: PANDAS[t] + "[pyarrow]" for c, t in columns.items() if t != "date"}
        of_csv = pandas.read_csv(csv, dtype=given, parse_dates=dates, keep_default_na=False, na_values=[""])
        rows |= {"pandas parquet": len(of_pandas), "pandas csv": len(of_csv)}
        check(len(set(rows.values())) == 1, "rows", name, rows)
        counts["rows"] += frame.height

        # A sum of every column of numbers, six ways.
        for column, kind in columns.items():
            if kind in ("integer", "number") and frame.height:
                sums = [
                    duckdb.sql(f'select sum("{column}") from \'{parquet}\'').fetchall()[0][0],
                    duckdb.sql(f'select sum("{column}") from {read}').fetchall()[0][0],
                    frame[column].sum(),
                    text[column].sum(),
                    of_pandas[column].sum(),
                    of_csv[column].sum(),
                ]
                sums = [0.0 if s is None or s is pandas.NA else float(s) for s in sums]
                same = all(math.isclose(s, sums[0], rel_tol=1e-12, abs_tol=1e-6) for s in sums)
                check(same, "sums", name, column, sums)
                counts["sums"] += 1

    print(f"duckdb {duckdb.__version__}, pandas {pandas.__version__}, polars {polars.__version__}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    for what in wrong:
        print("differs:", *what)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
