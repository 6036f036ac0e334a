"""Times the release binary beside scikit-learn on the same generated matrices.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
    cargo build --release
    /tmp/peers/bin/python benches/peers/run.py --binary target/release/segmenta

Each piece of work runs in a process of its own, the two programs in turn, as often as its row says; the table holds
medians. A program's clock starts when the matrix is in memory and stops at the result. Peak memory is the process's
largest resident set as GNU time (Debian's `time`) prints it, so it holds the interpreter and its libraries on one
side and the binary on the other. Both use all cores. Quality is compared in the same run: an inertia or a likelihood that
is worse makes the ratio of times meaningless, so it stands beside it.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).parent

# name, work, rows, columns, groups, scaled to 0..1, flags, runs, wanted ratio
WORK = [
    ("K-Means, n_init 10, k 8", "kmeans", 55_000, 3, 6, False, ["--k", "8"], 7, 3),
    ("K-Means, n_init 10, k 6", "kmeans", 1_000_000, 8, 6, False, ["--k", "6"], 5, 3),
    ("k = 2..12 with all metrics", "sweep", 55_000, 3, 6, False, [], 1, 10),
    ("DBSCAN, eps 0.04, min_samples 50", "dbscan", 55_000, 3, 6, True, ["--eps", "0.04", "--min-samples", "50"], 7, 10),
    ("DBSCAN, eps 0.01, min_samples 50", "dbscan", 1_000_000, 3, 6, True, ["--eps", "0.01", "--min-samples", "50"], 3, 10),
    ("silhouette, exact", "silhouette", 55_000, 3, 6, False, ["--k", "8"], 3, 12),
    ("Ward, 5 clusters", "ward", 10_000, 4, 5, False, ["--k", "5"], 5, 1),
    ("Gaussian mixture, full, 6 components", "mixture", 100_000, 8, 6, False, ["--k", "6", "--n-init", "1"], 7, 2),
    ("stability, B 100, k 4", "stability", 2_232, 4, 4, False, ["--k", "4"], 5, None),
]


def matrix(folder, rows, columns, groups, scaled):
    """Normal groups of unequal spread around uniform centres, some of them overlapping; the seed is the shape."""
    file = folder / f"{rows}x{columns}x{groups}{'s' if scaled else ''}.f64"
    if not file.exists():
        random = np.random.default_rng([rows, columns, groups])
        centres = random.uniform(-5, 5, (groups, columns))
        group = random.integers(0, groups, rows)
        x = centres[group] + random.normal(size=(rows, columns)) * random.uniform(0.6, 1.8, (groups, 1))[group]
        if scaled:
            x = (x - x.min(0)) / (x.max(0) - x.min(0))
        np.ascontiguousarray(x).tofile(file)
    return file


def run(command):
    # GNU time starts the process itself: one started from here would count this program's memory as its own.
    with tempfile.NamedTemporaryFile("r") as peak:
        timed = ["time", "-f", "%M", "-o", peak.name, *map(str, command)]
        done = subprocess.run(timed, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} ended with status {done.returncode}")
        return dict(json.loads(done.stdout), memory=int(peak.read()) / 1024)


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def quality(ours, theirs):
    if ours["quality"] and theirs["quality"]:
        worst = max((o - t) / abs(t) for o, t in zip(ours["quality"], theirs["quality"]))
        least = min((o - t) / abs(t) for o, t in zip(ours["quality"], theirs["quality"]))
        return f"{least * 100:+.3f} %" if abs(worst - least) < 1e-9 else f"{least * 100:+.3f} to {worst * 100:+.3f} %"
    same = sorted(ours["sizes"]) == sorted(theirs["sizes"]) and ours["noise"] == theirs["noise"]
    return "same sizes" if same else f"{ours['sizes'][:4]} / {theirs['sizes'][:4]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", help="part of a name")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    print("| work | size | scikit-learn | Segmenta | ratio | wanted | memory | quality |")
    print("|---|---|---|---|---|---|---|---|")
    results = []
    with tempfile.TemporaryDirectory() as name:
        for title, work, rows, columns, groups, scaled, flags, runs, wanted in WORK:
            if arguments.only and arguments.only not in title:
                continue
            file = matrix(pathlib.Path(name), rows, columns, groups, scaled)
            common = [work, "--matrix", file, "--columns", str(columns), *flags]
            ours, theirs = [], []
            for _ in range(runs):
                if wanted is not None:
                    theirs.append(run([sys.executable, HERE / "scikit_learn.py", *common]))
                ours.append(run([arguments.binary, "measure", *common]))
            own, own_memory = median(ours, "seconds"), median(ours, "memory")
            size = f"{rows:,} x {columns}"
            if wanted is None:
                weakest = min(ours[0]["quality"])
                print(f"| {title} | {size} | - | {own:.3f} s | - | under 2 s | {own_memory:.0f} MB | weakest {weakest:.2f} |", flush=True)
                continue
            peer, peer_memory = median(theirs, "seconds"), median(theirs, "memory")
            results.append(dict(title=title, ours=ours, theirs=theirs))
            print(
                f"| {title} | {size} | {peer:.3f} s | {own:.3f} s | {peer / own:.1f} | {wanted} "
                f"| {own_memory:.0f} of {peer_memory:.0f} MB | {quality(ours[0], theirs[0])} |",
                flush=True,
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
