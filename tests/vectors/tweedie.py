"""Makes the values of `tests/published.rs::tweedie_regression_agrees_with_scikit_learn`.

python3 -m pip install scikit-learn==1.9.1 numpy && python3 tests/vectors/tweedie.py

scikit-learn minimises  1/(2n) sum of unit deviances + alpha/2 |w|^2 (documentation of TweedieRegressor); columns are
standardised by their mean and population standard deviation first, as wafercast does.
"""

import re

import numpy as np
from sklearn.linear_model import TweedieRegressor

rows = 24
i = np.arange(rows)
x1 = np.sin(0.7 * i) + 0.05 * i
x2 = np.cos(1.3 * i) - 0.02 * i
y = np.round(np.exp(0.4 * x1 - 0.3 * x2) * (1 + 0.5 * np.sin(5.0 * i)), 4)
y[[3, 11]] = 0.0  # months without orders
z = np.column_stack([x1, x2])
z = (z - z.mean(axis=0)) / z.std(axis=0)
for power in (1.2, 1.5, 1.8):
    for alpha in (0.03, 0.3, 1.0):
        for columns in ([0], [0, 1]):
            fit = TweedieRegressor(
                power=power, alpha=alpha, link="log", fit_intercept=False, tol=1e-12, max_iter=100_000
            ).fit(z[:, columns], y)
            groups = lambda c: re.sub(r"(\d{3})(?=\d)", r"\1_", f"{abs(c):.10f}"[2:])
            values = ", ".join(f"{'-' if c < 0 else ''}0.{groups(c)}" for c in fit.coef_)
            print(f"    ({power:.1f}, {alpha}, &[{values}]),")
