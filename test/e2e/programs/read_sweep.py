"""Prints what wandb.Api() says of the sweep at the given path, as one line of JSON."""
import json
import sys

import wandb

path = sys.argv[1]
entity, project, name = path.split("/")
api = wandb.Api(timeout=60)
sweep = api.sweep(path)
best = sweep.best_run()
runs = api.runs(f"{entity}/{project}", filters={"sweep": name}, order="+created_at", per_page=200, lazy=False)


def rows(run):
    return [{k: v for k, v in row.items() if k not in ("_runtime", "_timestamp")} for row in run.scan_history()]


def user_keys(values):
    return {k: v for k, v in dict(values).items() if not k.startswith("_")}


print(json.dumps({
    "state": sweep.state,
    "expected": sweep.expected_run_count,
    "best": best and best.id,
    "runs": [{
        "name": run.id,
        "state": run.state,
        "config": user_keys(run.config),
        "summary": user_keys(run.summary_metrics),
        "rows": rows(run),
    } for run in runs],
}))
