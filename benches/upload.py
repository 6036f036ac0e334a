"""How much memory and time the upload of a large csv file takes, until what was found in it can be corrected.

Writes a csv file of a size, starts the release binary on an empty folder, sends the file with curl as the page would, and prints the
time and the highest memory of the server (Linux: VmHWM of /proc). Nothing is kept.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time


def write(path, size):
    rng = random.Random(1)
    cities = ["Amsterdam", "Berlin", "Copenhagen", "Dublin", "Edinburgh", "Florence"]
    written, row = 0, 0
    with open(path, "w") as out:
        out.write("customer_id,joined,city,visits,clicks,spent,discount,channel,note\n")
        while written < size:
            lines = []
            for _ in range(100_000):
                lines.append(
                    f"C{row:09d},2024-{1 + row % 12:02d}-{1 + row % 28:02d},{cities[row % 6]},{rng.randrange(50)},"
                    f"{rng.randrange(900)},{rng.random() * 1000:.2f},{rng.random() * 9:.2f},"
                    f"{'web' if row % 3 else 'shop'},note {row % 97}\n"
                )
                row += 1
            text = "".join(lines)
            written += len(text)
            out.write(text)
    return row, written


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default="target/release/segmenta")
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--port", type=int, default=8097)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp()
    server = None
    try:
        file = os.path.join(folder, "customers.csv")
        rows, size = write(file, arguments.megabytes * 1_000_000)
        os.mkdir(os.path.join(folder, "data"))
        server = subprocess.Popen(
            [
                arguments.binary,
                "serve",
                f"--data-dir={folder}/data",
                f"--models-dir={folder}/models",
                f"--bind=127.0.0.1:{arguments.port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(2)
        start = time.perf_counter()
        answer = subprocess.run(
            ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", "-F", f"file=@{file}", f"http://127.0.0.1:{arguments.port}/import"],
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - start
        if answer.stdout != "303":
            sys.exit(f"the server answered {answer.stdout}")
        with open(f"/proc/{server.pid}/status") as status:
            peak = int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) / 1000
        print(f"{rows:,} rows, {size / 1e6:,.0f} MB: sent and looked at in {seconds:.1f} s, at most {peak:,.0f} MB of memory")
    finally:
        if server:
            server.terminate()
            server.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
