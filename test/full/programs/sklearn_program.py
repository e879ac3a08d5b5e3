"""scikit-learn's plots of W&B: tables and custom charts."""

import wandb
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

with wandb.init() as run:
    data = load_iris()
    labels = [str(name) for name in data.target_names]
    split = train_test_split(data.data, data.target, random_state=0)
    model = LogisticRegression(C=float(run.config.C), max_iter=500).fit(split[0], split[2])
    wandb.sklearn.plot_classifier(
        model,
        split[0],
        split[1],
        split[2],
        split[3],
        model.predict(split[1]),
        model.predict_proba(split[1]),
        labels,
        model_name="LR",
        feature_names=list(data.feature_names),
    )
    run.log({"accuracy": model.score(split[1], split[3])})
