"""Logs 1,000 rows of what is hard to carry, reads them back, prints how many there are and which differ."""
import json
import math

import wandb


def row(i):
    return {
        "i": i,
        "float": i / 7,
        "big": 2**53 + 1 + i,
        "nan": float("nan") if i % 10 == 0 else 0.5,
        "inf": math.inf if i % 2 else -math.inf,
        "text": f'ünïcødé Ω 日本 \U0001f600 \u2028 "quoted" \\ tab\t line\n {i}',
        "nested": {"a": {"b": i, "c": [1, 2.5, None, True]}},
        "dotted.key": -i,
        "tiny": 5e-324,
    }


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and a == b


with wandb.init(config={"big": 2**60 + 1, "name": "Ω"}) as run:
    for i in range(1000):
        run.log(row(i))
    run.summary["final"] = 2**53 + 1
    path = run.path

back = wandb.Api(timeout=60).run("/".join(path) if isinstance(path, (list, tuple)) else path)
rows = list(back.scan_history())
different = []
for i, seen in enumerate(rows):
    for key, value in {**row(i), "_step": i}.items():
        got = seen.get(key)
        # Numbers that JSON spells alike are the same to a user.
        if not same(value, got) and not (value == got and not isinstance(value, bool)):
            different.append([i, key, repr(got)])
sampled = back.history(samples=50, pandas=False)
with_keys = list(back.scan_history(keys=["i", "big"]))
print(json.dumps({
    "rows": len(rows),
    "different": different[:10],
    "sampled": len(sampled),
    "withKeys": [len(with_keys), with_keys[-1]],
    "state": back.state,
    "config": back.config,
    "final": back.summary["final"],
    "last": back.lastHistoryStep,
}))
