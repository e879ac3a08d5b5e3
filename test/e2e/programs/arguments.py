"""Keeps in its summary what it was called with: its arguments and its config."""
import sys

import wandb

with wandb.init() as run:
    run.summary["argv"] = sys.argv[1:]
    run.summary["model"] = dict(run.config["model"])
    run.log({"loss": run.config["model"]["lr"]})
