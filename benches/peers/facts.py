"""Recency, frequency and monetary value of 10,000,000 fact rows: the release binary beside pandas and DuckDB.

Makes the rows (seeded, 500,000 customers, about 4,600,000 orders, a year of days), writes them as Parquet and csv, and has each
program find every customer's last day, number of different orders and sum. Peers read only the four columns they need; their
clock starts after their imports. Ours is the whole process of `segmenta rfm`, which also works out the other features, scores and
segments. Every run is a process of its own; times are medians, memory is the largest resident set by GNU time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

MANIFEST = """title = "Facts"
[[table]]
file = "raw/sale.{kind}"
{more}
[facts]
table = "sale"
customer = "customer_id"
order = "invoice_no"
time = "transaction_date"
amount = "sale"
[segmentation]
value = "monetary"
features = ["recency_days", "frequency", "monetary"]
"""

PANDAS = """
import time, pandas as pd
start = time.perf_counter()
columns = ["customer_id", "invoice_no", "transaction_date", "sale"]
if {parquet}:
    facts = pd.read_parquet({file!r}, columns=columns)
else:
    facts = pd.read_csv({file!r}, usecols=columns, parse_dates=["transaction_date"])
found = facts.groupby("customer_id").agg(last=("transaction_date", "max"), orders=("invoice_no", "nunique"), money=("sale", "sum"))
print(time.perf_counter() - start, len(found), int(found.orders.sum()), round(float(found.money.sum()), 2))
"""

DUCKDB = """
import time, duckdb
duckdb.sql("SET threads = 2; SET enable_progress_bar = false")
start = time.perf_counter()
found = duckdb.sql("SELECT customer_id, max(transaction_date) AS last, count(DISTINCT invoice_no) AS orders, sum(sale) AS money FROM {source} GROUP BY customer_id").df()
print(time.perf_counter() - start, len(found), int(found.orders.sum()), round(float(found.money.sum()), 2))
"""


def generate(folder, rows, customers):
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    random = np.random.default_rng(1)
    lines = 1 + np.minimum(random.poisson(1.17, rows), 9)
    lines = lines[: int(np.searchsorted(np.cumsum(lines), rows)) + 1]
    orders = len(lines)
    # A few customers order often, most seldom.
    weight = random.lognormal(0.0, 1.0, customers)
    customer = random.choice(customers, orders, p=weight / weight.sum())
    customer[:customers] = np.arange(customers)
    day = np.sort(random.integers(0, 374, orders))
    of_row = np.repeat(np.arange(orders), lines)[:rows]
    quantity = 1 + random.poisson(1.0, rows)
    price = np.round(random.lognormal(2.8, 0.6, rows), 2)
    start = np.datetime64("2023-12-01")
    random.shuffle(customer)
    table = pa.table(
        {
            "transaction_date": pa.array((start + day[of_row]).astype("datetime64[ms]")),
            "customer_id": pa.array(12_000 + customer[of_row]),
            "invoice_no": pa.array(536_365 + of_row),
            "stock_code": pa.array(np.char.add("8", (5_000 + random.integers(0, 2_000, rows)).astype(str))),
            "quantity": pa.array(quantity),
            "unit_price": pa.array(price),
            "sale": pa.array(np.round(quantity * price, 2)),
        }
    )
    for kind in ["parquet", "csv"]:
        raw = os.path.join(folder, "data", kind, "raw")
        os.makedirs(raw)
        file = os.path.join(raw, f"sale.{kind}")
        if kind == "parquet":
            pa.parquet.write_table(table, file, row_group_size=1_000_000)
        else:
            pa.csv.write_csv(table, file, pa.csv.WriteOptions(quoting_style="none"))
        more = 'date_order = "year-month-day"' if kind == "csv" else ""
        with open(os.path.join(folder, "data", kind, "dataset.toml"), "w") as manifest:
            manifest.write(MANIFEST.format(kind=kind, more=more))


def run(command, environment=None):
    """Seconds, megabytes and output of a process."""
    start = time.perf_counter()
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *command], capture_output=True, text=True, env=environment)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(done.stderr)
    return seconds, int(done.stderr.strip().split("\n")[-1]) / 1024, done.stdout


def median(values):
    return statistics.median(values)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/segmenta")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", help="folder for the generated files, made when it is not there")
    arguments = parser.parse_args()
    temporary = tempfile.TemporaryDirectory()
    folder = arguments.keep or temporary.name
    if not os.path.exists(os.path.join(folder, "data")):
        print("generating", flush=True)
        generate(folder, arguments.rows, arguments.customers)
    binary = os.path.abspath(arguments.binary)
    for kind in ["parquet", "csv"]:
        file = os.path.join(folder, "data", kind, "raw", f"sale.{kind}")
        source = f"'{file}'"
        peers = {
            "pandas": PANDAS.format(parquet=kind == "parquet", file=file),
            "DuckDB": DUCKDB.format(source=source),
        }
        times, memory, said = {}, {}, {}
        for name, code in peers.items():
            runs = [run([sys.executable, "-c", code]) for _ in range(arguments.runs)]
            times[name] = median([float(out.split()[0]) for _, _, out in runs])
            memory[name] = median([megabytes for _, megabytes, _ in runs])
            said[name] = runs[0][2].split()[1:]
        command = [binary, "rfm", kind, "--data-dir", os.path.join(folder, "data"), "--json"]
        runs = [run(command) for _ in range(arguments.runs)]
        times["Segmenta"] = median([seconds for seconds, _, _ in runs])
        memory["Segmenta"] = median([megabytes for _, megabytes, _ in runs])
        found = json.loads(runs[0][2])
        said["Segmenta"] = [found["customers"], found["orders"], round(found["monetary"], 2)]
        for name, seconds in times.items():
            ratio = seconds / times["Segmenta"]
            print(f"{kind:<8} {name:<9} {seconds:7.2f} s  {memory[name]:6.0f} MB  {ratio:5.1f} times ours  {said[name]}", flush=True)


if __name__ == "__main__":
    main()
