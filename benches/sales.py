"""How long the Sales page takes to answer a slicer change, over 10,000,000 generated rows or a data set of one's own.

Starts the release binary on the data, waits for its model, then asks for the page with one filter after another over one
connection and prints the median of several answers each. Every address differs from the ones before, so nothing is answered from
a browser's memory; the server keeps no answers.
"""

import argparse
import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"))

MANIFEST = """title = "Sales"
[[table]]
file = "raw/sale.parquet"
[facts]
table = "sale"
customer = "customer_id"
order = "invoice_no"
time = "transaction_date"
amount = "sale"
quantity = "quantity"
[[facts.dimension]]
column = "stock_code"
[segmentation]
value = "monetary"
features = ["recency_days", "frequency", "monetary"]
algorithm = "kmeans"
n_clusters = 3
"""

CHANGES = [
    ("no filter", ""),
    ("half a year", "from=2024-01-01&to=2024-06-30"),
    ("one stock code", "on.stock_code=85123"),
    ("customers above a monetary value", "min.monetary=500"),
    ("largest segment", "seg=0"),
    ("measure Orders, no filter", "measure=orders"),
    ("measure Customers, no filter", "measure=customers"),
]


def get(connection, path):
    start = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status}\n{body[:500].decode(errors='replace')}")
    return time.perf_counter() - start, body


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/segmenta")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--port", type=int, default=18085)
    parser.add_argument("--keep", help="folder for the generated files, made when it is not there")
    parser.add_argument("--data", help="data folder of one's own, with --dataset, instead of generated rows")
    parser.add_argument("--dataset", default="sales")
    parser.add_argument("--change", action="append", help="query of a slicer change to measure instead of the usual ones")
    arguments = parser.parse_args()
    temporary = tempfile.TemporaryDirectory()
    data = arguments.data
    if data is None:
        import facts

        folder = arguments.keep or temporary.name
        if not os.path.exists(os.path.join(folder, "data")):
            print("generating", flush=True)
            facts.generate(folder, arguments.rows, arguments.customers)
        data = os.path.join(temporary.name, "data")
        raw = os.path.join(data, arguments.dataset, "raw")
        os.makedirs(raw)
        os.link(os.path.join(folder, "data", "parquet", "raw", "sale.parquet"), os.path.join(raw, "sale.parquet"))
        with open(os.path.join(data, arguments.dataset, "dataset.toml"), "w") as manifest:
            manifest.write(MANIFEST)
    models = os.path.join(temporary.name, "models")
    command = [arguments.binary, "serve", "--data-dir", data, "--models-dir", models, "--bind", f"127.0.0.1:{arguments.port}"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", arguments.port, timeout=120)
        for _ in range(600):
            try:
                get(connection, "/readyz")
                break
            except OSError:
                connection.close()
                time.sleep(0.1)
        page = f"/d/{arguments.dataset}/sales"
        first, _ = get(connection, page)
        for _ in range(600):
            if os.path.exists(os.path.join(models, arguments.dataset, "default.json")):
                break
            time.sleep(0.1)
        time.sleep(1)
        changes = [(query, query) for query in arguments.change] if arguments.change else CHANGES
        print(f"{'first page':<36} {1000 * first:8.1f} ms")
        for name, query in changes:
            seconds = []
            for run in range(arguments.runs):
                seconds.append(get(connection, f"{page}?{query}&run={run}")[0])
            print(f"{name:<36} {1000 * statistics.median(seconds):8.1f} ms", flush=True)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(models, ignore_errors=True)


if __name__ == "__main__":
    main()
