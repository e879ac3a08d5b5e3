"""xgboost's own callback for W&B in a program that a sweep runs: metrics by step, the model as an artifact, a table of importances."""

import numpy as np
import wandb
import xgboost as xgb
from wandb.integration.xgboost import WandbCallback

with wandb.init() as run:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4))
    y = x[:, 0] * 2 - x[:, 1] + rng.normal(size=200) * 0.1
    train, valid = xgb.DMatrix(x[:150], y[:150]), xgb.DMatrix(x[150:], y[150:])
    xgb.train(
        {"max_depth": int(run.config.max_depth), "eta": 0.3},
        train,
        num_boost_round=5,
        evals=[(valid, "val")],
        verbose_eval=False,
        callbacks=[WandbCallback(log_model=True, log_feature_importance=True, define_metric=True)],
    )
