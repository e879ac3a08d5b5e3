"""Optuna's side of `npm run bench`: ask + 5 suggests + tell on a shared storage, by one process or several.

Prints one line of JSON. optuna_cycles.py --storage sqlite|journal-redis --processes N --seconds S --dir DIR [--redis-port P]
"""
import argparse
import json
import multiprocessing
import os
import time
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")


def storage_of(options):
    if options.storage == "sqlite":
        url = f"sqlite:///{options.dir}/optuna.db"
        return optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": {"timeout": 60}})
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalRedisBackend

    return JournalStorage(JournalRedisBackend(f"redis://127.0.0.1:{options.redis_port}/0"))


def cycle(study):
    trial = study.ask()
    trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    trial.suggest_float("dropout", 0, 0.6)
    trial.suggest_float("weight_decay", 0, 0.1)
    trial.suggest_int("layers", 1, 12)
    trial.suggest_categorical("optimizer", ["adam", "sgd", "lion"])
    study.tell(trial, 0.5)


def work(options, seed, barrier, results):
    sampler = optuna.samplers.RandomSampler(seed=seed)
    study = optuna.load_study(study_name="bench", storage=storage_of(options), sampler=sampler)
    warm = time.perf_counter() + options.warm_up
    while time.perf_counter() < warm:
        cycle(study)
    barrier.wait()
    cpu, begin, cycles = time.process_time(), time.perf_counter(), 0
    while time.perf_counter() - begin < options.seconds:
        cycle(study)
        cycles += 1
    results.put((cycles, time.perf_counter() - begin, time.process_time() - cpu))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--storage", choices=["sqlite", "journal-redis"], required=True)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--warm-up", type=float, default=0.5)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--redis-port", type=int, default=0)
    options = parser.parse_args()
    optuna.create_study(study_name="bench", storage=storage_of(options))
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(options.processes), context.Queue()
    workers = [
        context.Process(target=work, args=(options, seed, barrier, results), daemon=True)
        for seed in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    done = [results.get(timeout=options.seconds * 10 + 120) for _ in workers]
    for worker in workers:
        worker.join()
    cycles = sum(count for count, _, _ in done)
    print(
        json.dumps(
            {
                "version": optuna.__version__,
                "perS": sum(count / seconds for count, seconds, _ in done),
                "cycles": cycles,
                "cpuUs": 1e6 * sum(cpu for _, _, cpu in done) / max(cycles, 1),
                "load": os.getloadavg()[0],
            }
        )
    )


if __name__ == "__main__":
    main()
