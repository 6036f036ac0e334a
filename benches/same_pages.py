#!/usr/bin/env python3
"""Compares two builds of the program page by page.

Starts both over copies of the shipped data sets and the same models, follows every link of every page below a data set, asks every
GET of the API for what those pages name, and prints the addresses whose answers differ. Whitespace between tags does not count, nor
do the addresses of static files and times.

    python3 benches/same_pages.py --before OLD/segmenta --after target/release/segmenta [--most 2000]
"""

import argparse
import collections
import html
import http.client
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(binary, folder):
    port = free_port()
    command = [binary, "serve", "--bind", f"127.0.0.1:{port}", "--data-dir", folder / "data", "--models-dir", folder / "models"]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            get(port, "/readyz")
            return process, port
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{binary} does not answer")


def get(port, path):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.headers.get("content-type", ""), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("content-type", ""), error.read()
    except (http.client.HTTPException, TimeoutError) as error:
        return 0, "", repr(error).encode()


def plain(body, port):
    text = body.decode("utf-8", "replace")
    text = text.replace(f"127.0.0.1:{port}", "HOST")
    text = re.sub(r"/static/[0-9a-f]+/", "/static/", text)
    text = re.sub(r"\d+(\.\d+)? s\b", "TIME", text)
    text = re.sub(r"\s*(<[^>]*>)\s*", lambda tag: re.sub(r"\s+", " ", tag.group(1)), text)
    return re.sub(r"\s+", " ", text)


def links(body):
    text = body.decode("utf-8", "replace")
    found = re.findall(r'(?:href|action)="(/[^"#]*)', text)
    return [html.unescape(link) for link in found]


def api_of(port):
    names = [one["name"] for one in json.loads(get(port, "/api/v1/datasets")[2])]
    paths = json.loads(get(port, "/api/openapi.json")[2])["paths"]
    for path, methods in paths.items():
        if "get" not in methods or "{" in path.replace("{dataset}", "").replace("{model}", "").replace("{column}", ""):
            continue
        for name in names:
            address = path.replace("{dataset}", name).replace("{model}", "default")
            if "{column}" in address:
                page = get(port, f"/d/{name}/explore")[2].decode()
                for column in sorted(set(re.findall(r'name="(?:min|in)\.([A-Za-z_]+)"', page)))[:6]:
                    yield address.replace("{column}", column)
            else:
                yield address


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", required=True)
    parser.add_argument("--after", required=True)
    parser.add_argument("--most", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        first = folder / "first"
        shutil.copytree(ROOT / "data", first / "data", ignore=shutil.ignore_patterns("processed"))
        process, port = start(arguments.before, first)
        names = [one["name"] for one in json.loads(get(port, "/api/v1/datasets")[2])]
        for name in names:
            while get(port, f"/api/v1/datasets/{name}/models/default")[0] != 200:
                time.sleep(0.2)
        process.terminate()
        process.wait()
        for name in ("before", "after"):
            shutil.copytree(first, folder / name)
        before, before_port = start(arguments.before, folder / "before")
        after, after_port = start(arguments.after, folder / "after")
        try:
            waiting = collections.deque(["/", *api_of(before_port)])
            seen, different = set(waiting), []
            while waiting and len(seen) < arguments.most:
                path = waiting.popleft()
                old, new = get(before_port, path), get(after_port, path)
                if old[0] != new[0] or plain(old[2], before_port) != plain(new[2], after_port):
                    different.append((path, old[0], new[0]))
                if "html" in old[1]:
                    for link in links(old[2]):
                        if link not in seen and not link.startswith("/static/"):
                            seen.add(link)
                            waiting.append(link)
            print(f"{len(seen)} addresses, {len(different)} differ")
            for path, old, new in different:
                print(old, new, path)
        finally:
            for process in (before, after):
                process.terminate()
                process.wait()


main()
