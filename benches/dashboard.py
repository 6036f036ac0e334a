#!/usr/bin/env python3
"""Measures the dashboard as its users meet it, with the release binary and generated data.

    cargo build --release
    python3 benches/dashboard.py [--binary target/release/segmenta] [--rows 1000000] [--real FOLDER]

Prints Markdown tables: time from process start to the first served page, memory, bytes over the wire,
server time of a filter change and of each tab. Server time is the server's own measure of a request,
from its log; "received" is the time until a client on the same machine has the whole compressed page. Uses only the standard library; talks to
127.0.0.1 only; ends by itself. --real names a folder with personality/marketing_campaign.csv.
"""

import argparse
import gzip
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TABS = ["overview", "explore", "cluster", "segments", "insights", "predict", "data"]
REPEATS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The binary on a free port, with its log as a list of requests."""

    def __init__(self, binary, data, models):
        self.port = free_port()
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [binary, "serve", "--data-dir", data, "--models-dir", models, "--bind", f"127.0.0.1:{self.port}",
             "--log-format", "json"],
            stdout=subprocess.DEVNULL, stderr=self.log, env={**os.environ, "RUST_LOG": "info"})
        while True:
            try:
                status, _, _ = self.get("/d/clickstream/overview")
                break
            except OSError:
                if self.process.poll() is not None or time.perf_counter() - started > 120:
                    sys.exit("the server does not start: " + pathlib.Path(self.log.name).read_text())
                time.sleep(0.002)
        self.first_page = time.perf_counter() - started
        assert status == 200, status

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers={"accept-encoding": "gzip"})
        response = connection.getresponse()
        wire = response.read()
        connection.close()
        packed = response.getheader("content-encoding") == "gzip"
        return response.status, len(wire), gzip.decompress(wire) if packed else wire

    def server_time(self, path, repeats=REPEATS):
        """Median server time and time until received in milliseconds, and bytes over the wire."""
        received = []
        for _ in range(repeats):
            begun = time.perf_counter()
            status, size, _ = self.get(path)
            received.append((time.perf_counter() - begun) * 1000)
            assert status == 200, (path, status)
        self.log.flush()
        bare = path.split("?")[0]
        lines = [json.loads(line) for line in pathlib.Path(self.log.name).read_text().splitlines()]
        times = [line["milliseconds"] for line in lines if line.get("path") == bare and line.get("status") == 200]
        return statistics.median(times[-repeats:]), statistics.median(received), size

    def memory(self):
        """Resident memory now and at its highest, in MB."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        fields = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if line.startswith("Vm")}
        return int(fields["VmRSS"]) / 1000, int(fields["VmHWM"]) / 1000

    def jobs_done(self):
        for _ in range(1200):
            _, _, body = self.get("/api/v1/jobs")
            if all(job["phase"] not in ("queued", "running") for job in json.loads(body)):
                return
            time.sleep(0.1)
        sys.exit("jobs do not end")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.log.close()


def generate(binary, recipe, rows, folder):
    subprocess.run([binary, "generate", recipe, "--rows", str(rows), "--out", folder], check=True,
                   stdout=subprocess.DEVNULL)


def shipped(root):
    return pathlib.Path(__file__).resolve().parent.parent / "data" / root


def page_table(server, dataset):
    print(f"| page | server time, median of {REPEATS} (ms) | received (ms) | over the wire (KB) |\n|---|---|---|---|")
    for tab in TABS:
        page_row(server, tab, f"/d/{dataset}/{tab}")


def page_row(server, name, path):
    milliseconds, received, size = server.server_time(path, REPEATS)
    print(f"| {name} | {milliseconds:.2f} | {received:.1f} | {size / 1000:.1f} |")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--binary", default=os.environ.get("CARGO_TARGET_DIR", "target") + "/release/segmenta")
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--real")
    options = arguments.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    work = pathlib.Path(tempfile.mkdtemp(prefix="segmenta-bench-"))
    try:
        run(binary, work, options)
    finally:
        shutil.rmtree(work)


def run(binary, work, options):
    data, models = work / "data", work / "models"
    shutil.copytree(shipped("personality"), data / "personality")
    if options.real:
        shutil.copy(pathlib.Path(options.real) / "personality/marketing_campaign.csv", data / "personality/raw/")
    shutil.copytree(shipped("clickstream"), data / "clickstream")
    generate(binary, "clickstream", 55_000, data / "clickstream-55000")

    first = Server(binary, data, models)
    untrained = first.first_page
    first.jobs_done()
    first.stop()
    starts = []
    for _ in range(5):
        server = Server(binary, data, models)
        starts.append(server.first_page)
        if len(starts) < 5:
            server.stop()
    now, peak = server.memory()
    print("## Start, all shipped data sets and 55,000 generated customers\n")
    print("| what | measured |\n|---|---|")
    print(f"| process start to first served page, models saved (median of 5) | {statistics.median(starts) * 1000:.0f} ms |")
    print(f"| the same on the very first start, default models still to train | {untrained * 1000:.0f} ms |")
    print(f"| resident memory after the start, now / highest | {now:.0f} / {peak:.0f} MB |")

    _, home, page = server.get("/")
    assets = {part.split('"')[0] for part in page.decode().split('"/static/')[1:]}
    scripts = ["app.css", "app.js", "theme.js", "favicon.svg", "plotly.js"]
    version = next(iter(assets)).split("/")[0]
    modules = [file.name for file in (pathlib.Path(__file__).resolve().parent.parent / "static").iterdir()]
    weight = sum(server.get(f"/static/{version}/{name}")[1] for name in {*scripts, *modules})
    _, overview, _ = server.get("/d/personality/overview")
    print(f"| first visit: data sets page, overview and all static files | {(home + overview + weight) / 1e6:.2f} MB |")

    print("\n## Personality, each tab\n")
    page_table(server, "personality")
    print("\n## Personality, a filter change\n")
    print("| page | server time, median of 30 (ms) | received (ms) | over the wire (KB) |\n|---|---|---|---|")
    for tab in ("overview", "explore", "segments", "insights"):
        page_row(server, f"{tab}, a third", f"/d/personality/{tab}?min.Income=30000&in.Education=PhD&in.Education=Master")
        page_row(server, f"{tab}, nearly all", f"/d/personality/{tab}?min.Income=5000")
    print("\n## 55,000 customers, each tab\n")
    page_table(server, "clickstream-55000")
    now, peak = server.memory()
    print(f"\nResident memory after all of this: {now:.0f} MB, highest {peak:.0f} MB.")
    server.stop()

    if options.rows:
        large = work / "large"
        generate(binary, "clickstream", options.rows, large / "clickstream")
        manifest = large / "clickstream/dataset.toml"
        text = manifest.read_text().replace('algorithm = "dbscan"', 'algorithm = "kmeans"\nn_clusters = 4')
        manifest.write_text(text)
        server = Server(binary, large, work / "large-models")
        print(f"\n## {options.rows:,} customers (K-Means)\n")
        print(f"Process start to first served page: {server.first_page:.2f} s.\n")
        server.jobs_done()
        global REPEATS
        REPEATS = 5
        page_table(server, "clickstream")
        page_row(server, "explore, filtered", "/d/clickstream/explore?min.n_visitas=20")
        now, peak = server.memory()
        print(f"\nResident memory: {now:.0f} MB, highest {peak:.0f} MB.")
        server.stop()


if __name__ == "__main__":
    main()
