"""Trains until the file HOLD is gone: the test decides how long a run lasts."""
import os
import time

import wandb

with wandb.init() as run:
    step = 0
    while step < 1 or os.path.exists(os.environ["HOLD"]):
        run.log({"loss": 1 / (step + 1)})
        step += 1
        time.sleep(0.1)
