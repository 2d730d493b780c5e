#!/usr/bin/env python3
"""Golden values for the training engine, computed by PyTorch.

    python3 trainer/engine/testdata/golden.py

rewrites trainer/engine/testdata/golden/*.json.gz, or with names of cases as
arguments theirs alone. The committed files were
made with Python 3.11.7 and PyTorch 2.15.0 on one thread of a CPU. The truth is
computed in float64 and stored with 9 significant digits.

Values by formula
-----------------
Parameters, running statistics and images are not stored. A file gives each of
these tensors as {"name", "shape", "stream", "offset", "scale"}, and element k,
counted in row-major order, is

    offset + scale * u(stream, k)
    u(s, k) = float(mix(s << 32 | k) >> 48) / 65536 - 0.5     in [-0.5, 0.5)
    mix(z): z += 0x9E3779B97F4A7C15
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9
            z = (z ^ z >> 27) * 0x94D049BB133111EB
            return z ^ z >> 31                               modulo 2^64

(splitmix64). Scales are powers of two, so every value is exact in float32.

Names and layouts
-----------------
Units: stem, s1.b1.a, .b, .c, .proj, .se.squeeze, .se.excite, head, fc.
<unit>.weight is O,I/groups,kh,kw for a convolution and O,I for fc and SE;
<unit>.gamma, .beta, .mean and .var belong to the unit's batch normalisation,
<unit>.bias to fc and SE. Images are N,H,W,3.

A step file (the default)
-------------------------
    model      the model in the terms of the model YAML, one value a stage
    batch      n
    images     tensor by formula
    targets    n*classes probabilities, exact in float32
    params     tensors by formula; "decay" tells whether weight decay applies
    stats      running means and variances before the step, by formula
    train      logits (n*classes), loss and the gradient of every parameter
    running    running means and variances after the step (momentum 0.1, variance
               unbiased)
    eval       logits of the same images by those running statistics; the
               parameters have not been updated
    margin     the least distance of any ReLU's input from 0, and of the two
               largest values of any max-pool window from each other: rounding
               errors below it change no mask
    float32    how far PyTorch's own float32 result is off: logits, loss, eval
               and running relative to the largest value of the tensor, and
               gradient likewise, where a tensor's largest value counts as at
               least 1e-3 of the largest of the net (some gradients are zero in
               theory); the worst tensor is named

A trajectory file (trajectory-*) has steps of SGD in place of one step
----------------------------------------------------------------------
    batches    images and targets of the mini-batches; step i takes batch
               i modulo their number; the last one is smaller than the rest
    update     momentum, nesterov, weight_decay (coupled, as torch.optim.SGD),
               norm_decay (whether it applies to batch normalisation and biases)
    lr         learning rate of every step
    loss, loss_float32    of every step, before its update, in both precisions
    loss_spread           largest difference of a step's loss over 16 float64 runs whose
                          parameters are disturbed by 2^-22 of themselves at every step
    eval_spread           the same of the final logits, relative to the largest
    eval, eval_float32    logits of the first batch after the last step, as in a step file
"""

import gzip
import itertools
import json
import math
import pathlib
import platform
import struct
import sys

import torch
from torch import nn

BN_EPS, BN_MOMENTUM = 1e-5, 0.1
MARGIN = 1e-5  # float32 errors of these nets stay well below this


# ---- The nets ----


class ConvNorm(nn.Module):
    """Convolution without bias, then batch normalisation."""

    def __init__(self, w_in, w_out, kernel, stride=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(w_in, w_out, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(w_out, eps=BN_EPS, momentum=BN_MOMENTUM)

    def forward(self, x):
        return self.norm(self.conv(x))


class SqueezeExcite(nn.Module):
    def __init__(self, width, squeeze, act):
        super().__init__()
        self.squeeze = nn.Linear(width, squeeze)
        self.act = act()
        self.excite = nn.Linear(squeeze, width)

    def forward(self, x):
        s = self.act(self.squeeze(x.mean((2, 3))))
        return x * torch.sigmoid(self.excite(s))[:, :, None, None]


class Block(nn.Module):
    """One block of any kind; see the model YAML for what each kind is.

        x       1x1, act, grouped 3x3 with the stride, act, [SE,] 1x1, + shortcut, act
        r       x without groups
        linear  x with a shortcut only where the shape is kept, no act after it
        basic   3x3 with the stride, act, 3x3, + shortcut, act
        vanilla 3x3 with the stride, act, 3x3, act
        v       3x3 with the stride, act
        vr      3x3 with the stride, + shortcut, act
        mbconv  [1x1, act,] depthwise kxk with the stride, act, [SE,] 1x1, + shortcut where
                the shape is kept; the first only where it expands the width of the input

    Every convolution is followed by batch normalisation.
    """

    def __init__(self, kind, w_in, w_out, stride, ratio, group_width, expansion, kernel, se_ratio, act):
        super().__init__()
        layers = []  # the residual branch, in order

        def add(name, module):
            if name:
                self.add_module(name, module)
            layers.append(module)

        if kind in ("x", "r", "linear", "mbconv"):
            if kind == "mbconv":
                inner = groups = w_in * expansion
            else:
                inner = int(w_out / ratio)
                groups = 1 if kind == "r" else inner // group_width
            squeeze = round(w_in * se_ratio)  # half to even
            if inner != w_in or kind != "mbconv":
                add("a", ConvNorm(w_in, inner, 1))
                add("", act())
            add("b", ConvNorm(inner, inner, kernel, stride, groups))
            add("", act())
            if squeeze:
                add("se", SqueezeExcite(inner, squeeze, act))
            add("c", ConvNorm(inner, w_out, 1))
        elif kind in ("basic", "vanilla"):
            add("a", ConvNorm(w_in, w_out, 3, stride))
            add("", act())
            add("b", ConvNorm(w_out, w_out, 3))
        elif kind in ("v", "vr"):
            add("a", ConvNorm(w_in, w_out, 3, stride))
        else:
            raise ValueError(f"unknown block {kind!r}")

        self.branch = tuple(layers)  # the modules are registered by name
        same = w_in == w_out and stride == 1
        linear = kind in ("linear", "mbconv")
        self.shortcut = kind in ("x", "r", "basic", "vr") or linear and same
        self.proj = ConvNorm(w_in, w_out, 1, stride) if self.shortcut and not same else None
        self.act = nn.Identity() if linear else act()

    def forward(self, x):
        y = x
        for layer in self.branch:
            y = layer(y)
        if self.shortcut:
            y = y + (x if self.proj is None else self.proj(x))
        return self.act(y)


class Net(nn.Module):
    def __init__(self, m):
        super().__init__()
        act = {"relu": lambda: nn.ReLU(inplace=True), "silu": nn.SiLU}[m["activation"]]
        kernel, stride = {"cifar": (3, 1), "simple": (3, 2), "imagenet": (7, 2)}[m["stem"]]
        width = m["stem_width"]
        self.stem = ConvNorm(3, width, kernel, stride)
        self.stem_act = act()
        self.pool = nn.MaxPool2d(3, 2, 1) if m["stem"] == "imagenet" else None
        none = [None] * len(m["depths"])
        stages = zip(m["depths"], m["widths"], m["strides"], m.get("bottleneck", none), m.get("group_widths", none),
                     m.get("expansions", none), m.get("kernels", [3] * len(none)))
        blocks = []
        for i, (depth, w_out, stride, ratio, group_width, expansion, kernel) in enumerate(stages, 1):
            stage = nn.Module()
            self.add_module(f"s{i}", stage)
            for j in range(1, depth + 1):
                block = Block(m["block"], width, w_out, stride if j == 1 else 1,
                              ratio, group_width, expansion, kernel, m["se_ratio"], act)
                stage.add_module(f"b{j}", block)
                blocks.append(block)
                width = w_out
        self.blocks = tuple(blocks)
        self.head = None
        if m["head_width"]:
            self.head = ConvNorm(width, m["head_width"], 1)
            self.head_act = act()
            width = m["head_width"]
        self.fc = nn.Linear(width, m["classes"])

    def forward(self, x):
        x = self.stem_act(self.stem(x))
        if self.pool is not None:
            x = self.pool(x)
        for block in self.blocks:
            x = block(x)
        if self.head is not None:
            x = self.head_act(self.head(x))
        return self.fc(x.mean((2, 3)))


def soft_cross_entropy(logits, targets):
    return -(targets * torch.log_softmax(logits, 1)).sum(1).mean()


def named_parameters(net):
    """(name, parameter, decays) by the engine's names."""
    for unit, module in net.named_modules():
        if isinstance(module, ConvNorm):
            yield unit + ".weight", module.conv.weight, True
            yield unit + ".gamma", module.norm.weight, False
            yield unit + ".beta", module.norm.bias, False
        elif isinstance(module, nn.Linear):
            yield unit + ".weight", module.weight, True
            yield unit + ".bias", module.bias, False


def named_stats(net):
    for unit, module in net.named_modules():
        if isinstance(module, ConvNorm):
            yield unit + ".mean", module.norm.running_mean
            yield unit + ".var", module.norm.running_var


# ---- Values by formula ----

MASK = 2**64 - 1


def mix(z):
    z = (z + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def formula(name, shape, stream, offset, scale):
    return {"name": name, "shape": list(shape), "stream": stream, "offset": offset, "scale": scale}


def values(f):
    n = math.prod(f["shape"])
    u = [(mix(f["stream"] << 32 | k) >> 48) / 65536 - 0.5 for k in range(n)]
    return (torch.tensor(u, dtype=torch.float64) * f["scale"] + f["offset"]).reshape(f["shape"])


def param_formula(name, shape, stream):
    kind = name.rsplit(".", 1)[1]
    if kind == "weight":
        # A uniform variable of this width has about the variance 2/fan-in.
        scale = 2.0 ** math.floor(math.log2(24 / math.prod(shape[1:])) / 2)
        return formula(name, shape, stream, 0, scale)
    offset, scale = {"gamma": (1, 0.5), "beta": (0, 0.5), "bias": (0, 0.5),
                     "mean": (0, 0.5), "var": (1, 0.5)}[kind]
    return formula(name, shape, stream, offset, scale)


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def make_targets(n, classes, stream):
    """Labels smoothed by 0.1; those of every second image are a mixup of two."""
    rows = []
    for i in range(n):
        row = [0.1 / classes] * classes
        lam = 0.5 + (mix(stream << 32 | 3 * i) >> 48) / 131072 if i % 2 else 1.0
        row[mix(stream << 32 | 3 * i + 1) % classes] += 0.9 * lam
        row[mix(stream << 32 | 3 * i + 2) % classes] += 0.9 * (1 - lam)
        rows += [float32(p) for p in row]
    return rows


def mini_batch(m, n, stream):
    shape = (n, m["input"], m["input"], 3)
    return {"images": formula("images", shape, stream, 0, 4.0),
            "targets": make_targets(n, m["classes"], stream + 1)}


def tensors(batch, dtype):
    n = batch["images"]["shape"][0]
    x = values(batch["images"]).permute(0, 3, 1, 2).contiguous()
    t = torch.tensor(batch["targets"], dtype=torch.float64).reshape(n, -1)
    return x.to(dtype), t.to(dtype)


def formulas(m, seed):
    """Formulas of a model's parameters and running statistics."""
    net, stream = Net(m), itertools.count(seed << 10)
    params = [param_formula(name, p.shape, next(stream)) | {"decay": decay}
              for name, p, decay in named_parameters(net)]
    stats = [param_formula(name, s.shape, next(stream)) for name, s in named_stats(net)]
    return params, stats


def build(m, params, stats, dtype):
    net = Net(m).to(dtype)
    target = {name: p for name, p, _ in named_parameters(net)} | dict(named_stats(net))
    with torch.no_grad():
        for f in params + stats:
            target[f["name"]].copy_(values(f))
    return net


# ---- One step ----


class Margin:
    """The least distance of a ReLU's input from 0, or of a max-pool's best two."""

    def __init__(self, net):
        self.least = math.inf
        for module in net.modules():
            if isinstance(module, nn.ReLU):
                module.register_forward_pre_hook(self.relu)
            elif isinstance(module, nn.MaxPool2d):
                module.register_forward_pre_hook(self.pool)

    def relu(self, _, args):
        self.least = min(self.least, args[0].abs().min().item())

    def pool(self, _, args):
        x = nn.functional.pad(args[0], (1, 1, 1, 1), value=-math.inf)
        windows = x.unfold(2, 3, 2).unfold(3, 3, 2).flatten(4)
        best = windows.topk(2, -1).values
        gap = best[..., 0] - best[..., 1]
        # Equal zeros come from a ReLU that passes no gradient on.
        self.least = min(self.least, gap[best[..., 0] != 0].min().item())


def one_step(m, params, stats, batch, dtype):
    net = build(m, params, stats, dtype)
    x, t = tensors(batch, dtype)
    margin = Margin(net)
    logits = net(x)
    least = margin.least
    loss = soft_cross_entropy(logits, t)
    loss.backward()
    running = {name: s.clone() for name, s in named_stats(net)}
    net.eval()
    with torch.no_grad():
        evaluated = net(x)
    return {"logits": logits.detach(), "loss": loss.detach(), "eval": evaluated,
            "gradient": {name: p.grad for name, p, _ in named_parameters(net)},
            "running": running, "margin": least}


def deviation(got, want, floor=0.0):
    return ((got.double() - want).abs().max() / max(want.abs().max().item(), floor)).item()


def worst(got, want, floor):
    name = max(want, key=lambda k: deviation(got[k], want[k], floor))
    return {"error": digits(deviation(got[name], want[name], floor), 3), "name": name}


def digits(x, n=9):
    if isinstance(x, torch.Tensor):
        x = x.flatten().tolist() if x.dim() else x.item()
    return [float(f"{v:.{n}g}") for v in x] if isinstance(x, list) else float(f"{x:.{n}g}")


def step_case(m, n):
    for seed in itertools.count(1):
        params, stats = formulas(m, seed)
        batch = mini_batch(m, n, (seed << 10) + 1000)
        truth = one_step(m, params, stats, batch, torch.float64)
        if truth["margin"] > MARGIN:
            break
    single = one_step(m, params, stats, batch, torch.float32)
    largest = max(g.abs().max().item() for g in truth["gradient"].values())
    return {
        "model": m, "batch": n, **batch, "params": params, "stats": stats,
        "train": {"logits": digits(truth["logits"]), "loss": digits(truth["loss"]),
                  "gradient": {k: digits(g) for k, g in truth["gradient"].items()}},
        "running": {k: digits(s) for k, s in truth["running"].items()},
        "eval": {"logits": digits(truth["eval"])},
        # SiLU has no kink: such a net without a max-pool has no margin.
        "margin": digits(truth["margin"], 3) if math.isfinite(truth["margin"]) else None,
        "float32": {
            **{k: digits(deviation(single[k], truth[k]), 3) for k in ("logits", "loss", "eval")},
            "gradient": worst(single["gradient"], truth["gradient"], largest * 1e-3),
            "running": worst(single["running"], truth["running"], 0),
        },
    }


# ---- Trajectories ----


def trajectory(m, params, stats, batches, update, lrs, dtype, noise=None):
    """Losses and final logits; noise multiplies every parameter by 1 + 2^-22 N(0, 1) before
    each step, which is what rounding in float32 amounts to."""
    net = build(m, params, stats, dtype)
    decay = update["weight_decay"]
    groups = [{"params": [p], "weight_decay": decay if d or update["norm_decay"] else 0.0}
              for _, p, d in named_parameters(net)]
    sgd = torch.optim.SGD(groups, lr=0.0, momentum=update["momentum"], nesterov=update["nesterov"])
    data = [tensors(b, dtype) for b in batches]
    losses = []
    for i, lr in enumerate(lrs):
        x, t = data[i % len(data)]
        for group in sgd.param_groups:
            group["lr"] = lr
        if noise is not None:
            with torch.no_grad():
                for p in net.parameters():
                    p.mul_(1 + 2.0**-22 * torch.randn(p.shape, generator=noise, dtype=dtype))
        sgd.zero_grad()
        loss = soft_cross_entropy(net(x), t)
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        return losses, net(data[0][0])


def trajectory_case(m, n, update, steps=20, warmup=4, peak=0.05):
    params, stats = formulas(m, 1)
    sizes = [n, n, n, n // 2 + 1]
    batches = [mini_batch(m, size, (1 << 10) + 1000 + 2 * i) for i, size in enumerate(sizes)]
    # Half a cosine with a linear warm-up from a tenth.
    lrs = [float32(peak * 0.5 * (1 + math.cos(math.pi * i / steps))
                   * min(1, 0.1 + 0.9 * i / warmup)) for i in range(steps)]
    loss, logits = trajectory(m, params, stats, batches, update, lrs, torch.float64)
    loss32, logits32 = trajectory(m, params, stats, batches, update, lrs, torch.float32)
    spread = torch.zeros(steps, dtype=torch.float64)
    spread_logits = 0.0
    for seed in range(16):
        noise = torch.Generator().manual_seed(seed)
        l, e = trajectory(m, params, stats, batches, update, lrs, torch.float64, noise)
        spread = torch.maximum(spread, (torch.tensor(l, dtype=torch.float64) - torch.tensor(loss, dtype=torch.float64)).abs())
        spread_logits = max(spread_logits, deviation(e, logits))
    return {"model": m, "batch": n, "batches": batches, "params": params, "stats": stats,
            "update": update, "lr": lrs, "loss": digits(loss), "loss_float32": digits(loss32),
            "loss_spread": digits(spread, 3), "eval": {"logits": digits(logits)},
            "eval_float32": {"logits": digits(logits32)}, "eval_spread": digits(spread_logits, 3)}


# ---- Cases ----


def model(block="x", widths=(8, 16), depths=(1, 2), strides=(1, 2), b=1, g=None, stem="cifar",
          stem_width=8, act="relu", se=0.0, head=0, classes=5, size=8):
    """A model as its YAML resolves; b and g are one value or one a stage, g None: no groups."""
    b = list(b) if isinstance(b, tuple) else [b] * len(widths)
    if block not in ("x", "r", "linear"):
        b = [1] * len(widths)
    inner = [int(w / ratio) for w, ratio in zip(widths, b)]
    if g is None or block not in ("x", "linear"):
        g = inner
    g = list(g) if isinstance(g, (tuple, list)) else [g] * len(widths)
    assert all(i % j == 0 for i, j in zip(inner, g)), (inner, g)
    return {"stem": stem, "stem_width": stem_width, "block": block, "activation": act,
            "depths": list(depths), "widths": list(widths), "strides": list(strides),
            "bottleneck": b, "group_widths": g, "se_ratio": se, "head_width": head,
            "classes": classes, "input": size}


def mbconv(e, k, widths=(8, 16), **other):
    """A model of MBConv blocks; e and k are one value a stage."""
    m = model("mbconv", widths=widths, g=1, **other) | {"expansions": list(e), "kernels": list(k)}
    del m["bottleneck"], m["group_widths"]
    return m


STEPS = {
    # Every block, with and without a change of shape.
    **{f"block-{block}": model(block, g=8) for block in ("x", "r", "linear")},
    **{f"block-{block}": model(block, widths=(8, 12), strides=(1, 2), size=6)
       for block in ("basic", "vanilla", "v", "vr")},
    "block-linear-bottleneck": model("linear", b=(0.5, 2), g=(4, 8)),
    "block-r-bottleneck": model("r", b=2, se=0.25),
    # Group widths, at stride 1 and 2.
    "group-1": model(g=1),
    "group-2": model(g=2),
    "group-4": model(g=4),
    "group-16": model(widths=(16, 32), depths=(1, 1), g=16),
    "group-24": model(widths=(24, 24), depths=(1, 1), g=24),
    "group-width-40": model(widths=(40,), depths=(1,), strides=(2,), g=8),
    "group-width-56": model(widths=(56,), depths=(1,), strides=(1,), g=8, size=5),
    # Bottlenecks: inner widths 2, 6, 12 and others that no vector fills.
    "inner-2": model(widths=(8, 8), b=4, g=2),
    "inner-6-group-2": model(widths=(24, 24), b=4, g=2),
    "inner-6-group-3": model(widths=(24, 24), b=4, g=3),
    "inner-6": model(widths=(24, 24), b=4),
    "inner-12-group-1": model(widths=(24, 24), b=2, g=1),
    "inner-12-group-6": model(widths=(24, 24), b=2, g=6),
    "inner-12": model(widths=(24, 24), depths=(1, 1), b=2),
    "bottleneck-mixed": model(widths=(8, 16, 24), depths=(1, 1, 1), strides=(1, 1, 2),
                              b=(1, 2, 4), g=(8, 4, 2)),
    "bottleneck-half": model(widths=(8, 12), b=0.5, g=(2, 8)),
    "width-odd": model(widths=(5, 13), stem_width=7, g=1, classes=3),
    "width-odd-basic": model("basic", widths=(5, 9), stem_width=3, classes=17),
    # Squeeze and excitation, activation, head.
    "se-relu": model(widths=(8, 16), g=4, se=0.25),
    "se-silu": model(widths=(8, 16), g=4, se=0.25, act="silu"),
    "se-round-half": model(widths=(10, 18), depths=(1, 2), stem_width=6, g=2, se=0.25),
    "se-none-in-first": model(widths=(8, 16), stem_width=2, g=8, se=0.25),
    "se-bottleneck": model(widths=(16, 24), b=(4, 2), g=(4, 3), se=0.5),
    "silu": model(g=8, act="silu"),
    "silu-basic": model("basic", widths=(8, 12), act="silu", size=6),
    "silu-linear": model("linear", b=0.5, g=1, act="silu", se=0.25),
    "head": model(g=8, head=20),
    "head-silu": model("linear", g=8, head=12, act="silu"),
    # Stems and resolutions; strides that leave 1x1 maps.
    "stem-simple": model(stem="simple", g=8, size=12),
    "stem-simple-odd": model(stem="simple", g=4, size=13, strides=(2, 2)),
    "stem-imagenet": model(stem="imagenet", g=8, size=16),
    "stem-imagenet-odd": model(stem="imagenet", g=8, size=19, strides=(1, 2)),
    "stem-imagenet-silu": model(stem="imagenet", g=4, size=17, act="silu"),
    "input-9": model(widths=(8, 8, 16), depths=(1, 1, 1), strides=(1, 2, 2), g=8, size=9),
    "input-7": model(widths=(8, 16, 16), depths=(1, 1, 1), strides=(1, 2, 2), g=4, size=7),
    "input-5-to-1": model(widths=(8, 16, 16), depths=(1, 1, 2), strides=(2, 2, 2), g=8, size=5),
    "input-5-to-1-basic": model("basic", widths=(8, 8, 8), depths=(1, 1, 2), strides=(2, 2, 2),
                                size=5),
    # Inverted bottlenecks with depthwise convolutions of both sizes.
    "mbconv": mbconv((1, 6), (3, 5), se=0.25, act="silu"),
    "mbconv-plain": mbconv((4, 1), (5, 3)),
    "mbconv-kept": mbconv((1, 3), (5, 5), widths=(8, 8), depths=(2, 2), strides=(1, 2), size=7),
    "mbconv-odd": mbconv((1, 3), (3, 5), widths=(7, 13), stem_width=7, depths=(2, 2), se=0.25, size=9),
    "mbconv-tiny": mbconv((2, 2, 2), (5, 5, 5), widths=(8, 8, 8), depths=(1, 1, 1), strides=(2, 2, 2),
                          size=5, act="silu", head=12),
    "strides-1-1-2": model(widths=(8, 8, 16), depths=(1, 2, 1), strides=(1, 1, 2), g=8),
}

NESTEROV = {"momentum": 0.9, "nesterov": True, "weight_decay": 5e-4, "norm_decay": False}
HEAVY_BALL = {"momentum": 0.9, "nesterov": False, "weight_decay": 5e-3, "norm_decay": True}

TRAJECTORIES = {
    "trajectory-x-se": (model(widths=(8, 16, 24), depths=(1, 2, 1), strides=(1, 2, 2), b=(1, 1, 2),
                              g=(8, 8, 4), se=0.25, classes=10), NESTEROV),
    "trajectory-basic": (model("basic", widths=(8, 16), classes=10), NESTEROV),
    "trajectory-norm-decay": (model(widths=(8, 16), g=4, classes=10, act="silu"), HEAVY_BALL),
}


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = pathlib.Path(__file__).parent / "golden"
    folder.mkdir(exist_ok=True)
    chosen = sys.argv[1:]
    for old in folder.glob("*.json.gz") if not chosen else ():
        old.unlink()
    about = {"command": "python3 trainer/engine/testdata/golden.py",
             "python": platform.python_version(), "torch": torch.__version__.split("+")[0]}
    cases = {name: lambda m=m: step_case(m, 4) for name, m in STEPS.items()}
    cases |= {name: lambda m=m, u=u: trajectory_case(m, 8, u)
              for name, (m, u) in TRAJECTORIES.items()}
    for name, make in cases.items():
        if chosen and name not in chosen:
            continue
        case = {"about": about, "name": name} | make()
        text = json.dumps(case, separators=(",", ":"))
        (folder / (name + ".json.gz")).write_bytes(gzip.compress(text.encode(), 9, mtime=0))
        print(name, case.get("margin", ""), case.get("float32", ""))


if __name__ == "__main__":
    main()
