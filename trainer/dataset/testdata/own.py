"""Writes own/: images and arrays of other programs, and what becomes of them.

    python3 own.py    # numpy 2, Pillow 13

expected.json has, for each image, its middle square averaged to 8 by 8 pixels:
every pixel is repeated 8 times in each direction, so that whole blocks can be
averaged.
"""

import json
import pathlib

import numpy as np
from PIL import Image

out = pathlib.Path(__file__).parent / "own"
out.mkdir(exist_ok=True)


def shrunk(a, size=8):
    side = min(a.shape[:2])
    top, left = (a.shape[0] - side) // 2, (a.shape[1] - side) // 2
    a = a[top : top + side, left : left + side].astype(np.int64)
    a = a.repeat(size, 0).repeat(size, 1)
    sums = a.reshape(size, side, size, side, 3).sum((1, 3))
    return ((2 * sums + side * side) // (2 * side * side)).ravel().tolist()


y, x = np.mgrid[0:27, 0:40]
rgb = np.stack([6 * x, 9 * y, 255 - 3 * x - 4 * y], -1).clip(0, 255).astype(np.uint8)
alpha = (255 * (x > 17) * (y > 8)).astype(np.uint8)
colour, expected = Image.fromarray(rgb), {}


def save(name, image, rgb, **how):
    image.save(out / name, **how)
    expected[name] = shrunk(rgb)


save("rgb.png", colour, rgb)
save("tall.png", Image.fromarray(rgb.transpose(1, 0, 2).copy()), rgb.transpose(1, 0, 2))
grey = np.array(colour.convert("L"))
save("grey.png", Image.fromarray(grey), grey[..., None].repeat(3, 2))
palette = colour.quantize(16)
save("palette.png", palette, np.array(palette.convert("RGB")))
deep = (grey.astype(np.uint16) << 8) + 77
save("deep.png", Image.fromarray(deep), grey[..., None].repeat(3, 2))
save("alpha.png", Image.fromarray(np.dstack([rgb, alpha])), rgb * (alpha[..., None] > 0))
save("quality95.jpg", colour, rgb, quality=95)
expected["quality95.jpg"] = shrunk(np.array(Image.open(out / "quality95.jpg")))
save("cmyk.jpg", colour.convert("CMYK"), rgb, quality=95)
expected["cmyk.jpg"] = shrunk(np.array(Image.open(out / "cmyk.jpg").convert("RGB")))
(out / "expected.json").write_text(json.dumps(expected))

images = np.arange(6 * 9 * 9 * 3).reshape(6, 9, 9, 3) % 251
labels = np.arange(6) % 2
np.savez(out / "stored.npz", x_train=images[:4].astype(np.uint8), y_train=labels[:4], x_test=images[4:].astype(np.uint8), y_test=labels[4:])
np.savez_compressed(out / "small.npz", x_train=images.astype(np.uint8), y_train=labels.astype(np.uint8)[:, None])
for name, a in {
    "fortran": np.asfortranarray(images.astype(np.uint8)),
    "float": (images / 255).astype(np.float32),
    "planes": images.transpose(0, 3, 1, 2).astype(np.uint8).copy(),
    "big": labels.astype(">i4"),
    "words": np.array(["cat", "dog"]),
    "onehot": np.eye(2, dtype=np.int64)[labels],
    "negative": np.array([0, 1, -1]),
    "objects": np.array([None, 1], dtype=object),
}.items():
    np.save(out / f"{name}.npy", a)
