"""Prints what wandb.Api() says of the sweep at the given path, as one line of JSON."""
import inspect
import json
import sys

import wandb

path = sys.argv[1]
entity, project, name = path.split("/")
api = wandb.Api(timeout=60)
sweep = api.sweep(path)
best = sweep.best_run()
# Old clients have no `lazy`; those in between stumble over sweeps that they are to look up with it.
known = inspect.signature(api.runs).parameters
eager = {key: False for key in ("lazy", "include_sweeps") if key in known}
runs = api.runs(f"{entity}/{project}", filters={"sweep": name}, order="+created_at", per_page=200, **eager)


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
