"""A loss that falls to the level `base`: good runs are over quickly, poor ones last until they are stopped."""
import time

import wandb

run = wandb.init()
base = run.config["base"]
for step in range(300 if base > 1 else 8):
    run.log({"loss": base + 1 / (step + 1)})
    time.sleep(0.5 if base > 1 else 0.05)
run.finish()
