"""JAX beside bench_training: jax_peer.py DIMS WIDTH BATCH conditional|action|integrate PROBLEM scan|fori.

The whole training loop runs on the device, in one compiled call: pairs, times and geodesics drawn, the objective, its
gradient by automatic differentiation, Adam, moving average.
"""

import sys
import time

import jax
import jax.numpy as jnp
from problem import Problem, initial, serve

DEPTH = 3


def network(params, z):
    for w, b in params[:-1]:
        z = jax.nn.silu(z @ w + b)
    w, b = params[-1]
    return (z @ w + b)[:, 0]


def value_and_gradient(params, z):
    """s [n] and its gradient in (t, x) [n, 1 + d]: rows are independent, so one reverse pass gives all."""
    value, back = jax.vjp(lambda inputs: network(params, inputs), z)
    return value, back(jnp.ones_like(value))[0]


def draw(problem, tables, key, batch):
    """Samples of the geodesics: (t, x) [n, 1 + d], u, c, weight."""
    cells, source, target, p, q, accept, alias = tables
    ku, ka, kt = jax.random.split(key, 3)
    slot = jax.random.randint(ku, (batch,), 0, accept.shape[0])
    pair = jnp.where(jax.random.uniform(ka, (batch,)) < accept[slot], slot, alias[slot])
    tau = (jnp.arange(batch) + jax.random.uniform(kt, (batch,))) / batch
    x, y, p, q = cells[source[pair]], cells[target[pair]], p[pair], q[pair]
    step = y - x
    distance = jnp.maximum(jnp.linalg.norm(step, axis=1), 1e-12)
    phi = distance / (2 * problem.delta)
    start, end = (1 - tau) * jnp.sqrt(p), tau * jnp.sqrt(q)
    mass = start**2 + 2 * start * end * jnp.cos(phi) + end**2
    half = -start * jnp.sqrt(p) + (start * jnp.sqrt(q) - end * jnp.sqrt(p)) * jnp.cos(phi) + end * jnp.sqrt(q)
    moved = 2 * problem.delta * jnp.arctan2(end * jnp.sin(phi), start + end * jnp.cos(phi)) / distance
    speed = jnp.sqrt(p * q) * 2 * problem.delta * jnp.sin(phi) / (mass * problem.dt * distance)
    t = problem.time_scale * tau
    z = jnp.concatenate([t[:, None], x + moved[:, None] * step], axis=1)
    weight = mass * problem.total / ((p + q) / 2) * problem.dt
    return z, speed[:, None] * step, 2 * half / (mass * problem.dt), weight


def conditional(problem, tables, batch, params, key):
    z, u, c, weight = draw(problem, tables, key, batch)
    s, gradient = value_and_gradient(params, z)
    squares = jnp.sum((gradient[:, 1:] - u) ** 2, axis=1) + problem.lam * (s - c / problem.lam) ** 2
    return jnp.mean(weight * 0.5 * squares)


def action(problem, tables, batch, params, key):
    inner, first, last = jax.random.split(key, 3)
    z, _, _, weight = draw(problem, tables, inner, batch)
    s, gradient = value_and_gradient(params, z)
    rate = gradient[:, 0] * (problem.time_scale / problem.dt)
    inside = jnp.mean(weight * (rate + 0.5 * jnp.sum(gradient[:, 1:] ** 2, axis=1) + 0.5 * problem.lam * s**2))

    def boundary(key, low, count, t, mass):
        cells = tables[0][low + jax.random.randint(key, (batch,), 0, count)]
        return mass * jnp.mean(network(params, jnp.concatenate([jnp.full((batch, 1), t, cells.dtype), cells], axis=1)))

    return inside + boundary(first, 0, problem.n, 0.0, problem.mass0) - boundary(last, problem.n, problem.m, problem.time_scale, problem.mass1)


def make_training(problem, width, batch, objective, loop):
    loss_of = {"conditional": conditional, "action": action}[objective]
    tables = tuple(jnp.asarray(a) for a in (problem.cells, problem.source, problem.target, problem.p, problem.q, problem.accept, problem.alias))
    tree = jax.tree_util.tree_map

    def step(i, state, total):
        params, average, m, v, _ = state
        key = jax.random.fold_in(jax.random.key(0), i)
        loss, g = jax.value_and_grad(lambda weights: loss_of(problem, tables, batch, weights, key))(params)
        n = i + 1.0
        rate = 0.5 * problem.rate * (1 + jnp.cos(jnp.pi * i / total)) / (1 - 0.9**n)
        unbias = 1 / jnp.sqrt(1 - 0.999**n)
        keep = jnp.minimum(problem.ema, (1 + n) / (10 + n))
        m = tree(lambda m, g: m + 0.1 * (g - m), m, g)
        v = tree(lambda v, g: v + 0.001 * (g * g - v), v, g)
        params = tree(lambda w, m, v: w - rate * m / (jnp.sqrt(v) * unbias + 1e-8), params, m, v)
        average = tree(lambda a, w: a + (1 - keep) * (w - a), average, params)
        return params, average, m, v, loss

    @jax.jit
    def fori(state, steps):
        return jax.lax.fori_loop(0, steps, lambda i, s: step(i, s, steps), state)

    @jax.jit
    def scan_chunk(state, begin, total):
        # Fifty steps a call: a scan's length is compiled in.
        return jax.lax.scan(lambda s, i: (step(begin + i, s, total), None), state, jnp.arange(50))[0]

    def run(steps):
        params = tree(jnp.asarray, initial(problem.d + 1, width, DEPTH))
        zeros = tree(jnp.zeros_like, params)
        state = (params, params, zeros, zeros, jnp.float32(0))
        jax.block_until_ready(state)
        begin = time.perf_counter()
        if loop == "fori":
            state = fori(state, steps)
        else:
            steps = max(1, steps // 50) * 50
            for first in range(0, steps, 50):
                state = scan_chunk(state, first, steps)
        jax.block_until_ready(state)
        return (time.perf_counter() - begin) / steps, float(state[-1])

    return run


def make_integration(dims, width):
    params = jax.tree_util.tree_map(jnp.asarray, initial(dims + 1, width, DEPTH))
    start = jax.random.normal(jax.random.key(0), (20000, dims))
    steps, lam = 50, 1.0

    def field(t, state):
        z = jnp.concatenate([jnp.full((state.shape[0], 1), t, state.dtype), state[:, :-1]], axis=1)
        s, gradient = value_and_gradient(params, z)
        return jnp.concatenate([gradient[:, 1:], lam * s[:, None]], axis=1)

    def integrate(cells):
        h = 1.0 / steps

        def step(i, y):
            t = i * h
            k1 = field(t, y)
            k2 = field(t + h / 2, y + h / 2 * k1)
            k3 = field(t + h / 2, y + h / 2 * k2)
            k4 = field(t + h, y + h * k3)
            return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

        return jax.lax.fori_loop(0, steps, step, jnp.concatenate([cells, jnp.zeros((cells.shape[0], 1))], axis=1))

    # In blocks that stay in the cache, and in one piece: the faster one counts.
    whole = jax.jit(integrate)
    blocks = jax.jit(lambda cells: jax.lax.map(integrate, cells.reshape(-1, 500, dims)).reshape(-1, dims + 1))

    def timed(call):
        begin = time.perf_counter()
        end = jax.block_until_ready(call(start))
        return time.perf_counter() - begin, float(jnp.mean(jnp.exp(end[:, -1])))

    calls = (whole, blocks)
    for call in calls:
        timed(call)
    best = min(calls, key=lambda call: min(timed(call)[0] for _ in range(2)))

    def run(rounds):
        return min(timed(best) for _ in range(rounds))

    return run


def main():
    dims, width, batch = (int(word) for word in sys.argv[1:4])
    if sys.argv[4] == "integrate":
        run = make_integration(dims, width)
    else:
        run = make_training(Problem(sys.argv[5]), width, batch, sys.argv[4], sys.argv[6])
    serve(run, f"jax {jax.__version__} {sys.argv[6]}")


if __name__ == "__main__":
    main()
