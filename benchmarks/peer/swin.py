"""torchvision's Swin V1 with the parameter names of the public checkpoints, and task streams."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.swin_transformer import SwinTransformer

_ARCHITECTURES = {
    "swin-tiny": (96, [2, 2, 6, 2], [3, 6, 12, 24], 7),
    "swin-nano": (24, [2, 2, 2, 2], [1, 2, 4, 8], 4),
}
SITES = ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2")


def build(name, classes):
    """The model, without drop-path."""
    width, depths, heads, window = _ARCHITECTURES[name]
    return SwinTransformer(
        patch_size=[4, 4],
        embed_dim=width,
        depths=depths,
        num_heads=heads,
        window_size=[window, window],
        stochastic_depth_prob=0.0,
        num_classes=classes,
    )


def local_name(name):
    """torchvision's name of a checkpoint's parameter."""
    if name.startswith("patch_embed."):
        return name.replace("patch_embed.proj", "features.0.0").replace(
            "patch_embed.norm", "features.0.2"
        )
    if not name.startswith("layers."):
        return name
    _, stage, rest = name.split(".", 2)
    if rest.startswith("downsample."):
        return "features.%d.%s" % (2 * int(stage) + 2, rest[len("downsample.") :])
    rest = rest[len("blocks.") :].replace("mlp.fc1", "mlp.0").replace("mlp.fc2", "mlp.3")
    return "features.%d.%s" % (2 * int(stage) + 1, rest)


class Attention(nn.Module):
    """torchvision's shifted-window attention, computed by its layers instead of their weights, so
    that these may be replaced; the shift's mask is made once. Without the output layer."""

    def __init__(self, plain):
        super().__init__()
        self.qkv, self.proj = plain.qkv, plain.proj
        self.window, self.shift, self.heads = plain.window_size, plain.shift_size, plain.num_heads
        self.relative_position_bias_table = plain.relative_position_bias_table
        self.register_buffer("index", plain.relative_position_index)
        self.masks = {}

    def forward(self, x):
        y = self.proj(self.windows(x))
        return self.reverse(y[0] if isinstance(y, tuple) else y, x.shape)

    def bias(self):
        n = self.window[0] * self.window[1]
        table = self.relative_position_bias_table[self.index]
        return table.view(n, n, -1).permute(2, 0, 1).contiguous().unsqueeze(0)

    def _shift(self, height, width):
        wh, ww = self.window
        return (self.shift[0] if wh < height else 0, self.shift[1] if ww < width else 0)

    def windows(self, x):
        """Attention of every window: rows [batch * windows, tokens, width]."""
        b, h, w, c = x.shape
        wh, ww = self.window
        if h % wh or w % ww:
            raise ValueError("%dx%d tokens are not divided by windows %dx%d" % (h, w, wh, ww))
        shift = self._shift(h, w)
        if any(shift):
            x = torch.roll(x, shifts=(-shift[0], -shift[1]), dims=(1, 2))
        count = (h // wh) * (w // ww)
        x = x.view(b, h // wh, wh, w // ww, ww, c)
        x = x.permute(0, 1, 3, 2, 4, 5).reshape(b * count, wh * ww, c)
        qkv = self.qkv(x)
        qkv = qkv[0] if isinstance(qkv, tuple) else qkv
        qkv = qkv.reshape(b * count, wh * ww, 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        attention = (q * (c // self.heads) ** -0.5).matmul(k.transpose(-2, -1)) + self.bias()
        if any(shift):
            attention = attention.view(b, count, self.heads, wh * ww, wh * ww)
            attention = attention + self._mask(h, w, shift)
            attention = attention.view(-1, self.heads, wh * ww, wh * ww)
        attention = F.softmax(attention, dim=-1)
        return attention.matmul(v).transpose(1, 2).reshape(b * count, wh * ww, c)

    def _mask(self, h, w, shift):
        if (h, w) not in self.masks:
            wh, ww = self.window
            regions = torch.zeros(h, w)
            borders = [((0, -e), (-e, -s), (-s, None)) for e, s in zip(self.window, shift)]
            for i, (top, bottom) in enumerate(borders[0]):
                for j, (left, right) in enumerate(borders[1]):
                    regions[top:bottom, left:right] = 3 * i + j
            regions = regions.view(h // wh, wh, w // ww, ww).permute(0, 2, 1, 3)
            regions = regions.reshape(-1, wh * ww)
            apart = regions.unsqueeze(1) != regions.unsqueeze(2)
            self.masks[h, w] = (apart * -100.0).unsqueeze(1).unsqueeze(0)
        return self.masks[h, w]

    def reverse(self, y, shape):
        """Windows back to the grid."""
        b, h, w, c = shape
        wh, ww = self.window
        y = y.view(b, h // wh, w // ww, wh, ww, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)
        shift = self._shift(h, w)
        return torch.roll(y, shifts=shift, dims=(1, 2)) if any(shift) else y


class SharedBlock(nn.Module):
    """A block of the shared stream, whose layers may have been replaced."""

    def __init__(self, plain):
        super().__init__()
        self.norm1, self.norm2, self.attn = plain.norm1, plain.norm2, plain.attn
        self.fc1, self.fc2 = plain.mlp[0], plain.mlp[3]

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + _shared(self.fc2(F.gelu(_shared(self.fc1(self.norm2(x))))))


class TaskBlock(nn.Module):
    """The last block of a stage: from the attention's output layer on, every task has a stream."""

    def __init__(self, plain):
        super().__init__()
        self.norm1, self.norm2, self.attn = plain.norm1, plain.norm2, plain.attn
        self.fc1, self.fc2 = plain.mlp[0], plain.mlp[3]

    def forward(self, x):
        """The shared output, None if nothing reads it, and those of the tasks."""
        attended = self.attn.windows(self.norm1(x))
        shared, tasks = self.attn.proj(attended)
        z = None if shared is None else x + self.attn.reverse(shared, x.shape)
        zs = {t: x + self.attn.reverse(p, x.shape) for t, p in tasks.items()}
        n = None if z is None else self.norm2(z)
        f, fs = self.fc1(n, {t: self.norm2(v) for t, v in zs.items()})
        f = None if f is None else F.gelu(f)
        g, gs = self.fc2(f, {t: F.gelu(v) for t, v in fs.items()})
        out = None if g is None else z + g
        return out, {t: zs[t] + v for t, v in gs.items()}


def _shared(y):
    return y[0] if isinstance(y, tuple) else y


def adapt(model, layer_of):
    """Replaces the linear layers of all blocks by layer_of(site path, layer, is_last, is_end)."""
    for stage in range(len(model.features) // 2):
        blocks = model.features[2 * stage + 1]
        for index, block in enumerate(blocks):
            path = "layers.%d.blocks.%d." % (stage, index)
            last = index == len(blocks) - 1
            end = last and 2 * stage + 2 >= len(model.features)
            block.attn = Attention(block.attn)
            block.attn.qkv = layer_of(path + "attn.qkv", block.attn.qkv, last, False)
            block.attn.proj = layer_of(path + "attn.proj", block.attn.proj, last, end)
            block.mlp[0] = layer_of(path + "mlp.fc1", block.mlp[0], last, end)
            block.mlp[3] = layer_of(path + "mlp.fc2", block.mlp[3], last, end)
            streams = last and bool(getattr(block.attn.proj, "tasks", None))
            blocks[index] = TaskBlock(block) if streams else SharedBlock(block)


def features(model, image, tasks):
    """Per task one map [batch, height, width, channels] a stage, after the stage's merging."""
    maps = {t: [] for t in tasks}
    x = model.features[0](image)
    for stage in range(len(model.features) // 2):
        streams = {}
        for block in model.features[2 * stage + 1]:
            if isinstance(block, TaskBlock):
                x, streams = block(x)
            else:
                x = block(x)
        if 2 * stage + 2 < len(model.features):
            merging = model.features[2 * stage + 2]
            x = merging(x)
            streams = {t: merging(v) for t, v in streams.items()}
        for task in tasks:
            maps[task].append(streams.get(task, x))
    return maps
