"""PyTorch beside bench_training: torch_peer.py DIMS WIDTH BATCH conditional|action|integrate PROBLEM eager|compile.

Eager: the fused multi-tensor Adam of torch.optim, torch._foreach for the moving average. compile: torch.compile over
objective and gradient (the second derivatives written out by autograd inside the graph, with torch.func).
integrate: torchdiffeq's rk4 on the joint state (x, log weight).
"""

import math
import sys
import time

import numpy as np
import torch
from problem import Problem, initial, serve

DEPTH = 3


def network(params, z):
    for w, b in zip(params[:-2:2], params[1:-2:2]):
        z = torch.nn.functional.silu(torch.addmm(b, z, w))
    return torch.addmm(params[-1], z, params[-2])[:, 0]


def draw(problem, tables, batch):
    cells, source, target, p, q, accept, alias = tables
    slot = torch.randint(len(accept), (batch,))
    pair = torch.where(torch.rand(batch) < accept[slot], slot, alias[slot])
    tau = (torch.arange(batch) + torch.rand(batch)) / batch
    x, y, p, q = cells[source[pair]], cells[target[pair]], p[pair], q[pair]
    step = y - x
    distance = torch.linalg.vector_norm(step, dim=1).clamp_min(1e-12)
    phi = distance / (2 * problem.delta)
    start, end = (1 - tau) * p.sqrt(), tau * q.sqrt()
    cosine, sine = phi.cos(), phi.sin()
    mass = start**2 + 2 * start * end * cosine + end**2
    half = -start * p.sqrt() + (start * q.sqrt() - end * p.sqrt()) * cosine + end * q.sqrt()
    moved = 2 * problem.delta * torch.atan2(end * sine, start + end * cosine) / distance
    speed = (p * q).sqrt() * 2 * problem.delta * sine / (mass * problem.dt * distance)
    z = torch.cat([(problem.time_scale * tau)[:, None], x + moved[:, None] * step], dim=1)
    weight = mass * (problem.total * problem.dt) / ((p + q) / 2)
    return z, speed[:, None] * step, 2 * half / (mass * problem.dt), weight


def draw_boundary(problem, tables, batch):
    cells = tables[0]
    first = cells[torch.randint(problem.n, (batch,))]
    last = cells[problem.n + torch.randint(problem.m, (batch,))]
    at = torch.cat([torch.zeros(batch, 1), torch.full((batch, 1), problem.time_scale)])
    return torch.cat([at, torch.cat([first, last])], dim=1)


def conditional_loss(problem, s, gradient, u, c, weight):
    squares = ((gradient[:, 1:] - u) ** 2).sum(1) + problem.lam * (s - c / problem.lam) ** 2
    return (weight * 0.5 * squares).mean()


def action_loss(problem, s, gradient, weight, ends):
    rate = gradient[:, 0] * (problem.time_scale / problem.dt)
    inside = (weight * (rate + 0.5 * (gradient[:, 1:] ** 2).sum(1) + 0.5 * problem.lam * s**2)).mean()
    first, last = ends.chunk(2)
    return inside + problem.mass0 * first.mean() - problem.mass1 * last.mean()


def parameters(inputs, width):
    return [torch.from_numpy(np.array(a)).requires_grad_() for layer in initial(inputs, width, DEPTH) for a in layer]


def make_training(problem, width, batch, objective, mode):
    tables = tuple(torch.from_numpy(a) for a in (problem.cells, problem.source.astype(np.int64), problem.target.astype(np.int64),
                                                 problem.p, problem.q, problem.accept, problem.alias.astype(np.int64)))

    def loss_eager(params):
        z, u, c, weight = draw(problem, tables, batch)
        z.requires_grad_()
        s = network(params, z)
        (gradient,) = torch.autograd.grad(s.sum(), z, create_graph=True)
        if objective == "conditional":
            return conditional_loss(problem, s, gradient, u, c, weight)
        return action_loss(problem, s, gradient, weight, network(params, draw_boundary(problem, tables, batch)))

    def loss_func(params, z, u, c, weight, ends):
        def total(inputs):
            s = network(params, inputs)
            return s.sum(), s

        gradient, s = torch.func.grad(total, has_aux=True)(z)
        if objective == "conditional":
            return conditional_loss(problem, s, gradient, u, c, weight)
        return action_loss(problem, s, gradient, weight, network(params, ends))

    compiled = torch.compile(torch.func.grad_and_value(loss_func)) if mode == "compile" else None

    def loss_compiled(params):
        z, u, c, weight = draw(problem, tables, batch)
        ends = draw_boundary(problem, tables, batch) if objective == "action" else z
        detached = [w.detach() for w in params]
        gradients, loss = compiled(detached, z, u, c, weight, ends)
        for w, g in zip(params, gradients):
            w.grad = g
        return loss

    def run(steps):
        torch.manual_seed(0)
        params = parameters(problem.d + 1, width)
        average = [w.detach().clone() for w in params]
        optimizer = torch.optim.Adam(params, lr=problem.rate, fused=True)
        begin = time.perf_counter()
        for i in range(steps):
            optimizer.param_groups[0]["lr"] = 0.5 * problem.rate * (1 + math.cos(math.pi * i / steps))
            if compiled is None:
                optimizer.zero_grad(set_to_none=True)
                loss = loss_eager(params)
                loss.backward()
            else:
                loss = loss_compiled(params)
            optimizer.step()
            with torch.no_grad():
                torch._foreach_lerp_(average, params, 1 - min(problem.ema, (2 + i) / (11 + i)))
        return (time.perf_counter() - begin) / steps, loss.item()

    return run


def make_integration(dims, width):
    from torchdiffeq import odeint

    params = [w.detach() for w in parameters(dims + 1, width)]
    start = torch.cat([torch.randn(20000, dims), torch.zeros(20000, 1)], dim=1)
    lam = 1.0

    def field(t, state):
        z = torch.cat([t.expand(len(state), 1), state[:, :-1]], dim=1).requires_grad_()
        with torch.enable_grad():
            s = network(params, z)
            (gradient,) = torch.autograd.grad(s.sum(), z)
        return torch.cat([gradient[:, 1:], lam * s.detach()[:, None]], dim=1)

    def run(rounds):
        times = []
        for _ in range(rounds):
            begin = time.perf_counter()
            end = odeint(field, start, torch.tensor([0.0, 1.0]), method="rk4", options={"step_size": 0.02})[-1]
            times.append(time.perf_counter() - begin)
        return min(times), float(end[:, -1].exp().mean())

    return run


def main():
    torch.set_num_threads(2)
    dims, width, batch = (int(word) for word in sys.argv[1:4])
    if sys.argv[4] == "integrate":
        run = make_integration(dims, width)
    else:
        run = make_training(Problem(sys.argv[5]), width, batch, sys.argv[4], sys.argv[6])
    serve(run, f"torch {torch.__version__} {sys.argv[6]}")


if __name__ == "__main__":
    main()
