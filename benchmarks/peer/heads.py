"""Channel reducers, HRNet heads and losses of the multi-task papers."""

import torch
import torch.nn.functional as F
from torch import nn

IGNORE = 255


class HrnetHead(nn.Module):
    """1x1 reducers per scale, all resized to the finest, 1x1 convolution, batch norm, ReLU, 1x1."""

    def __init__(self, widths, reduced, channels):
        super().__init__()
        total = sum(reduced)
        self.reducers = nn.ModuleList(
            nn.Conv2d(c, r, 1, bias=False) for c, r in zip(widths, reduced)
        )
        self.last_layer = nn.Sequential(
            nn.Conv2d(total, 4 * total, 1),
            nn.BatchNorm2d(4 * total, momentum=0.1),
            nn.ReLU(inplace=True),
            nn.Conv2d(4 * total, channels, 1),
        )

    def forward(self, features, size):
        maps = [r(f.permute(0, 3, 1, 2)) for r, f in zip(self.reducers, features)]
        finest = maps[0].shape[2:]
        maps = [maps[0]] + [
            F.interpolate(m, finest, mode="bilinear", align_corners=False) for m in maps[1:]
        ]
        y = self.last_layer(torch.cat(maps, 1))
        return F.interpolate(y, size, mode="bilinear", align_corners=False)


def _segmentation(prediction, label):
    return F.cross_entropy(prediction, label, ignore_index=IGNORE)


def _binary(positive_weight):
    def loss(prediction, label):
        y = (label >= 0.5).to(prediction.dtype)
        w = positive_weight if positive_weight is not None else 1 - y.mean()
        weights = torch.where(y > 0, w * torch.ones_like(y), (1 - w) * torch.ones_like(y))
        return F.binary_cross_entropy_with_logits(prediction, y, weights)

    return loss


def _masked_l1(prediction, label):
    valid = label != IGNORE
    difference = (prediction - label).abs() * valid
    return difference.sum() / valid.sum()


def _normals(prediction, label):
    length = prediction.norm(dim=1, keepdim=True) + 1e-12
    return _masked_l1(prediction / length, label)


_LOSSES = {
    "semseg": (1, _segmentation),
    "human_parts": (2, _segmentation),
    "sal": (5, _binary(None)),
    "normals": (10, _normals),
    "depth": (1, _masked_l1),
    "edge": (50, _binary(0.95)),
}


def total_loss(predictions, labels):
    """Weighted sum over tasks; a second copy of a task is called semseg2."""
    total = 0
    for task, prediction in predictions.items():
        weight, loss = _LOSSES[task.rstrip("0123456789")]
        label = labels[task]
        if loss is _segmentation:
            label = label[:, 0].long()
        total = total + weight * loss(prediction, label)
    return total
