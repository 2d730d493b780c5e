"""Compares exported nets with the engine's logits.

Usage: logits.py DIRECTORY...

Each directory has model.py, weights.safetensors, model.onnx, images.u8 (uint8,
N × input × input × 3) and logits.f32 (float32, N × classes). Prints for each a
line of JSON with the largest deviations of PyTorch and of ONNX Runtime, and with
the flops and activations of one image as hooks count them.
"""

import importlib.util
import json
import pathlib
import sys

import numpy
import onnxruntime
import torch



def count(net, image):
    """Multiply-adds and outputs of the convolutions, linear layers (biases count) and max-pools."""
    flops = acts = 0

    def hook(module, inputs, output):
        nonlocal flops, acts
        acts += output.numel()
        if not isinstance(module, torch.nn.MaxPool2d):
            flops += output.numel() * module.weight[0].numel()
            flops += 0 if module.bias is None else output.numel()

    for module in net.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear, torch.nn.MaxPool2d)):
            module.register_forward_hook(hook)
    net(image)
    return flops, acts


for place in map(pathlib.Path, sys.argv[1:]):
    spec = importlib.util.spec_from_file_location("model", place / "model.py")
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    size = model.INPUT
    images = numpy.fromfile(place / "images.u8", numpy.uint8).reshape(-1, size, size, 3)
    logits = numpy.fromfile(place / "logits.f32", numpy.float32).reshape(-1, model.CLASSES)
    net = model.Net().eval()
    model.load_weights(net, place / "weights.safetensors")
    x = model.normalize(torch.from_numpy(images))
    with torch.no_grad():
        pytorch = net(x).numpy()
    session = onnxruntime.InferenceSession(place / "model.onnx")
    runtime = session.run(["logits"], {"images": x.numpy()})[0]
    flops, acts = count(net, x[:1])
    one = session.run(["logits"], {"images": x.numpy()[:1]})[0]
    print(json.dumps({
        "flops": flops,
        "acts": acts,
        "parameters": sum(p.numel() for p in net.parameters()),
        "images": len(images),
        "spread": float(logits.std(axis=0).min()),
        "pytorch": float(abs(pytorch - logits).max()),
        "onnx": float(abs(runtime - logits).max()),
        "one": float(abs(one - logits[:1]).max()),
    }))
