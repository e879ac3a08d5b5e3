"""Proximal policy optimisation in plain numpy, with the gradients written by hand.

Sources, cited by these short names below:
  [PPO]  Schulman et al. 2017, "Proximal Policy Optimization Algorithms", arXiv:1707.06347
  [GAE]  Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized Advantage
         Estimation", arXiv:1506.02438
  [Adam] Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980

Symbols:
  T, N     steps of a rollout, environments that step together
  D, H, K  size of an observation, units of a hidden layer, number of actions
  B        samples in a minibatch
  s, a, r  observation, action, reward
  V(s)     the critic's estimate of the discounted return from s
  A, R     advantage of an action; target of the critic, R = A + V
  gamma    discount of future rewards
  lambda   GAE's mix: 0 trusts the critic alone, 1 the sampled return alone
  rho      pi_new(a|s) / pi_old(a|s), the probability ratio ([PPO] calls it r)
  eps      the clip range of rho
  theta    all weights of a network as one flat vector
"""

import numpy as np


class MLP:
    """A perceptron with two hidden tanh layers and a linear output.

    All weights live in one flat vector `theta`, and the layers are views into it. So the optimiser
    works on one array instead of six small ones, and a test can nudge each weight by its index.
    """

    def __init__(self, sizes, output_gain, rng, dtype=np.float32):
        """`sizes` is (D, H, H, outputs). A small `output_gain` starts the actor near uniform."""
        shapes = list(zip(sizes[:-1], sizes[1:]))
        count = sum(n_in * n_out + n_out for n_in, n_out in shapes)
        self.theta = np.zeros(count, dtype)
        self.gradient = np.zeros(count, dtype)
        self.layers = _layer_views(self.theta, shapes)
        self._layer_gradients = _layer_views(self.gradient, shapes)
        for weights, _ in self.layers:
            weights[:] = np.sqrt(2) * _orthogonal(weights.shape, rng)
        self.layers[-1][0][:] *= output_gain / np.sqrt(2)

    def forward(self, x):
        """x (B, D) -> output (B, outputs). Keeps each layer's input for `backward`."""
        self._inputs = []
        for weights, bias in self.layers[:-1]:
            self._inputs.append(x)
            x = x @ weights
            x += bias
            np.tanh(x, out=x)
        self._inputs.append(x)
        weights, bias = self.layers[-1]
        return x @ weights + bias

    def backward(self, d_output):
        """dLoss/d output (B, outputs) of the last `forward` -> dLoss/d theta, overwritten next time."""
        d_pre = d_output  # dLoss/d (input of the layer's tanh)
        for index in reversed(range(len(self.layers))):
            x = self._inputs[index]
            d_weights, d_bias = self._layer_gradients[index]
            np.matmul(x.T, d_pre, out=d_weights)
            np.sum(d_pre, axis=0, out=d_bias)
            if index > 0:
                # x is tanh(z) of the layer below, and d tanh(z)/dz = 1 - tanh(z)^2.
                d_pre = (d_pre @ self.layers[index][0].T) * (1 - x * x)
        return self.gradient


def _layer_views(flat, shapes):
    """Cuts a flat vector into [(weights (n_in, n_out), bias (n_out,)), ...] without copying."""
    layers, start = [], 0
    for n_in, n_out in shapes:
        end = start + n_in * n_out
        layers.append((flat[start:end].reshape(n_in, n_out), flat[end : end + n_out]))
        start = end + n_out
    return layers


def _orthogonal(shape, rng):
    """A random matrix with orthonormal columns, or rows if it has fewer of them."""
    q, r = np.linalg.qr(rng.standard_normal((max(shape), min(shape))))
    q *= np.sign(np.diag(r))  # without this, QR's sign convention makes q non-uniform
    return q if q.shape == shape else q.T


class Adam:
    """[Adam], algorithm 1, in place on a flat vector. Epsilon is PPO's usual 1e-5, not 1e-8."""

    def __init__(self, theta, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-5):
        self.theta, self.learning_rate = theta, learning_rate
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.mean, self.square, self.steps = np.zeros_like(theta), np.zeros_like(theta), 0

    def step(self, gradient):
        self.steps += 1
        self.mean += (1 - self.beta1) * (gradient - self.mean)
        self.square += (1 - self.beta2) * (gradient * gradient - self.square)
        # Both moments start at zero; the divisors undo the bias of the first steps.
        rate = self.learning_rate / (1 - self.beta1**self.steps)
        root = np.sqrt(self.square / (1 - self.beta2**self.steps))
        self.theta -= rate * self.mean / (root + self.epsilon)


def log_softmax(logits):
    """logits (B, K) -> log probabilities (B, K)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def sample_actions(logits, rng):
    """One action per row of logits (N, K) -> (N,), by the Gumbel-max trick."""
    return np.argmax(logits + rng.gumbel(size=logits.shape), axis=1)


def generalized_advantages(rewards, values, terminated, truncated, gamma, gae_lambda):
    """[GAE], equations 11, 12 and 16, for N environments at once -> A (T, N).

    rewards, terminated, truncated: (T, N), of the step from s_t to s_t+1. values: (T + 1, N), V(s_t).

    A terminated episode is worth nothing afterwards. A truncated one (CartPole's limit of 500 steps)
    would have gone on, so V of its last observation stands in for the rest. Neither passes advantages
    on to what follows, which is another episode.
    """
    deltas = rewards + gamma * values[1:] * ~terminated - values[:-1]
    carry = gamma * gae_lambda * ~(terminated | truncated)
    advantages = np.empty_like(deltas)
    following = np.zeros_like(deltas[0])
    for t in reversed(range(len(deltas))):
        following = deltas[t] + carry[t] * following
        advantages[t] = following
    return advantages


def policy_loss(logits, actions, advantages, old_log_probs, clip_range, ent_coef):
    """The clipped objective with an entropy bonus, [PPO] equations 7 and 9, as a loss.

        L = -mean(min(rho A, clip(rho, 1 - eps, 1 + eps) A)) - ent_coef mean(entropy)

    logits (B, K); actions, advantages, old_log_probs (B,) -> (L, dL/dlogits (B, K), statistics).
    """
    rows = np.arange(len(actions))
    log_probs = log_softmax(logits)
    probs = np.exp(log_probs)
    log_ratio = log_probs[rows, actions] - old_log_probs
    ratio = np.exp(log_ratio)
    clipped = np.clip(ratio, 1 - clip_range, 1 + clip_range)
    surrogate = np.minimum(ratio * advantages, clipped * advantages)
    entropy = -(probs * log_probs).sum(axis=1)
    loss = -surrogate.mean() - ent_coef * entropy.mean()

    # The clipped branch is constant in rho: it passes no gradient where it is the smaller one.
    # Elsewhere d(rho A)/dlogits = rho A (onehot(a) - pi).
    passes = ratio * advantages <= clipped * advantages
    weight = passes * ratio * advantages
    d_surrogate = -weight[:, None] * probs
    d_surrogate[rows, actions] += weight
    # d entropy / d logit_k = -pi_k (log pi_k + entropy)
    d_entropy = -probs * (log_probs + entropy[:, None])
    d_logits = -(d_surrogate + ent_coef * d_entropy) / len(actions)

    statistics = {
        "policy_loss": -surrogate.mean(),
        "entropy": entropy.mean(),
        # Never negative and of low variance: E[(rho - 1) - log rho] = KL(old, new).
        "approx_kl": (ratio - 1 - log_ratio).mean(),
        "clip_fraction": (clipped != ratio).mean(),
    }
    return loss, d_logits, statistics


def value_loss(values, targets):
    """Half the mean squared error. values (B, 1), targets (B,) -> (loss, dloss/dvalues (B, 1))."""
    error = values - targets[:, None]
    return 0.5 * (error * error).mean(), error / len(targets)


def clip_norm(gradient, max_norm):
    """Shortens the gradient, in place, to a Euclidean length of at most `max_norm`."""
    norm = np.sqrt(gradient @ gradient)
    if norm > max_norm:
        gradient *= max_norm / norm
    return gradient


class PPO:
    """An actor and a critic, and how they learn from a rollout."""

    def __init__(self, observation_size, action_count, config, rng):
        hidden = config["hidden_size"]
        self.config, self.rng = config, rng
        self.actor = MLP((observation_size, hidden, hidden, action_count), 0.01, rng)
        self.critic = MLP((observation_size, hidden, hidden, 1), 1.0, rng)
        self.actor_optimizer = Adam(self.actor.theta, config["policy_lr"])
        self.critic_optimizer = Adam(self.critic.theta, config["value_lr"])
        # At a reward of 1 a step no return exceeds 1 / (1 - gamma). The critic works in that unit, so
        # that its targets are of order one. Advantages are normalised, so the actor sees no difference.
        self.reward_scale = np.float32(1 - config["gamma"])

    def act(self, observations):
        """observations (N, D) -> sampled actions (N,)."""
        return sample_actions(self.actor.forward(observations), self.rng)

    def learn(self, rollout):
        """Runs `n_epochs` of minibatch steps on a rollout and returns the mean statistics.

        rollout: observations (T + 1, N, D); actions, rewards, terminated, truncated and valid, each
        (T, N). Steps that are not valid do not count: they only reset an environment.
        """
        config = self.config
        steps, envs = rollout["actions"].shape
        flat_observations = rollout["observations"].reshape((steps + 1) * envs, -1)
        values = self.critic.forward(flat_observations).reshape(steps + 1, envs)
        rewards = rollout["rewards"] * self.reward_scale
        ends = (rollout["terminated"], rollout["truncated"])
        discounts = (config["gamma"], config["gae_lambda"])
        advantages = generalized_advantages(rewards, values, *ends, *discounts)
        valid = rollout["valid"]
        observations = rollout["observations"][:-1][valid]
        actions = rollout["actions"][valid]
        targets = (advantages + values[:-1])[valid]
        advantages = advantages[valid]
        # The actor has not changed since it acted, so these are the probabilities it acted with.
        log_probs = log_softmax(self.actor.forward(observations))
        old_log_probs = log_probs[np.arange(len(actions)), actions]

        history = []
        samples = (observations, actions, advantages, old_log_probs, targets)
        minibatches = max(1, round(1 / config["batch_size"]))
        for _ in range(config["n_epochs"]):
            for batch in np.array_split(self.rng.permutation(len(actions)), minibatches):
                history.append(self._step(*(array[batch] for array in samples)))
        return {name: float(np.mean([step[name] for step in history])) for name in history[0]}

    def _step(self, observations, actions, advantages, old_log_probs, targets):
        """One gradient step of actor and critic on a minibatch -> its statistics."""
        config = self.config
        advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        logits = self.actor.forward(observations)
        _, d_logits, statistics = policy_loss(
            logits, actions, advantages, old_log_probs, config["clip_range"], config["ent_coef"]
        )
        max_norm = config["max_grad_norm"]
        self.actor_optimizer.step(clip_norm(self.actor.backward(d_logits), max_norm))
        loss, d_values = value_loss(self.critic.forward(observations), targets)
        self.critic_optimizer.step(clip_norm(self.critic.backward(d_values), max_norm))
        return {**statistics, "value_loss": loss}
