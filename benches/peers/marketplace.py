"""Nine tables of a marketplace from files to the first page, beside pandas doing the same reads and joins.

Generates about 99,000 orders (seeded), starts the release binary on them and asks for the Overview until it answers; memory is the
largest resident set of the server by GNU time. pandas reads the nine files, adds up payments, reviews and places, joins, and works
out each customer's recency, orders, money and means; its clock starts after its imports. Every run is a process of its own.
"""

import argparse
import http.client
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PANDAS = """
import time, pandas as pd, numpy as np
start = time.perf_counter()
raw = {raw!r}
read = lambda name, **more: pd.read_csv(raw + "/" + name + ".csv", **more)
items = read("olist_order_items_dataset")
orders = read("olist_orders_dataset", parse_dates=["order_purchase_timestamp", "order_delivered_customer_date", "order_estimated_delivery_date"])
payments = read("olist_order_payments_dataset")
reviews = read("olist_order_reviews_dataset")
customers = read("olist_customers_dataset")
products = read("olist_products_dataset")
sellers = read("olist_sellers_dataset")
places = read("olist_geolocation_dataset")
translation = read("product_category_name_translation", encoding="utf-8-sig")
paid = payments.groupby("order_id").agg(payment_value=("payment_value", "sum"), payment_installments=("payment_installments", "max"), payment_type=("payment_type", "first")).reset_index()
rated = reviews.groupby("order_id").agg(review_score=("review_score", "mean")).reset_index()
place = places.groupby("geolocation_zip_code_prefix")[["geolocation_lat", "geolocation_lng"]].mean().reset_index()
facts = (items.merge(orders, on="order_id", how="left").merge(customers, on="customer_id", how="left")
  .merge(products, on="product_id", how="left").merge(translation, on="product_category_name", how="left")
  .merge(sellers, on="seller_id", how="left").merge(paid, on="order_id", how="left").merge(rated, on="order_id", how="left")
  .merge(place, left_on="customer_zip_code_prefix", right_on="geolocation_zip_code_prefix", how="left")
  .merge(place, left_on="seller_zip_code_prefix", right_on="geolocation_zip_code_prefix", how="left", suffixes=("", "_seller")))
facts["total"] = facts.price + facts.freight_value
facts["delivery_days"] = (facts.order_delivered_customer_date - facts.order_purchase_timestamp).dt.days
facts["delay_days"] = (facts.order_delivered_customer_date - facts.order_estimated_delivery_date).dt.days
a, b = np.radians(facts.geolocation_lat), np.radians(facts.geolocation_lat_seller)
d = np.radians(facts.geolocation_lng_seller - facts.geolocation_lng)
facts["distance_km"] = 2 * 6371.009 * np.arcsin(np.sqrt(np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(d / 2) ** 2))
of_orders = facts.drop_duplicates(["customer_unique_id", "order_id"]).groupby("customer_unique_id").agg(score=("review_score", "mean"), instalments=("payment_installments", "mean"), days=("delivery_days", "mean"), delay=("delay_days", "mean"), paid=("payment_value", "sum"))
found = facts.groupby("customer_unique_id").agg(last=("order_purchase_timestamp", "max"), orders=("order_id", "nunique"), money=("total", "sum"), far=("distance_km", "mean"), kinds=("product_category_name_english", "nunique")).join(of_orders)
print(time.perf_counter() - start, len(found), round(float(found.money.sum()), 2), round(float(found.paid.sum()), 2))
"""


def pandas(raw):
    done = subprocess.run(
        ["/usr/bin/time", "-f", "%M", sys.executable, "-c", PANDAS.format(raw=raw)], capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    seconds, *said = done.stdout.split()
    return float(seconds), int(done.stderr.strip().split("\n")[-1]) / 1024, said


def first_page(binary, data, port):
    models = tempfile.mkdtemp()
    command = [binary, "serve", "--data-dir", data, "--models-dir", models, "--bind", f"127.0.0.1:{port}"]
    start = time.perf_counter()
    server = subprocess.Popen(["/usr/bin/time", "-f", "%M", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/d/marketplace/overview")
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                break
        except OSError:
            time.sleep(0.005)
    seconds = time.perf_counter() - start
    children = subprocess.run(["pgrep", "-P", str(server.pid)], capture_output=True, text=True).stdout.split()
    for child in children:
        os.kill(int(child), signal.SIGTERM)
    _, said = server.communicate()
    return seconds, int(said.strip().split("\n")[-1]) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/segmenta")
    parser.add_argument("--rows", type=int, default=114_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--port", type=int, default=18086)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        out = os.path.join(data, "marketplace")
        subprocess.run([arguments.binary, "generate", "marketplace", "--rows", str(arguments.rows), "--out", out], check=True)
        theirs = [pandas(os.path.join(out, "raw")) for _ in range(arguments.runs)]
        ours = [first_page(arguments.binary, data, arguments.port) for _ in range(arguments.runs)]
        seconds, memory = statistics.median(run[0] for run in theirs), statistics.median(run[1] for run in theirs)
        own, own_memory = statistics.median(run[0] for run in ours), statistics.median(run[1] for run in ours)
        print(f"pandas    {seconds:6.2f} s {memory:6.0f} MB {seconds / own:5.1f} times ours {theirs[0][2]}")
        print(f"Segmenta  {own:6.2f} s {own_memory:6.0f} MB to the first page")


if __name__ == "__main__":
    main()
