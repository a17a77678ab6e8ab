#!/usr/bin/env python3
"""Training throughput of PyTorch on the reference networks, the way bench_train_throughput has it:
a step is forward, cross-entropy, backward and SGD with momentum on a resident random batch.

    python3 pytorch_throughput.py --net resnet20 --mode f32-cl --batch 64 --threads 1 --seconds 3

Prints `images per second, peak memory of the process in MiB`. Modes: f32, bf16 (autocast), each
also channels-last (-cl), and that through torch.compile (-compiled), which PyTorch has from 2.0 on.
"""
import argparse
import resource
import statistics
import time

import torch
from torch import nn

MODES = ("f32", "f32-cl", "f32-cl-compiled", "bf16", "bf16-cl", "bf16-cl-compiled")


class Residual(nn.Module):
    """Sum of a body and a shortcut, perhaps rectified."""

    def __init__(self, body, shortcut, rectified):
        super().__init__()
        self.body, self.shortcut = body, shortcut
        self.rectified = rectified

    def forward(self, x):
        y = self.body(x) + self.shortcut(x)
        return torch.relu(y) if self.rectified else y


def conv(channels, out, kernel=3, stride=1, groups=1, relu=True):
    layers = [nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False),
              nn.BatchNorm2d(out)]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if relu else []))


def classifier(channels):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 49, 64), nn.ReLU(inplace=True), nn.Linear(64, 10))


def vgg():
    layers, channels = [], 3
    for out in (32, 64, 128):
        layers += [conv(channels, out), conv(out, out), nn.MaxPool2d(2)]
        channels = out
    return nn.Sequential(*layers, *classifier(channels))


def resnet20():
    layers, channels = [conv(3, 16)], 16
    for out in (16, 32, 64):
        for block in range(3):
            stride = 2 if block == 0 and out > 16 else 1
            shortcut = nn.Identity() if stride == 1 else conv(channels, out, 1, stride, relu=False)
            body = nn.Sequential(conv(channels, out, 3, stride), conv(out, out, relu=False))
            layers.append(Residual(body, shortcut, rectified=True))
            channels = out
    return nn.Sequential(*layers, *classifier(channels))


def mobile():
    layers, channels = [conv(3, 16)], 16
    for out, stride in ((16, 1), (24, 2), (24, 1), (32, 2), (32, 1), (64, 1), (64, 1)):
        inner = 4 * channels
        body = nn.Sequential(conv(channels, inner, 1), conv(inner, inner, 3, stride, groups=inner),
                             conv(inner, out, 1, relu=False))
        keeps = stride == 1 and out == channels
        layers.append(Residual(body, nn.Identity(), rectified=False) if keeps else body)
        channels = out
    return nn.Sequential(*layers, *classifier(channels))


NETS = {"lenet": (lenet, (1, 28, 28)), "vgg": (vgg, (3, 32, 32)),
        "resnet20": (resnet20, (3, 32, 32)), "mobile": (mobile, (3, 32, 32))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", choices=NETS, required=True)
    parser.add_argument("--mode", choices=MODES, default="f32")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    build, shape = NETS[options.net]
    model = build()
    images = torch.randn(options.batch, *shape)
    labels = torch.randint(0, 10, (options.batch,))
    if "-cl" in options.mode:
        model = model.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    compiled = torch.compile(model) if options.mode.endswith("-compiled") else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    half = options.mode.startswith("bf16")

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = nn.functional.cross_entropy(compiled(images), labels)
        loss.backward()
        optimizer.step()

    def seconds(steps):
        began = time.perf_counter()
        for _ in range(steps):
            step()
        return time.perf_counter() - began

    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if compiled is not model:
        step()  # compiles
    once = seconds(1)
    if once > options.seconds:  # a mode that the CPU only emulates
        print(f"{options.batch / once:.1f} {peak():.0f}")
        return
    seconds(2)
    rounds = 5
    steps = max(1, int(options.seconds / rounds / seconds(1)))
    rate = statistics.median(steps * options.batch / seconds(steps) for _ in range(rounds))
    print(f"{rate:.1f} {peak():.0f}")


if __name__ == "__main__":
    main()
