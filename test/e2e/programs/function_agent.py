"""An agent that calls a function; the call for x = 2 raises. Prints the points in the order of the calls."""
import json
import sys

import wandb

called = []


def train():
    with wandb.init() as run:
        x = run.config["x"]
        called.append(x)
        run.log({"loss": float(x)})
        if x == 2:
            raise ValueError("this one fails")
        run.log({"loss": x / 2})


wandb.agent(sys.argv[1], function=train)
print(json.dumps(called))
