"""Checks the hand-written gradients and the advantages of ppo.py: `python test_ppo.py`.

Every gradient is compared with central finite differences, (L(w + h) - L(w - h)) / 2h, weight by
weight and in double precision. Exits with 1 if a check fails. Needs numpy only.
"""

import sys

import numpy as np

from ppo import (
    MLP,
    Adam,
    clip_norm,
    generalized_advantages,
    log_softmax,
    policy_loss,
    sample_actions,
    value_loss,
)

BATCH, OBSERVATION, HIDDEN, ACTIONS = 32, 4, 7, 3


def relative_error(found, expected):
    """|found - expected| / (|found| + |expected|), with Euclidean lengths."""
    return np.linalg.norm(found - expected) / (np.linalg.norm(found) + np.linalg.norm(expected))


def numeric_gradient(loss, theta, step=1e-6):
    """Central differences of loss() in each entry of theta, which is restored."""
    gradient = np.empty_like(theta)
    for index in range(len(theta)):
        kept = theta[index]
        theta[index] = kept + step
        above = loss()
        theta[index] = kept - step
        below = loss()
        theta[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient


def check_actor_gradient():
    """Through the clipped objective, its entropy bonus, the softmax and the network."""
    rng = np.random.default_rng(1)
    actor = MLP((OBSERVATION, HIDDEN, HIDDEN, ACTIONS), 1.0, rng, np.float64)
    actor.theta += 0.1 * rng.standard_normal(len(actor.theta))  # biases start at 0: test them off it
    observations = rng.standard_normal((BATCH, OBSERVATION))
    actions = rng.integers(ACTIONS, size=BATCH)
    advantages = rng.standard_normal(BATCH)
    # Old probabilities at some distance, so that all cases occur: inside the clip range, outside it
    # with the gradient cut, and outside it on the side where the minimum lets the gradient through.
    log_probs = log_softmax(actor.forward(observations))[np.arange(BATCH), actions]
    old_log_probs = log_probs + 0.4 * rng.standard_normal(BATCH)
    ratio = np.exp(log_probs - old_log_probs)
    outside = np.abs(ratio - 1) > 0.2
    is_cut = outside & ((ratio > 1) == (advantages > 0))
    assert min((~outside).sum(), is_cut.sum(), (outside & ~is_cut).sum()) >= 4, "a case is missing"

    def loss_and_d_logits():
        logits = actor.forward(observations)
        return policy_loss(logits, actions, advantages, old_log_probs, 0.2, 0.05)[:2]

    expected = numeric_gradient(lambda: loss_and_d_logits()[0], actor.theta)
    return relative_error(actor.backward(loss_and_d_logits()[1]), expected), 1e-7


def check_critic_gradient():
    rng = np.random.default_rng(2)
    critic = MLP((OBSERVATION, HIDDEN, HIDDEN, 1), 1.0, rng, np.float64)
    critic.theta += 0.1 * rng.standard_normal(len(critic.theta))
    observations = rng.standard_normal((BATCH, OBSERVATION))
    targets = rng.standard_normal(BATCH)

    def loss_and_d_values():
        return value_loss(critic.forward(observations), targets)

    expected = numeric_gradient(lambda: loss_and_d_values()[0], critic.theta)
    return relative_error(critic.backward(loss_and_d_values()[1]), expected), 1e-7


def check_advantages():
    """Against the definition, the sum of (gamma lambda)^l delta_t+l up to the episode's end."""
    rng = np.random.default_rng(3)
    steps, envs, gamma, gae_lambda = 40, 3, 0.97, 0.9
    rewards = rng.standard_normal((steps, envs))
    values = rng.standard_normal((steps + 1, envs))
    ends = rng.random((steps, envs))
    terminated, truncated = ends < 0.1, ends > 0.9
    expected = np.zeros((steps, envs))
    for start in range(steps):
        for env in range(envs):
            for t in range(start, steps):
                bootstrap = 0.0 if terminated[t, env] else gamma * values[t + 1, env]
                delta = rewards[t, env] + bootstrap - values[t, env]
                expected[start, env] += (gamma * gae_lambda) ** (t - start) * delta
                if terminated[t, env] or truncated[t, env]:
                    break
    found = generalized_advantages(rewards, values, terminated, truncated, gamma, gae_lambda)
    return relative_error(found, expected), 1e-12


def check_adam():
    """Two steps against algorithm 1, written out with its bias-corrected moments."""
    gradients = [np.array([0.5, -2.0]), np.array([-1.0, 3.0])]
    theta = np.array([1.0, 2.0])
    optimizer = Adam(theta, 0.1, epsilon=1e-8)
    expected, mean, square = theta.copy(), np.zeros(2), np.zeros(2)
    for t, gradient in enumerate(gradients, start=1):
        optimizer.step(gradient)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        expected -= 0.1 * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
    return relative_error(theta, expected), 1e-12


def check_clip_norm():
    long, short = clip_norm(np.array([3.0, 4.0]), 0.5), clip_norm(np.array([0.3, 0.0]), 0.5)
    return relative_error(np.append(long, short), np.array([0.3, 0.4, 0.3, 0.0])), 1e-12


def check_action_frequencies():
    """Sampled actions follow the softmax; 200,000 draws have a standard error of about 0.001."""
    logits = np.array([[0.0, 1.0, -1.0]])
    actions = sample_actions(np.repeat(logits, 200_000, axis=0), np.random.default_rng(4))
    found = np.bincount(actions, minlength=ACTIONS) / len(actions)
    return np.abs(found - np.exp(log_softmax(logits)[0])).max(), 0.005


def main():
    checks = [value for name, value in globals().items() if name.startswith("check_")]
    failures = 0
    for check in checks:
        error, limit = check()
        passed = error <= limit
        failures += not passed
        print(f"{'ok  ' if passed else 'FAIL'} {check.__name__}: error {error:.1e}, limit {limit:.0e}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
