"""Makes series.json, the reference values of the tests of src/series, with statsmodels 0.15.0, NumPy 2.4.6, SciPy 1.17.1.

The series are made from whole numbers by a linear congruential generator, so that Rust makes the same ones to the last bit
(`golden::sample`). Run: python series.py
"""
import json, pathlib, warnings
import numpy as np
import pandas as pd
from statsmodels.tsa.stattools import acf, adfuller, kpss, pacf
from statsmodels.tsa.seasonal import MSTL, STL, seasonal_decompose
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.statespace.sarimax import SARIMAX

warnings.filterwarnings("ignore")


def noise(n, state=12345):
    for _ in range(n):
        state = (state * 1103515245 + 12345) % 2**31
        yield state / 2**31


def weekly(n):
    season = [0, 12, 7, -20, -6, 4, 3]
    return np.array([100 + t / 4 + season[t % 7] + 16 * (u - 0.5) for t, u in enumerate(noise(n))])


def walk(n):
    return np.cumsum([u - 0.5 for u in noise(n, 777)]) + 20


def autoregressive(n):
    x, out = 0.0, []
    for u in noise(n, 4242):
        x = x / 2 + (u - 0.5)
        out.append(x + 5)
    return np.array(out)


def tests(y):
    out = dict(acf=acf(y, nlags=10).tolist(), pacf=pacf(y, nlags=10, method="ywm").tolist(),
               bartlett=[(high - middle) for middle, (low, high) in zip(*(lambda r: (r[0], r[1]))(acf(y, nlags=10, alpha=0.05)))])
    for r in ("c", "ct"):
        a = adfuller(y, regression=r, autolag="AIC", result_object=False)
        k = kpss(y, regression=r, nlags="auto")
        out[r] = dict(adf=a[0], adf_p=a[1], adf_lags=a[2], adf_n=a[3], adf_critical=list(a[4].values()),
                      kpss=float(k[0]), kpss_p=float(k[1]), kpss_lags=int(k[2]))
    return out


def parts(d):
    plain = lambda v: [None if np.isnan(x) else float(x) for x in v]
    return dict(trend=plain(d.trend), seasonal=plain(d.seasonal), remainder=plain(d.resid))


w, odd = weekly(70), weekly(45)
spiked = w.copy()
spiked[30] += 200
two = np.array([100 + [0, 12, 7, -20, -6, 4, 3][t % 7] + 15 * ((t // 2) % 6 == 0) + 16 * (u - 0.5) for t, u in enumerate(noise(120))])
m = MSTL(two, periods=(7, 12)).fit()
out = dict(
    tests=dict(weekly=tests(w), walk=tests(walk(80)), autoregressive=tests(autoregressive(90))),
    additive=parts(seasonal_decompose(w, model="additive", period=7)),
    multiplicative=parts(seasonal_decompose(odd, model="multiplicative", period=12)),
    stl=parts(STL(w, period=7).fit()), stl_robust=parts(STL(spiked, period=7, robust=True).fit()),
    stl_even=parts(STL(odd, period=12, seasonal=9).fit()),
    mstl=dict(trend=m.trend.tolist(), seasonal=m.seasonal.T.tolist(), remainder=m.resid.tolist()),
)


def ets(y, error, trend, damped, seasonal):
    f = ETSModel(pd.Series(y), error=error, trend=trend, damped_trend=damped, seasonal=seasonal, seasonal_periods=7 if seasonal else None).fit(
        disp=False, maxiter=5000)
    p = f.get_prediction(start=len(y), end=len(y) + 13).summary_frame(alpha=0.05)
    return dict(log_likelihood=f.llf, aicc=f.aicc, names=f.model.param_names, parameters=list(map(float, f.params)), mean=p["mean"].tolist(),
                low=p["pi_lower"].tolist(), high=p["pi_upper"].tolist(), first_level=float(f.initial_level),
                first_trend=float(f.initial_trend) if trend else None,
                first_season=list(map(float, f.initial_seasonal)) if seasonal else None)


out["ets"] = dict(ANN=ets(walk(80), "add", None, False, None), AAN=ets(w, "add", "add", False, None),
                  AAA=ets(w, "add", "add", False, "add"), AAdA=ets(w, "add", "add", True, "add"),
                  ANA=ets(w, "add", None, False, "add"), MAM=ets(w, "mul", "add", False, "mul"),
                  MNM=ets(w, "mul", None, False, "mul"))
t = ThetaModel(w, period=7, deseasonalize=True, use_test=False, method="additive").fit(use_mle=False)
out["theta"] = dict(forecast=t.forecast(14).tolist(), alpha=float(t.params["alpha"]), b0=float(t.params["b0"]),
                    low=t.prediction_intervals(14, alpha=0.05)["lower"].tolist(), sigma2=float(t.sigma2))


def arima(y, order, seasonal, trend):
    f = SARIMAX(y, order=order, seasonal_order=(*seasonal, 7), trend=trend, simple_differencing=True).fit(
        disp=False, maxiter=5000, method="powell", xtol=1e-10, ftol=1e-14)
    likelihood = f.llf
    # Forecasts of the series itself come from the model that differences inside, at the same parameters.
    f = SARIMAX(y, order=order, seasonal_order=(*seasonal, 7), trend=trend).smooth(f.params)
    p = f.get_forecast(14).summary_frame(alpha=0.05)
    return dict(order=order, seasonal=seasonal, log_likelihood=likelihood, names=f.param_names, parameters=f.params.tolist(),
                mean=p["mean"].tolist(), low=p["mean_ci_lower"].tolist(), high=p["mean_ci_upper"].tolist())


out["arima"] = dict(seasonal=arima(w, (1, 0, 0), (0, 1, 1), None), walk=arima(walk(80), (0, 1, 1), (0, 0, 0), None),
                    autoregressive=arima(autoregressive(90), (1, 0, 0), (0, 0, 0), "c"))
pathlib.Path(__file__).with_name("series.json").write_text(json.dumps(out, indent=0) + "\n")
