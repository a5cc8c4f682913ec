"""Forecasts of the baselines of src/backtest/baselines.rs by other hands: statsmodels, and numpy for what it does not have.

python3 -m pip install statsmodels && python3 tests/recorded/baselines.py

Damped trend and theta take the smoothing weights with the least one-step square error on the grids of baselines.rs, from the
first value on; everything else is the library's.
"""
import itertools
import warnings

import numpy as np
from statsmodels.tsa.forecasting.theta import ThetaModel, ThetaModelResults
from statsmodels.tsa.holtwinters import ExponentialSmoothing, SimpleExpSmoothing

warnings.filterwarnings("ignore")
WEIGHTS = [0.1, 0.2, 0.4, 0.6, 0.8, 1.0]
TREND_WEIGHTS = [0.0, 0.1, 0.3, 0.6]
DAMPING = [0.8, 0.9, 0.98]

# International airline passengers, thousands, quarterly means of 1953 to 1956 rounded to one decimal (Box and Jenkins, series G).
MONTHS = """196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229
242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306"""
QUARTERS = np.array(list(map(float, MONTHS.split()))).reshape(-1, 3).mean(axis=1).round(1)


def damped_trend(y, ahead):
    best = None
    for damping, trend, level in itertools.product(DAMPING, TREND_WEIGHTS, WEIGHTS):
        model = ExponentialSmoothing(
            y, trend="add", damped_trend=True, initialization_method="known", initial_level=y[0], initial_trend=0.0
        )
        fit = model.fit(smoothing_level=level, smoothing_trend=trend, damping_trend=damping, optimized=False)
        if best is None or fit.sse < best[0]:
            best = (fit.sse, fit.forecast(ahead), (level, trend, damping))
    return best[1], best[2]


def theta(y, ahead):
    best = None
    for level in WEIGHTS:
        fit = SimpleExpSmoothing(y, initialization_method="known", initial_level=y[0]).fit(
            smoothing_level=level, optimized=False
        )
        if best is None or fit.sse < best[0]:
            best = (fit.sse, level, fit.forecast(1)[0])
    _, level, one_step = best
    slope, _ = np.polyfit(np.arange(len(y)), y, 1)
    model = ThetaModel(y, period=4, deseasonalize=False)
    found = ThetaModelResults(slope, level, None, one_step, np.empty(0), False, model).forecast(ahead, theta=2)
    return found.to_numpy(), (level, slope)


if __name__ == "__main__":
    print("series", QUARTERS.tolist())
    for name, of in (("damped trend", damped_trend), ("theta", theta)):
        found, weights = of(QUARTERS, 4)
        print(name, [f"{v:.9f}" for v in found], weights)
