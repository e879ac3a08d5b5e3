"""Asks for whatever the client can ask for. What a server does not have may raise; the program itself must come to its end."""

import sys
import time

import wandb

said = {}


def attempt(name, call):
    try:
        call()
        said[name] = "ok"
    except Exception as error:
        said[name] = f"{type(error).__name__}: {error}"[:200]


path = sys.argv[1]
entity, project, sweep_id = path.split("/")
open("model.txt", "w").write("m")


def artifact(name):
    made = wandb.Artifact(name, "dataset")
    made.add_file("model.txt")
    return made


first = wandb.init(project=project, id="every-1", config={"lr": 0.1}, settings=wandb.Settings(console="wrap"))
print("a console line")
for step in range(5):
    first.log({"v": step})
first.log({"t": wandb.Table(columns=["a"], data=[[1]]), "h": wandb.Histogram(np_histogram=([1, 2], [0, 1, 2]))})
first.define_metric("v", summary="max")
first.alert("title", "text")
first.save("model.txt")
first.log_code(".")
first.mark_preempting()
attempt("log_artifact", lambda: first.log_artifact(artifact("x")))
attempt("wait", lambda: first.log_artifact(artifact("y")).wait())
attempt("use_artifact", lambda: first.use_artifact("x:latest"))
attempt("use_artifact of a new one", lambda: first.use_artifact(artifact("w")))
attempt("log_model", lambda: first.log_model("model.txt", "model"))
attempt("use_model", lambda: first.use_model("model:latest"))
attempt("link_model", lambda: first.link_model("model.txt", "registry", "model"))
attempt("link_artifact", lambda: first.link_artifact(artifact("q"), "collection"))
attempt("upsert_artifact", lambda: first.upsert_artifact(artifact("z"), distributed_id="d"))
attempt("finish_artifact", lambda: first.finish_artifact(artifact("z"), distributed_id="d"))
first.finish()

with wandb.init(project=project, id="every-1", resume="must") as again:
    again.log({"v": 9})
with wandb.init(project=project, id="every-2", fork_from="every-1?_step=2") as forked:
    forked.log({"v": 10})
with wandb.init(project=project, resume_from="every-1?_step=3") as rewound:
    rewound.log({"v": 11})

api = wandb.Api()
attempt("viewer", lambda: api.viewer)
attempt("project", lambda: api.project(project, entity=entity).sweeps())
attempt("projects", lambda: list(api.projects(entity)))
attempt("create_project", lambda: api.create_project("another", entity))
attempt("users", lambda: api.users("ada"))
attempt("team", lambda: api.team("team"))
attempt("create_team", lambda: api.create_team("other"))
attempt("create_user", lambda: api.create_user("a@example.org"))
sweep = api.sweep(path)
attempt("sweep", lambda: (sweep.expected_run_count, sweep.best_run(), [list(a.runs()) for a in sweep.agents()]))
runs = api.runs(f"{entity}/{project}", order="-summary_metrics.v")
attempt("runs", lambda: [(r.config, r.summary, r.metadata) for r in runs])
run = api.run(f"{entity}/{project}/every-1")
attempt("history", lambda: (run.history(pandas=False), run.history(keys=["v"], pandas=False)))
attempt("scan_history", lambda: (list(run.scan_history()), list(run.scan_history(keys=["v"]))))
attempt("console_logs", lambda: (list(run.console_logs()), list(run.console_logs(last=1))))
attempt("files", lambda: [f.download(replace=True) for f in run.files()])
attempt("file", lambda: run.file("model.txt").delete())
attempt("upload_file", lambda: run.upload_file("model.txt"))
attempt("update", lambda: (run.tags.append("t"), run.update()))
attempt("state", lambda: run.wait_until_finished())
attempt("stop", lambda: run.stop())
attempt("artifact", lambda: api.artifact(f"{entity}/{project}/x:latest"))
attempt("artifacts", lambda: list(api.artifacts("dataset", f"{entity}/{project}/x")))
attempt("artifact_types", lambda: list(api.artifact_types(f"{entity}/{project}")))
attempt("artifact_type", lambda: api.artifact_type("dataset", f"{entity}/{project}"))
attempt("artifact_collections", lambda: list(api.artifact_collections(f"{entity}/{project}", "dataset")))
attempt("artifact_exists", lambda: api.artifact_exists(f"{entity}/{project}/x:latest"))
attempt("logged_artifacts", lambda: list(run.logged_artifacts()))
attempt("used_artifacts", lambda: list(run.used_artifacts()))
attempt("reports", lambda: list(api.reports(f"{entity}/{project}")))
attempt("registries", lambda: list(api.registries(organization="o")))
attempt("registry", lambda: api.registry("r", organization="o"))
attempt("automations", lambda: list(api.automations(entity)))
attempt("integrations", lambda: list(api.integrations(entity)))
attempt("run_queue", lambda: api.run_queue(entity, "q").items)
attempt("create_run_queue", lambda: api.create_run_queue("q", "local-container", entity=entity))
attempt("create_custom_chart", lambda: api.create_custom_chart(entity, "c", "C", "vega2", "private", {}))
attempt("delete", lambda: run.delete(delete_artifacts=True))
time.sleep(0.1)

import json

print(json.dumps(said))
