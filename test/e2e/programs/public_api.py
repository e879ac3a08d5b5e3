"""Reads, changes and deletes what a grid of x = 1, 2, 3 left, through wandb.Api(). Prints what it saw as one line of JSON."""
import json
import sys

import wandb

path = sys.argv[1]
entity, project, name = path.split("/")
of_project = f"{entity}/{project}"


def xs(**kw):
    return [run.config["x"] for run in wandb.Api(timeout=60).runs(of_project, **kw)]


api = wandb.Api(timeout=60)
seen = {
    "project": api.project(project, entity).name,
    "sweeps": [[sweep.id, sweep.state] for sweep in api.project(project, entity).sweeps()],
    "paged": xs(order="-summary_metrics.score", per_page=2),
    "equal": xs(filters={"config.x": 2}),
    "greater": xs(filters={"config.x.value": {"$gte": 2}}, order="+config.x.value"),
    "either": sorted(xs(filters={"$or": [{"config.x": 1}, {"summary_metrics.score": {"$gt": 25}}]})),
    "pattern": len(xs(filters={"state": {"$regex": "^(fin|fail)"}})),
    "running": xs(filters={"state": "running"}),
}

sweep = api.sweep(path)
best = sweep.best_run()
run = api.run(f"{of_project}/{best.id}")
seen["best"] = [best.config["x"], sweep.order]
seen["last"] = run.lastHistoryStep
run.config["extra"] = 7
run.tags.append("later")
run.notes = "note"
run.name = "renamed"
run.update()

again = wandb.Api(timeout=60).run(f"{of_project}/{best.id}")
seen["updated"] = [again.config["extra"], again.config["x"], "later" in again.tags, again.notes, again.name]
seen["files"] = sorted(file.name for file in again.files())
with again.file("wandb-summary.json").download(root="downloaded", replace=True) as file:
    seen["score"] = json.load(file)["score"]
again.delete()
seen["left"] = len(wandb.Api(timeout=60).runs(of_project))
try:
    wandb.Api(timeout=60).sweep(f"{of_project}/zzzzzzzz")
    seen["unknown"] = "found"
except Exception as error:
    seen["unknown"] = str(error)
print(json.dumps(seen))
