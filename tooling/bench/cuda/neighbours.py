"""The works of sessionflow.mjs in PyTorch (eager and torch.compile) and JAX on the same card, beside Sessionflow's medians. Never run yet."""
import json
import statistics
import sys
import time

REPEAT = 30


def median_ms(run):
    for _ in range(5):
        run()
    times = []
    for _ in range(REPEAT):
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def torch_results():
    import torch

    results = {}
    for math in ["exact", "tf32"]:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = math == "tf32"
        works = {f"matmul {n}": (torch.matmul, (n, n), (n, n)) for n in [1024, 2048, 4096, 8192]}
        works["conv 3x3 64 → 64, 56 × 56, batch 32"] = (lambda x, w: torch.nn.functional.conv2d(x, w, padding=1), (32, 64, 56, 56), (64, 64, 3, 3))
        if math == "exact":
            works["softmax 4096 × 4096"] = (lambda x: torch.softmax(x, -1), (4096, 4096))
            works["relu(a · b + a), 16M"] = (lambda a, b: torch.relu(a * b + a), (4096, 4096), (4096, 4096))
        for name, (function, *shapes) in works.items():
            args = [torch.rand(shape, device="cuda") - 0.5 for shape in shapes]
            for kind, callee in {"torch": function, "torch.compile": torch.compile(function)}.items():
                results.setdefault(name if math == "exact" else f"{name}, {math}", {})[kind] = median_ms(lambda: callee(*args).max().item())
    return results


def jax_results():
    import jax
    import jax.numpy as jnp

    results = {}
    key = jax.random.key(0)
    with jax.default_matmul_precision("float32"):
        for n in [1024, 2048, 4096, 8192]:
            a, b = jax.random.uniform(key, (n, n)), jax.random.uniform(key, (n, n))
            function = jax.jit(lambda x, y: jnp.max(x @ y))
            results[f"matmul {n}"] = {"jax": median_ms(lambda: float(function(a, b)))}
        a = jax.random.uniform(key, (4096, 4096))
        for name, function in {"softmax 4096 × 4096": jax.jit(lambda x: jnp.max(jax.nn.softmax(x))), "relu(a · b + a), 16M": jax.jit(lambda x: jnp.max(jax.nn.relu(x * x + x)))}.items():
            results[name] = {"jax": median_ms(lambda: float(function(a)))}
    return results


def main():
    rows = {name: {"sessionflow": ms} for name, ms in json.load(open(sys.argv[1])).items()}
    for label, measure in {"PyTorch": torch_results, "JAX": jax_results}.items():
        try:
            for name, columns in measure().items():
                rows.setdefault(name, {}).update(columns)
        except ImportError as error:
            print(f"{label} is left out: {error}")
    for name, columns in rows.items():
        print(f"{name:45}", "  ".join(f"{column} {ms:.3f} ms" for column, ms in columns.items()))


main()
