"""Trains a PPO agent on gymnasium's CartPole-v1 and logs every rollout to Weights & Biases.

    python train.py --config_id "CartPole-v1:ppo"                    a plain run with the defaults
    python train.py --config_id "CartPole-v1:ppo" --policy_lr=3e-4   ... with one of them changed
    python train.py --config_id "CartPole-v1:ppo" --wandb_sweep      what a sweep's agent starts

Parameters come from, in rising order of precedence: the table CONFIGS, `--name=value` arguments, the
sweep (through `wandb.config`). A run ends at `total_timesteps`, or earlier once it is solved: the mean
return of the last 100 episodes was at gymnasium's own threshold (475) or above after each of the last
three rollouts. The algorithm is in ppo.py.

Exit codes: 0 trained, or stopped by W&B or Ctrl-C; 2 an unknown config id or a bad parameter.
"""

import os

# One core a run, so that agents which share a machine do not slow each other down. The matrices are
# too small to gain from more. BLAS reads these once, when numpy is imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import signal
import sys
import time
from collections import deque

import gymnasium
import numpy as np
import wandb

from ppo import PPO

# What each parameter does is told in README.md. The part of the id before the colon names the
# environment.
CONFIGS = {
    "CartPole-v1:ppo": {
        "policy_lr": 1e-3,
        "value_lr": 1e-3,
        "clip_range": 0.2,
        "n_epochs": 10,
        "ent_coef": 0.0,
        "batch_size": 0.25,
        "gamma": 0.99,
        "gae_lambda": 0.95,
        "max_grad_norm": 0.5,
        "n_envs": 16,
        "n_steps": 64,
        "hidden_size": 64,
        "total_timesteps": 80_000,
        "seed": 0,
    },
}
MAY_BE_ZERO = {"ent_coef", "gae_lambda", "gamma", "seed"}
AT_MOST_ONE = {"batch_size", "gae_lambda"}
BELOW_ONE = {"gamma"}  # the critic's unit is 1 / (1 - gamma)

EPISODE_WINDOW = 100
SOLVED_ROLLOUTS = 3


class BadParameter(Exception):
    """A parameter's value that this program cannot train with."""


def parse_arguments(argv):
    """argv -> (arguments, {name: text} of the further `--name=value` arguments)."""
    parser = argparse.ArgumentParser(description="PPO on CartPole-v1.", allow_abbrev=False)
    parser.add_argument("--config_id", default="CartPole-v1:ppo", help="a key of CONFIGS")
    parser.add_argument(
        "--wandb_sweep", action="store_true", help="the sweep's agent decides the W&B project"
    )
    arguments, further = parser.parse_known_args(argv)
    if arguments.config_id not in CONFIGS:
        known = ", ".join(CONFIGS)
        parser.error(f"unknown config id {arguments.config_id!r}; known: {known}")
    overrides = {}
    for text in further:
        name, equals, value = text.lstrip("-").partition("=")
        if equals:
            overrides[name] = value
        else:
            print(f"ignored argument {text!r}: expected --name=value", file=sys.stderr)
    return arguments, overrides


def settle_config(defaults, values):
    """Defaults overlaid with `values`, each converted to its default's type, or BadParameter.

    Texts are read as numbers: they come from the command line, and from sweeps too, since YAML 1.1
    (PyYAML, so W&B's client) takes `3e-5`, without a decimal point, for a text.
    """
    config = dict(defaults)
    for name, value in values.items():
        if name not in defaults:
            print(f"ignored parameter {name!r}: this program has none of that name", file=sys.stderr)
            continue
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise BadParameter(f"{name}: expected a number, got {value!r}") from None
        too_low = number < 0 or (number == 0 and name not in MAY_BE_ZERO)
        too_high = (number > 1 and name in AT_MOST_ONE) or (number >= 1 and name in BELOW_ONE)
        if too_high:
            raise BadParameter(f"{name}: {value!r} is too high, the limit is 1")
        if too_low or not np.isfinite(number):
            raise BadParameter(f"{name}: {value!r} is out of range")
        if isinstance(defaults[name], int):
            if number != int(number):
                raise BadParameter(f"{name}: expected a whole number, got {value!r}")
            number = int(number)
        config[name] = number
    return config


class RolloutCollector:
    """Steps N environments together, and remembers the returns of the episodes that finish.

    Gymnasium resets an environment in the step after the one that ended its episode ("next-step
    autoreset"). That step ignores its action and has no reward, so it is marked as not valid. In
    exchange, the observation that follows a truncated step is the true last one of that episode, and
    its value can be bootstrapped from.
    """

    def __init__(self, env_id, n_envs, seed):
        self.envs = gymnasium.make_vec(
            env_id, num_envs=n_envs, vectorization_mode="vector_entry_point"
        )
        assert self.envs.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.NEXT_STEP
        self.observations, _ = self.envs.reset(seed=seed)
        self.resets_next = np.zeros(n_envs, bool)
        self.running_returns = np.zeros(n_envs)
        self.episode_returns = deque(maxlen=EPISODE_WINDOW)

    def collect(self, agent, steps):
        """`steps` steps of every environment -> the dictionary of arrays that PPO.learn takes."""
        shape = (steps, len(self.resets_next))
        rollout = {
            "observations": np.empty((steps + 1, *self.observations.shape), np.float32),
            "actions": np.empty(shape, np.int64),
            "rewards": np.empty(shape, np.float32),
            "terminated": np.empty(shape, bool),
            "truncated": np.empty(shape, bool),
            "valid": np.empty(shape, bool),
        }
        for t in range(steps):
            actions = agent.act(self.observations)
            rollout["observations"][t] = self.observations
            rollout["actions"][t] = actions
            rollout["valid"][t] = ~self.resets_next
            self.observations, rewards, terminated, truncated, _ = self.envs.step(actions)
            rollout["rewards"][t] = rewards
            rollout["terminated"][t] = terminated
            rollout["truncated"][t] = truncated
            self.resets_next = terminated | truncated
            self.running_returns += rewards
            if self.resets_next.any():
                self.episode_returns.extend(self.running_returns[self.resets_next].tolist())
                self.running_returns[self.resets_next] = 0.0
        rollout["observations"][steps] = self.observations
        return rollout


def train(env_id, config, log):
    """Runs the training, calls `log` with the metrics of every rollout, returns how it ended."""
    solved_return = gymnasium.spec(env_id).reward_threshold
    collector = RolloutCollector(env_id, config["n_envs"], config["seed"])
    observation_size = collector.envs.single_observation_space.shape[0]
    action_count = int(collector.envs.single_action_space.n)
    rng = np.random.default_rng(config["seed"])
    agent = PPO(observation_size, action_count, config, rng)

    started = time.perf_counter()
    timesteps = rollouts = rollouts_above = 0
    best_mean = -np.inf
    while timesteps < config["total_timesteps"]:
        rollout = collector.collect(agent, config["n_steps"])
        statistics = agent.learn(rollout)
        timesteps += int(rollout["valid"].sum())
        rollouts += 1
        metrics = {
            "train/total_timesteps": timesteps,
            "train/fps": timesteps / (time.perf_counter() - started),
            "train/loss/policy": statistics["policy_loss"],
            "train/loss/value": statistics["value_loss"],
            "train/loss/entropy": statistics["entropy"],
            "train/opt/approx_kl": statistics["approx_kl"],
            "train/opt/clip_fraction": statistics["clip_fraction"],
        }
        returns = collector.episode_returns
        if returns:  # else no episode has finished yet, and there is no mean to log
            mean = float(np.mean(returns))
            best_mean = max(best_mean, mean)
            metrics["train/roll/ep_rew/mean"] = mean
            metrics["train/roll/ep_rew/best"] = best_mean
            is_above = mean >= solved_return and len(returns) == EPISODE_WINDOW
            rollouts_above = rollouts_above + 1 if is_above else 0
            if rollouts % 10 == 1:
                print(f"rollout {rollouts:4d}  timesteps {timesteps:7d}  mean return {mean:6.1f}")
        log(metrics)
        if rollouts_above == SOLVED_ROLLOUTS:
            return f"solved after {timesteps} timesteps, mean return {mean:.1f}"
    return f"reached {timesteps} timesteps, best mean return {best_mean:.1f}"


def main(argv=None):
    arguments, overrides = parse_arguments(argv)
    env_id = arguments.config_id.partition(":")[0]
    defaults = CONFIGS[arguments.config_id]
    # An agent that is asked to end sends SIGTERM. Treated like Ctrl-C, the run still finishes its log.
    # SIGINT is named too because a process that a shell script starts with `&` inherits it ignored.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run = None
    try:
        # An agent has already told wandb which project its sweep belongs to.
        project = None if arguments.wandb_sweep else os.environ.get("WANDB_PROJECT", env_id)
        run = wandb.init(project=project, config=settle_config(defaults, overrides))
        config = settle_config(defaults, dict(wandb.config))
        print(train(env_id, config, run.log))
    except BadParameter as problem:
        print(f"train.py: {problem}", file=sys.stderr)
        if run:
            run.finish(exit_code=2)
        return 2
    except KeyboardInterrupt:
        # W&B stops a run by interrupting its main thread. That is a decision, not a failure. Ctrl-C in
        # an agent's terminal reaches this program first as SIGINT, then from the agent as SIGTERM.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("stopped on request")
    if run:
        run.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
