"""The works of works.json in PyTorch (eager and torch.compile), JAX jit and ONNX Runtime on the card on which Sessionflow was measured, and the table.

    python neighbours.py SESSIONFLOW.json OUT.json [--onnx DIR] [--dry]

SESSIONFLOW.json is what dist/cuda.js printed. A neighbour that is not installed is left out and named, and so is a work that one of them has no form for.
--onnx: folder with <model>.onnx, made by ../native/zoo_native.py; the models are left out without. --dry: small sizes on the CPU, to show that all runs.
"""
import argparse
import json
import os
import statistics
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HEADS = 12


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sessionflow")
    parser.add_argument("out")
    parser.add_argument("--onnx")
    parser.add_argument("--dry", action="store_true")
    return parser.parse_args()


def sized(dim, batch, dry):
    """As src/cuda/main.ts shrinks sizes."""
    if dim == "batch":
        return min(batch, 2) if dry else batch
    return dim // 32 if dry and dim >= 64 else dim


def measurements(spec, dry):
    """Every (name, work or model, shapes, steps, math, batch)."""
    for work in spec["works"]:
        repeat = work.get("repeat")
        steps = repeat["steps"] * repeat["times"] if repeat else work["steps"]
        for batch in work.get("batches", [1]):
            shapes = {name: [sized(dim, batch, dry) for dim in dims] for name, dims in work["inputs"].items()}
            for math in work["maths"]:
                suffix = f", batch {batch}" if "batches" in work else ""
                yield f"{work['name']}{suffix}, {math}", None, shapes, steps, math, batch
    for model in spec["models"]:
        if dry and not model.get("dry"):
            continue
        for batch in model["batches"]:
            for math in model["maths"]:
                yield f"{model['name']}, batch {batch}, {math}", model["name"], None, None, math, min(batch, 2) if dry else batch


def timing(launch, finish, calls, dry):
    """`launch` gives work to the card, `finish` waits for all of it: one call, and each of several that are given at once."""
    runs, in_flight = (1, 2) if dry else (30, 16)

    def sample(count):
        times = []
        for run in range(runs + 3):
            start = time.perf_counter()
            for _ in range(count):
                launch()
            finish()
            if run >= 3:
                times.append(1000 * (time.perf_counter() - start))
        return statistics.median(times)

    one = sample(calls)
    return {"one": one, "many": one if calls > 1 else sample(in_flight) / in_flight, "calls": calls}


def interpret(ops, steps, values):
    values = dict(values)
    result = None
    for name, op, *inputs in steps:
        result = values[name] = ops[op](*(values[key] for key in inputs))
    return result


class Torch:
    """PyTorch; `mode` None is eager."""

    def __init__(self, dry, compiled):
        import torch

        self.torch, self.dry, self.compiled = torch, dry, compiled
        self.device = "cpu" if dry else "cuda"
        functional = torch.nn.functional
        self.ops = {
            "matmul": torch.matmul, "matmulTransposed": lambda a, b: a @ b.transpose(-1, -2), "add": torch.add, "mul": torch.mul, "relu": torch.relu,
            "tanh": torch.tanh, "softmax": lambda x: torch.softmax(x, -1), "layerNorm": lambda x, g, b: functional.layer_norm(x, x.shape[-1:], g, b, 1e-5),
            # Channels last in memory, as the works say; PyTorch names the axes in another order.
            "conv": lambda x, w: functional.conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), padding=w.shape[0] // 2).permute(0, 2, 3, 1),
            "heads": lambda x: x.reshape(*x.shape[:2], HEADS, -1).transpose(1, 2), "joinHeads": lambda x: x.transpose(1, 2).flatten(2),
        }

    def finish(self):
        if not self.dry:
            self.torch.cuda.synchronize()

    def prepare(self, math):
        self.torch.backends.cuda.matmul.allow_tf32 = self.torch.backends.cudnn.allow_tf32 = math == "tf32"
        self.torch.backends.cudnn.benchmark = True
        self.torch._dynamo.reset()

    def run(self, call, calls):
        with self.torch.inference_mode():
            return timing(call, self.finish, calls, self.dry)

    def work(self, shapes, steps, math):
        self.prepare(math)
        dtype = self.torch.bfloat16 if math == "bfloat16" else self.torch.float32
        values = {name: (self.torch.rand(shape, device=self.device) - 0.5).to(dtype) for name, shape in shapes.items()}

        def function(given):
            return interpret(self.ops, steps, given)

        callee = self.torch.compile(function, dynamic=False) if self.compiled else function
        return self.run(lambda: callee(values), 1)

    def model(self, path, math, batch):
        import onnx2torch

        self.prepare(math)
        module = onnx2torch.convert(path).to(self.device).eval()
        feeds, calls = model_feeds(path, batch)
        callee = self.torch.compile(module, dynamic=False) if self.compiled else module
        tensors = [self.torch.from_numpy(feed) for feed in feeds.values()]
        return self.run(lambda: callee(*(tensor.to(self.device) for tensor in tensors)), calls)


class Jax:
    def __init__(self, dry):
        import jax
        import jax.numpy as jnp

        if not dry and jax.default_backend() != "gpu":
            raise ImportError(f"JAX sees no GPU, only {jax.default_backend()}")
        self.jax, self.jnp, self.dry, self.last = jax, jnp, dry, None

        def layer_norm(x, g, b):
            centered = x - x.mean(-1, keepdims=True)
            return centered * jax.lax.rsqrt((centered * centered).mean(-1, keepdims=True) + 1e-5).astype(x.dtype) * g + b

        self.ops = {
            "matmul": jnp.matmul, "matmulTransposed": lambda a, b: a @ jnp.swapaxes(b, -1, -2), "add": jnp.add, "mul": jnp.multiply, "relu": jax.nn.relu,
            "tanh": jnp.tanh, "softmax": jax.nn.softmax, "layerNorm": layer_norm,
            "conv": lambda x, w: jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")),
            "heads": lambda x: x.reshape(*x.shape[:2], HEADS, -1).swapaxes(1, 2), "joinHeads": lambda x: x.swapaxes(1, 2).reshape(x.shape[0], x.shape[2], -1),
        }

    def work(self, shapes, steps, math):
        jnp, dtype = self.jnp, self.jnp.bfloat16 if math == "bfloat16" else self.jnp.float32
        keys = self.jax.random.split(self.jax.random.key(0), len(shapes))
        values = {name: self.jax.random.uniform(key, shape, minval=-0.5, maxval=0.5).astype(dtype) for key, (name, shape) in zip(keys, shapes.items())}
        with self.jax.default_matmul_precision("float32" if math == "exact" else "tensorfloat32"):
            function = self.jax.jit(lambda given: interpret(self.ops, steps, given))

            def launch():
                self.last = function(values)

            return timing(launch, lambda: jnp.asarray(self.last).block_until_ready(), 1, self.dry)

    def model(self, path, math, batch):
        raise NotImplementedError("JAX reads no model files")


class OnnxRuntime:
    def __init__(self, dry):
        import numpy
        import onnx
        import onnxruntime

        if not dry and "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
            raise ImportError("this onnxruntime has no CUDA provider (onnxruntime-gpu has)")
        self.numpy, self.onnx, self.ort, self.dry = numpy, onnx, onnxruntime, dry

    def session(self, model, math):
        cuda = ("CUDAExecutionProvider", {"use_tf32": 1 if math == "tf32" else 0, "cudnn_conv_algo_search": "EXHAUSTIVE"})
        return self.ort.InferenceSession(model, providers=["CPUExecutionProvider"] if self.dry else [cuda, "CPUExecutionProvider"])

    def run(self, session, feeds, calls):
        """Inputs and outputs stay on the card."""
        device = "cpu" if self.dry else "cuda"
        binding = session.io_binding()
        for name, value in feeds.items():
            binding.bind_ortvalue_input(name, value if isinstance(value, self.ort.OrtValue) else self.ort.OrtValue.ortvalue_from_numpy(value, device, 0))
        for output in session.get_outputs():
            binding.bind_output(output.name, device)
        return timing(lambda: session.run_with_iobinding(binding), binding.synchronize_outputs, calls, self.dry)

    def work(self, shapes, steps, math):
        helper, proto = self.onnx.helper, self.onnx.TensorProto
        if math == "bfloat16":
            raise NotImplementedError("ONNX Runtime has no bfloat16 kernels for all of these")
        nodes, constants, shape_of = [], [], dict(shapes)

        def node(op, inputs, shape, **attributes):
            name = f"v{len(nodes)}"
            nodes.append(helper.make_node(op, inputs, [name], **attributes))
            shape_of[name] = shape
            return name

        def ints(values):
            name = f"c{len(constants)}"
            constants.append(helper.make_tensor(name, proto.INT64, [len(values)], values))
            return name

        def shape_after(a, b):
            return list(self.numpy.broadcast_shapes(shape_of[a], shape_of[b]))

        def same(op):
            return lambda *inputs: node(op, list(inputs), shape_after(inputs[0], inputs[-1]))

        def conv(x, w):
            # Layout is the model's to say: channels first throughout, so that no transposition is measured.
            batch, height, width, _ = shape_of[x]
            return node("Conv", [x, w], [batch, height, width, shape_of[w][3]], pads=[shape_of[w][0] // 2] * 4)

        def heads(x):
            batch, length, width = shape_of[x]
            split = node("Reshape", [x, ints([batch, length, HEADS, width // HEADS])], [batch, length, HEADS, width // HEADS])
            return node("Transpose", [split], [batch, HEADS, length, width // HEADS], perm=[0, 2, 1, 3])

        def join(x):
            batch, count, length, width = shape_of[x]
            joined = node("Transpose", [x], [batch, length, count, width], perm=[0, 2, 1, 3])
            return node("Reshape", [joined, ints([batch, length, count * width])], [batch, length, count * width])

        def transposed(a, b):
            turned = node("Transpose", [b], [*shape_of[b][:2], shape_of[b][3], shape_of[b][2]], perm=[0, 1, 3, 2])
            return node("MatMul", [a, turned], [*shape_of[a][:3], shape_of[b][2]])

        ops = {
            "matmul": lambda a, b: node("MatMul", [a, b], [*shape_of[a][:-1], shape_of[b][-1]]), "matmulTransposed": transposed, "conv": conv, "heads": heads,
            "joinHeads": join, "add": same("Add"), "mul": same("Mul"), "relu": lambda x: node("Relu", [x], shape_of[x]), "tanh": lambda x: node("Tanh", [x], shape_of[x]),
            "softmax": lambda x: node("Softmax", [x], shape_of[x], axis=-1), "layerNorm": lambda x, g, b: node("LayerNormalization", [x, g, b], shape_of[x], axis=-1, epsilon=1e-5),
        }
        result = interpret(ops, steps, {name: name for name in shapes})
        is_image = any(op == "conv" for _, op, *_ in steps)

        def actual(shape):
            if not is_image:
                return shape
            if len(shape) == 4 and shape[0] == shape[1] and shape[0] in (1, 3):
                return [shape[3], shape[2], shape[0], shape[1]]
            return [shape[0], shape[3], shape[1], shape[2]] if len(shape) == 4 else [shape[0], 1, 1]

        inputs = [helper.make_tensor_value_info(name, proto.FLOAT, actual(shape)) for name, shape in shapes.items()]
        graph = helper.make_graph(nodes, "work", inputs, [helper.make_tensor_value_info(result, proto.FLOAT, None)], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        feeds = {name: (self.numpy.random.default_rng(1).random(actual(shape), "float32") - 0.5).astype("float32") for name, shape in shapes.items()}
        return self.run(self.session(model.SerializeToString(), math), feeds, 1)

    def model(self, path, math, batch):
        feeds, calls = model_feeds(path, batch)
        return self.run(self.session(path, math), feeds, calls)


def model_feeds(path, batch):
    """Random feeds; a model that is made for one image gets as many calls as the batch has images."""
    import numpy
    import onnx

    feeds, calls = {}, 1
    for given in onnx.load(path).graph.input:
        dims = [dim.dim_value for dim in given.type.tensor_type.shape.dim]
        if dims[0] in (0, batch):
            dims[0] = batch
        else:
            calls = batch
        is_int = given.type.tensor_type.elem_type == onnx.TensorProto.INT32
        values = numpy.random.default_rng(1).random(dims, "float32")
        feeds[given.name] = (255 * values).astype("int32") if is_int else values
    return feeds, calls


def table(rows, columns):
    """Markdown: milliseconds of one call / of each of many, and how much faster Sessionflow is than the best neighbour at many."""
    print("| work | " + " | ".join(columns) + " | best neighbour : Sessionflow |")
    print("| --- |" + " --- |" * (len(columns) + 1))
    for name, row in rows.items():
        cells = ["" if column not in row else f"{row[column]['one']:.3f} / {row[column]['many']:.3f}" for column in columns]
        others = [row[column]["many"] for column in columns if column in row and column != "Sessionflow"]
        ratio = f"{min(others) / row['Sessionflow']['many']:.2f}" if others and "Sessionflow" in row else ""
        print(f"| {name} | " + " | ".join(cells) + f" | {ratio} |")


def main():
    args = arguments()
    with open(os.path.join(HERE, "works.json")) as file:
        spec = json.load(file)
    with open(args.sessionflow) as file:
        ours = json.load(file)
    makers = {"PyTorch": lambda: Torch(args.dry, False), "torch.compile": lambda: Torch(args.dry, True), "JAX": lambda: Jax(args.dry), "ONNX Runtime": lambda: OnnxRuntime(args.dry)}
    neighbours, left_out = {}, dict(ours["failures"])
    for label, make in makers.items():
        try:
            neighbours[label] = make()
        except (ImportError, OSError) as error:
            left_out[label] = str(error)
    rows = {name: {"Sessionflow": value} for name, value in ours["results"].items()}
    for name, model, shapes, steps, math, batch in measurements(spec, args.dry):
        row = rows.setdefault(name, {})
        for label, neighbour in neighbours.items():
            try:
                if model is None:
                    row[label] = neighbour.work(shapes, steps, math)
                elif args.onnx is None:
                    raise NotImplementedError("no --onnx folder was given")
                else:
                    row[label] = neighbour.model(os.path.join(args.onnx, f"{model}.onnx"), math, batch)
            except Exception as error:  # noqa: BLE001: whatever a neighbour cannot do is told, and the rest goes on
                left_out[f"{label}: {name}"] = f"{type(error).__name__}: {error}".splitlines()[0]
    print(f"{ours['device']}\n\nms of one call / of each of {16} given at once\n")
    table(rows, ["Sessionflow", *neighbours])
    print("\nLeft out:")
    for what, why in left_out.items():
        print(f"* {what}: {why}")
    with open(args.out, "w") as file:
        json.dump({"device": ours["device"], "details": ours["details"], "rows": rows, "leftOut": left_out}, file, indent=1)


if __name__ == "__main__":
    main()
