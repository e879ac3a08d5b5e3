"""One agent of `npm run bench cartpole`: takes runs of a sweep over REST and trains them, all in this process.

cartpole_agent.py SWEEP SEED TIMESTEPS; SWEEPD_URL and SWEEPD_API_KEY name the server. Prints a line of JSON a run.
"""
import contextlib
import json
import os
import pathlib
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "examples" / "cartpole"))
import train  # noqa: E402  (sets the number of BLAS threads before numpy is imported)

METRIC = "train/roll/ep_rew/mean"
# One training tells a good point from a very good one only by luck: a run is the mean of several.
TRAININGS = 3


def call(path, body):
    request = urllib.request.Request(
        os.environ["SWEEPD_URL"] + "/api/v1" + path,
        json.dumps(body).encode(),
        {"authorization": "Bearer " + os.environ["SWEEPD_API_KEY"], "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def main():
    sweep, seed, timesteps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    while True:
        leased = call(f"/sweeps/{sweep}/lease", {"agent": "bench", "wait_s": 20})
        if leased["run"] is None:
            if leased["sweep_state"] in ("finished", "canceled"):
                return
            continue
        run, token = leased["run"], leased["lease"]["token"]
        curves = [curve(run["config"], TRAININGS * seed + i, timesteps) for i in range(TRAININGS)]
        means = [sum(values) / TRAININGS for values in zip(*curves)]
        call(f"/runs/{run['id']}/metrics", {"token": token, "offset": 0, "rows": [{METRIC: value} for value in means]})
        call(f"/runs/{run['id']}/finish", {"token": token, "state": "finished"})
        print(json.dumps({"config": run["config"], "value": means[-1] if means else None}), flush=True)


def curve(point, seed, timesteps):
    """The mean return after each rollout of one training."""
    given = {**point, "seed": seed, "total_timesteps": timesteps}
    config = train.settle_config(train.CONFIGS["CartPole-v1:ppo"], given)
    rows = []
    with contextlib.redirect_stdout(sys.stderr):  # it prints its progress
        train.train("CartPole-v1", config, lambda metrics: rows.append(metrics))
    return [row[METRIC] for row in rows if METRIC in row]


if __name__ == "__main__":
    main()
