"""Logs without a server, as a program of a sweep would: the run's id and sweep come from the environment."""

import wandb

with wandb.init(mode="offline") as run:
    for step in range(20):
        run.log({"loss": 1.0 / (step + 1) + float(run.config.get("x", 0))})
