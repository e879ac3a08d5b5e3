"""CPU time of a tell and the ask after it on eight parameters, for Optuna's samplers. argv: sizes as JSON, repetitions."""
import json, math, random, sys, time
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
sizes, repetitions = json.loads(sys.argv[1]), int(sys.argv[2])


def loss(x):
    return (x[0] - 0.3) ** 2 + 2 * (x[1] - 0.6) ** 2 + 0.3 * math.sin(6 * x[2]) + x[3] * x[4] + 0.02 * (random.random() - 0.5)


def measure(name, sampler, n, repetitions):
    study = optuna.create_study(sampler=sampler)
    space = {f"x{j}": optuna.distributions.FloatDistribution(0, 1) for j in range(8)}
    for _ in range(n):
        values = {key: random.random() for key in space}
        study.add_trial(optuna.trial.create_trial(params=values, distributions=space, value=loss(list(values.values()))))
    times = []
    trial = study.ask(space)
    for _ in range(repetitions):
        begin = time.process_time()
        study.tell(trial, loss([trial.params[key] for key in space]))
        trial = study.ask(space)
        times.append((time.process_time() - begin) * 1000)
    times.sort()
    return {"method": name, "n": n, "medianMs": times[len(times) // 2], "p95Ms": times[int(0.95 * len(times))]}


found, missing = [], None
for n in sizes:
    found.append(measure("Optuna TPE", optuna.samplers.TPESampler(seed=0), n, repetitions))
try:
    for n in sizes:
        found.append(measure("Optuna GP", optuna.samplers.GPSampler(seed=0), n, repetitions if n < 1000 else 4))
except ImportError as error:
    missing = str(error).splitlines()[0]
json.dump({"found": found, "missing": missing}, sys.stdout)
