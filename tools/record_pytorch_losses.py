#!/usr/bin/env python3
"""Records what PyTorch does, for tests/nn/training/*_parity_test.cpp.

Needs PyTorch 1.13 or newer (Debian: python3-torch). Run from anywhere:

  /usr/bin/python3 tools/record_pytorch_losses.py

and it writes, each time the same bytes on one machine,

  tests/files/parity/optimizers.json   gradients, and the weights after each step of each optimiser
  tests/files/parity/training.json     a small network: its first weights, its data, the loss of each
                                       of 200 steps of SGD and of 50 steps of AdamW
"""
import json
import math
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "files" / "parity"
CLASSES, SIDE, CHANNELS, EXAMPLES, BATCH = 4, 8, 8, 320, 16

# Options as OptimizerOptions names them -> the PyTorch optimiser.
OPTIMIZERS = [
    ("sgd, plain", dict(kind="sgd", rate=0.1, momentum=0.0)),
    ("sgd, momentum and decay", dict(kind="sgd", rate=0.05, momentum=0.9, weight_decay=0.01)),
    ("sgd, nesterov and decay", dict(kind="sgd", rate=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)),
    ("adam", dict(kind="adam", rate=0.01)),
    ("adam, decay and betas", dict(kind="adam", rate=0.02, beta1=0.8, beta2=0.95, weight_decay=0.1)),
    ("adamw, decay", dict(kind="adamw", rate=0.02, weight_decay=0.1)),
    ("rmsprop, plain", dict(kind="rmsprop", rate=0.01, momentum=0.0)),
    ("rmsprop, momentum and decay", dict(kind="rmsprop", rate=0.01, momentum=0.9, alpha=0.95, weight_decay=0.05)),
    ("sgd, clipped", dict(kind="sgd", rate=0.1, momentum=0.9, nesterov=True, clip=0.5)),
]


def optimizer(params, o):
    decay = o.get("weight_decay", 0.0)
    if o["kind"] == "sgd":
        return torch.optim.SGD(params, o["rate"], momentum=o["momentum"], weight_decay=decay,
                               nesterov=o.get("nesterov", False))
    if o["kind"] == "rmsprop":
        return torch.optim.RMSprop(params, o["rate"], alpha=o.get("alpha", 0.99), weight_decay=decay,
                                   momentum=o["momentum"])
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[o["kind"]]
    return kind(params, o["rate"], betas=(o.get("beta1", 0.9), o.get("beta2", 0.999)), weight_decay=decay)


def numbers(tensor):
    """The shortest decimals that give these floats back."""
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def record_optimizers():
    """An ill-conditioned bowl, sum of c_i (w_i - t_i)^2 / 2, from a far start."""
    torch.manual_seed(1)
    curvature = torch.tensor([0.01, 0.1, 1.0, 3.0, 10.0])
    target = torch.tensor([1.0, -2.0, 0.5, 0.0, 3.0])
    cases = []
    for name, options in OPTIMIZERS:
        w = nn.Parameter(torch.tensor([4.0, 3.0, -2.0, 1e-3, 2.0]))
        start, opt, steps = numbers(w), optimizer([w], options), []
        for _ in range(12):
            w.grad = curvature * (w.detach() - target) + 0.1 * torch.randn(5)
            gradient = numbers(w.grad)
            if "clip" in options:
                nn.utils.clip_grad_norm_([w], options["clip"])
            opt.step()
            steps.append(dict(gradient=gradient, weights=numbers(w)))
        cases.append(dict(name=name, options=options, start=start, steps=steps))
    return dict(torch=torch.__version__, cases=cases)


class Net(nn.Module):
    """conv-bn-relu, a residual block, pooling, a dense head; modules carry Lamarck's node names."""

    def __init__(self):
        super().__init__()
        c = CHANNELS
        self.stem, self.stem_norm = nn.Conv2d(1, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)
        self.a1, self.a1_norm = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)
        self.a2, self.a2_norm = nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c)
        self.logits = nn.Linear(c, CLASSES)

    def forward(self, x):
        x = F.relu(self.stem_norm(self.stem(x)))
        y = F.relu(self.a1_norm(self.a1(x)))
        y = self.a2_norm(self.a2(y))
        x = F.max_pool2d(F.relu(x + y), 2)
        return self.logits(x.mean((2, 3)))

    def weights(self):
        named = {}
        for node in ("stem", "a1", "a2"):
            norm = getattr(self, node + "_norm")
            named[node + ".weight"] = getattr(self, node).weight
            named[node + ".norm.scale"], named[node + ".norm.shift"] = norm.weight, norm.bias
            named[node + ".norm.mean"], named[node + ".norm.variance"] = norm.running_mean, norm.running_var
        named["logits.weight"], named["logits.bias"] = self.logits.weight, self.logits.bias
        return named


def make_data():
    """Stripes in four directions under noise; every fourth label is wrong, so the loss stays up."""
    g = torch.Generator().manual_seed(2)
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    waves = [x, y, x + y, x - y]
    pixels, labels = [], []
    for i in range(EXAMPLES):
        label = int(torch.randint(0, CLASSES, (1,), generator=g))
        phase = float(torch.rand(1, generator=g)) * 2 * math.pi
        image = 128 + 60 * torch.sin(waves[label] * 1.6 + phase) + 40 * torch.randn(SIDE, SIDE, generator=g)
        pixels.append(image.round().clamp(0, 255).to(torch.uint8))
        labels.append((label + 1) % CLASSES if i % 4 == 3 else label)
    return torch.stack(pixels).unsqueeze(1), torch.tensor(labels)


def batch(pixels, labels, step):
    rows = [(step * BATCH + i) % EXAMPLES for i in range(BATCH)]
    return (pixels[rows].float() / 255 - 0.5) / 0.25, labels[rows]


def train(state, pixels, labels, options, steps):
    net = Net()
    net.load_state_dict(state)
    decayed = [m.weight for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    others = [p for p in net.parameters() if all(p is not d for d in decayed)]
    opt = optimizer([dict(params=decayed), dict(params=others, weight_decay=0.0)], options)
    losses = []
    for step in range(steps):
        x, y = batch(pixels, labels, step)
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y, label_smoothing=options["label_smoothing"])
        loss.backward()
        opt.step()
        losses.append(float(f"{loss.item():.9g}"))
    net.eval()  # with running statistics
    x, y = batch(pixels, labels, 0)
    return dict(options=options, losses=losses, evaluation_loss=F.cross_entropy(net(x), y).item())


def record_training():
    torch.manual_seed(3)
    torch.set_num_threads(1)
    net = Net()
    for norm in (net.stem_norm, net.a1_norm, net.a2_norm):
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.uniform_(norm.bias, -0.3, 0.3)
    state = {k: v.clone() for k, v in net.state_dict().items()}
    pixels, labels = make_data()
    sgd = dict(kind="sgd", rate=0.005, momentum=0.9, nesterov=True, weight_decay=0.02, label_smoothing=0.0)
    adamw = dict(kind="adamw", rate=0.001, weight_decay=0.2, label_smoothing=0.1)
    return dict(torch=torch.__version__, batch=BATCH, side=SIDE, classes=CLASSES,
                mean=0.5, deviation=0.25, pixels=pixels.flatten().tolist(), labels=labels.tolist(),
                weights={k: dict(shape=list(v.shape), data=numbers(v)) for k, v in net.weights().items()},
                runs=[train(state, pixels, labels, sgd, 200), train(state, pixels, labels, adamw, 50)])


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, record in (("optimizers.json", record_optimizers()), ("training.json", record_training())):
        (FOLDER / name).write_text(json.dumps(record, separators=(",", ":")) + "\n")
        print(f"{FOLDER / name}: {(FOLDER / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
