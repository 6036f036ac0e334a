"""One piece of work by scikit-learn on a matrix; prints one JSON object like `segmenta measure` does.

The clock runs from the first call on the matrix in memory to its result: reading the file and importing are left out.
"""
import argparse
import json
import time

import numpy as np
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.mixture import GaussianMixture

parser = argparse.ArgumentParser()
parser.add_argument("work")
parser.add_argument("--matrix", required=True)
parser.add_argument("--columns", type=int, required=True)
parser.add_argument("--k", type=int, default=8)
parser.add_argument("--n-init", type=int, default=10)
parser.add_argument("--eps", type=float, default=0.5)
parser.add_argument("--min-samples", type=int, default=5)
parser.add_argument("--seed", type=int, default=42)
a = parser.parse_args()
x = np.fromfile(a.matrix).reshape(-1, a.columns)


def kmeans():
    m = KMeans(a.k, n_init=a.n_init, random_state=a.seed).fit(x)
    return m.labels_, [m.inertia_]


def sweep():
    inertias = []
    for k in range(2, 13):
        m = KMeans(k, n_init=a.n_init, random_state=a.seed).fit(x)
        inertias.append(m.inertia_)
        silhouette_score(x, m.labels_)
        calinski_harabasz_score(x, m.labels_)
        davies_bouldin_score(x, m.labels_)
    return None, inertias


def dbscan():
    return DBSCAN(eps=a.eps, min_samples=a.min_samples, n_jobs=-1).fit(x).labels_, []


def silhouette():
    return None, [silhouette_score(x, np.arange(len(x)) % a.k)]


def ward():
    return AgglomerativeClustering(a.k, linkage="ward").fit(x).labels_, []


def mixture():
    m = GaussianMixture(a.k, n_init=a.n_init, random_state=a.seed).fit(x)
    return m.predict(x), [m.score(x)]


started = time.perf_counter()
labels, quality = globals()[a.work]()
seconds = time.perf_counter() - started
sizes = [] if labels is None else sorted(np.bincount(labels[labels >= 0]).tolist(), reverse=True)
noise = 0 if labels is None else int((labels < 0).sum())
print(json.dumps(dict(seconds=seconds, sizes=sizes, noise=noise, quality=[float(q) for q in quality])))
