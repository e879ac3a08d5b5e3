"""Ends with exit code 3 after its first row."""
import sys

import wandb

run = wandb.init()
run.log({"loss": 1})
run.finish(exit_code=3)
sys.exit(3)
