"""Golden complexities of published networks, counted on models of libraries.

    python space/testdata/peers.py > space/testdata/peers.csv
    python space/testdata/peers.py regnets > space/testdata/torchvision.csv
    python space/testdata/peers.py timm > space/testdata/timm.csv

The first are torchvision's networks, made of its blocks, or written here as they
are published; the second are its
RegNets, whose names are those of the catalog; the third are timm's (1.0.31). Counts what pycls counts: multiply-adds of convolutions and linear layers with
their biases, all parameters, and the outputs of convolutions, max-pools and
linear layers, for one image of the network's resolution. The committed file was
made with Python 3.11, torch 2.15.0 and torchvision 0.29.2.
"""

import csv
import sys

import torch
from torch import nn
from torchvision import models
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet


def complexity(net, size):
    """Returns multiply-adds, parameters and activations of one image."""
    flops = acts = 0

    def count(module, _, out):
        nonlocal flops, acts
        acts += out.numel()
        if not isinstance(module, nn.MaxPool2d):
            flops += out.numel() * module.weight[0].numel()
            if module.bias is not None:
                flops += out.numel()

    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.MaxPool2d)):
            module.register_forward_hook(count)
    with torch.no_grad():
        net.eval()(torch.zeros(1, 3, size, size))
    return flops, sum(p.numel() for p in net.parameters()), acts


def resnext(depths):
    return ResNet(Bottleneck, depths, groups=32, width_per_group=4)


class CIFARResNet(nn.Sequential):
    """The network of He et al. 2015, section 4.2, with projections as shortcuts."""

    def __init__(self, depth):
        blocks, width = [], 16
        for stage, w in enumerate((16, 32, 64)):
            for i in range(depth):
                stride = 2 if stage > 0 and i == 0 else 1
                shortcut = None
                if stride > 1:
                    shortcut = nn.Sequential(nn.Conv2d(width, w, 1, stride, bias=False), nn.BatchNorm2d(w))
                blocks.append(BasicBlock(width, w, stride, shortcut))
                width = w
        super().__init__(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
                         *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class PreActBlock(nn.Module):
    """The block of Zagoruyko and Komodakis 2016, figure 1(a)."""

    def __init__(self, width, w, stride):
        super().__init__()
        self.first = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())
        self.rest = nn.Sequential(nn.Conv2d(width, w, 3, stride, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU(),
                                  nn.Conv2d(w, w, 3, 1, 1, bias=False))
        self.shortcut = nn.Conv2d(width, w, 1, stride, bias=False) if width != w else None

    def forward(self, x):
        y = self.first(x)
        return self.rest(y) + (x if self.shortcut is None else self.shortcut(y))


def wide_resnet(depth, k):
    blocks, width = [], 16
    for stage, w in enumerate((16 * k, 32 * k, 64 * k)):
        for i in range((depth - 4) // 6):
            blocks.append(PreActBlock(width, w, 2 if stage > 0 and i == 0 else 1))
            width = w
    return nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), *blocks, nn.BatchNorm2d(width), nn.ReLU(),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


def vgg(make):
    """Returns torchvision's convolutions, without biases, and a linear classifier of means."""
    features = make().features
    for module in features:
        if isinstance(module, nn.Conv2d):
            module.bias = None
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


class BlogBlock(nn.Module):
    """Activations before the sum, none after it."""

    def __init__(self, width, w, stride, squeeze):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(width, w, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(w, w, 3, stride, 1, groups=8, bias=False), nn.BatchNorm2d(w), nn.ReLU())
        self.gate = None
        if squeeze:
            self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(w, w // 16, 1), nn.ReLU(), nn.Conv2d(w // 16, w, 1), nn.Sigmoid())
        self.c = nn.Sequential(nn.Conv2d(w, w, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU())
        self.shortcut = nn.Sequential()
        if stride > 1:
            self.shortcut = nn.Sequential(nn.Conv2d(width, w, 1, stride, bias=False), nn.BatchNorm2d(w), nn.ReLU())

    def forward(self, x):
        y = self.b(self.a(x))
        if self.gate is not None:
            y = y * self.gate(y)
        return self.c(y) + self.shortcut(x)


def blog(squeeze):
    """The RegNet-200MF of many tutorials."""
    blocks, width = [], 3
    for depth, w in ((1, 24), (1, 56), (4, 152), (7, 368)):
        for i in range(depth):
            blocks.append(BlogBlock(width, w, 2 if i == 0 else 1, squeeze))
            width = w
    return nn.Sequential(*blocks, nn.Conv2d(368, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU(),
                         nn.AdaptiveAvgPool2d(1), nn.Conv2d(1280, 1000, 1), nn.Flatten())


NETS = {
    "resnet-18": (models.resnet18, 224),
    "resnet-34": (models.resnet34, 224),
    "resnet-50": (models.resnet50, 224),
    "resnet-101": (models.resnet101, 224),
    "resnet-152": (models.resnet152, 224),
    "resnext-50-32x4d": (models.resnext50_32x4d, 224),
    "resnext-101-32x4d": (lambda: resnext([3, 4, 23, 3]), 224),
    "resnext-152-32x4d": (lambda: resnext([3, 8, 36, 3]), 224),
    "resnet-20-cifar": (lambda: CIFARResNet(3), 32),
    "resnet-56-cifar": (lambda: CIFARResNet(9), 32),
    "resnet-110-cifar": (lambda: CIFARResNet(18), 32),
    "mobilenet-v2": (models.mobilenet_v2, 224),
    "efficientnet-b0": (models.efficientnet_b0, 224),
    "efficientnet-b1": (models.efficientnet_b1, 240),
    "efficientnet-b2": (models.efficientnet_b2, 260),
    "efficientnet-b3": (models.efficientnet_b3, 300),
    "efficientnet-b4": (models.efficientnet_b4, 380),
    "efficientnet-b5": (models.efficientnet_b5, 456),
    "vgg-11-bn-gap": (lambda: vgg(models.vgg11_bn), 224),
    "vgg-13-bn-gap": (lambda: vgg(models.vgg13_bn), 224),
    "vgg-16-bn-gap": (lambda: vgg(models.vgg16_bn), 224),
    "vgg-19-bn-gap": (lambda: vgg(models.vgg19_bn), 224),
    "wrn-16-8-cifar": (lambda: wide_resnet(16, 8), 32),
    "wrn-28-10-cifar": (lambda: wide_resnet(28, 10), 32),
    "wrn-40-4-cifar": (lambda: wide_resnet(40, 4), 32),
    "wrn-40-2-cifar": (lambda: wide_resnet(40, 2), 32),
    "regnetx-200mf-blog": (lambda: blog(False), 224),
    "regnety-200mf-blog": (lambda: blog(True), 224),
}

REGNETS = {
    f"regnet{kind}-{size}": (getattr(models, f"regnet_{kind}_{size.replace('.', '_')}".replace("_0gf", "gf")), 224)
    for kind in "xy"
    for size in ("400mf", "800mf", "1.6gf", "3.2gf", "8.0gf", "16gf", "32gf")
}

TIMM = {
    "regnetz-005": ("regnetz_005", 224),
    "regnetz-040": ("regnetz_040", 256),
    "resnet-18-d": ("resnet18d", 224),
    "resnet-34-d": ("resnet34d", 224),
    "resnet-50-d": ("resnet50d", 224),
    "resnet-101-d": ("resnet101d", 224),
    "se-resnet-18": ("legacy_seresnet18", 224),
    "se-resnet-34": ("legacy_seresnet34", 224),
}


def timm_nets():
    import timm

    return {name: (lambda net=net: timm.create_model(net), size) for name, (net, size) in TIMM.items()}


TABLES = {"": lambda: NETS, "regnets": lambda: REGNETS, "timm": timm_nets}
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["model", "flops", "params", "acts"])
for name, (make, size) in TABLES["".join(sys.argv[1:])]().items():
    out.writerow(["peers/" + name, *complexity(make(), size)])
