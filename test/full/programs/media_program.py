"""A plain program with all that one may log: a table, an image, a histogram, an artifact, and nothing of it made for sweepd."""

import numpy as np
import wandb

with wandb.init() as run:
    for step in range(5):
        image = np.full((8, 8, 3), step * 40, dtype=np.uint8)
        run.log(
            {
                "loss": float(run.config.lr) / (step + 1),
                "image": wandb.Image(image, caption=f"step {step}"),
                "histogram": wandb.Histogram(np.arange(10) * step),
                "table": wandb.Table(columns=["a", "b"], data=[[step, "x"]]),
            }
        )
    open("model.txt", "w").write("weights")
    artifact = wandb.Artifact("model", "model")
    artifact.add_file("model.txt")
    run.log_artifact(artifact)
    run.save("model.txt")
