"""Rebuilds a work from the exchange file: the same weights under the same names.

Everything is of PyTorch's default type, whatever the file holds.
"""

import json
import re

import torch
from torch import nn

import adapters
import heads
import swin
import tensors

_BRANCH = re.compile(r"^(?:lora_|lora_shared_|lora_tasks_)([AB])(?:\.(.+))?$")


class Work:
    """A model, its inputs, and the parameters by the names of the exchange file."""

    @staticmethod
    def read(path, variant):
        """The work of a file; variant: once or released, of DiTASK."""
        file = tensors.File(path)
        return Work(file, file.metadata, variant)

    def __init__(self, arrays, metadata, variant="once"):
        self.arrays = arrays
        self.method = metadata["method"]
        self.variant = variant
        self.options = json.loads(metadata["options"])
        self.tasks = json.loads(metadata["tasks"])
        self.parameters = {}
        self.image = self._tensor("image")
        self.labels = {t: self._tensor("label." + t) for t in self.tasks}
        self.dense = any(n.startswith("weight.decoders.") for n in self.arrays)
        classes = 0 if self.dense else next(iter(self.tasks.values()))
        self.swin = swin.build(metadata["backbone"], classes or 1)
        self.forward_only = "output" in self.arrays
        self._load_backbone()
        self.layers = []
        if self.forward_only:
            self._merge()
        elif self.method != "full":
            swin.adapt(self.swin, self._layer)
        self.heads = self._heads() if self.dense else {}
        self._choose_trainables()

    def _tensor(self, name):
        return torch.from_numpy(self.arrays[name]).to(torch.get_default_dtype())

    def _parameter(self, name):
        if name not in self.parameters:
            self.parameters[name] = nn.Parameter(self._tensor("weight." + name))
        return self.parameters[name]

    def _load_backbone(self):
        mine = dict(self.swin.named_parameters())
        for name in self._names(lambda n: not n.startswith(("decoders.", "downsampler."))):
            target = mine.pop(swin.local_name(name), None)
            if target is None:
                continue  # an adapter's
            if target.shape != self.arrays["weight." + name].shape:
                raise ValueError("%s has shape %s here" % (name, tuple(target.shape)))
            target.data = self._tensor("weight." + name)
            self.parameters[name] = target
        missing = [n for n in mine if not (self.dense and n.startswith(("norm.", "head.")))]
        if missing:
            raise ValueError("the exchange file lacks " + ", ".join(sorted(missing)))

    def _names(self, wanted):
        names = (n[len("weight.") :] for n in self.arrays if n.startswith("weight."))
        return [n for n in names if wanted(n)]

    def _locals(self, path):
        """Adapter parameters of a site, by local name."""
        return {
            n[len(path) + 1 :]: n
            for n in self._names(lambda n: n.startswith(path + "."))
            if n[len(path) + 1 :] not in ("weight", "bias")
        }

    def _pairs(self, path):
        """Pairs A, B of a site, by stream; the shared one is None."""
        found = {}
        for local, name in self._locals(path).items():
            letter, stream = _BRANCH.match(local).groups()
            stream = None if stream in (None, "shared") else stream
            found.setdefault(stream, {})[letter] = self._parameter(name)
        return {stream: (pair["A"], pair["B"]) for stream, pair in found.items()}

    def _scale(self):
        if self.method == "lora":
            return float(self.options["alpha"]) / float(self.options["rank"])
        return float(self.options["scale"])

    def _layer(self, path, linear, last, end):
        if self.method == "lora":
            pair = self._pairs(path)[None]
            return adapters.Lora(linear, *pair, self._scale())
        if self.method == "mtlora":
            pairs = self._pairs(path)
            shared = pairs.pop(None, None) or self._no_branch(linear)
            return adapters.MtLora(linear, shared, self._by_task(pairs), self._scale())
        if self.method == "ditask":
            thetas = {}
            for local, name in self._locals(path).items():
                stream = local.split(".", 1)[1] if "." in local else None
                thetas[None if stream == "shared" else stream] = self._parameter(name)
            shared = thetas.pop(None, None)
            once = self.variant == "once"
            dead = end and shared is None
            layer = adapters.Ditask(linear, shared, self._by_task(thetas), once, dead)
            self.layers.append(layer)
            return layer
        raise ValueError("there is no peer of method " + self.method)

    @staticmethod
    def _no_branch(linear):
        """The shared branch that no gradient reaches may not be in the file."""
        return torch.zeros(1, linear.in_features), torch.zeros(linear.out_features, 1)

    def _by_task(self, streams):
        return {t: streams[t] for t in self.tasks if t in streams}

    def _merge(self):
        for path in {n.rsplit(".lora_", 1)[0] for n in self._names(lambda n: ".lora_" in n)}:
            a, b = self._pairs(path)[None]
            weight = self.parameters[path + ".weight"]
            weight.data = weight.data + self._scale() * (b.data @ a.data)

    def _heads(self):
        result = {}
        for task, channels in self.tasks.items():
            kernels = [
                self._parameter("downsampler.%s.downsample_%d.weight" % (task, i)) for i in range(4)
            ]
            head = heads.HrnetHead(
                [k.shape[1] for k in kernels], [k.shape[0] for k in kernels], channels
            )
            for reducer, kernel in zip(head.reducers, kernels):
                reducer.weight = kernel
            for layer in ("0", "1", "3"):
                for kind in ("weight", "bias"):
                    name = "decoders.%s.last_layer.%s.%s" % (task, layer, kind)
                    setattr(head.last_layer[int(layer)], kind, self._parameter(name))
            result[task] = head.train()
        return result

    def _choose_trainables(self):
        for parameter in self.swin.parameters():
            parameter.requires_grad_(False)
        for name, parameter in self.parameters.items():
            parameter.requires_grad_("grad." + name in self.arrays)

    def trainables(self):
        return {n: p for n, p in self.parameters.items() if p.requires_grad}

    def predict(self):
        """Logits, for works that classify."""
        return self.swin(self.image)

    def loss(self):
        if not self.dense:
            (label,) = self.labels.values()
            return nn.functional.cross_entropy(self.predict(), label.flatten().long())
        if self.layers and self.variant == "once":
            adapters.warp_all(self.layers)
        maps = swin.features(self.swin, self.image, self.tasks)
        size = self.image.shape[2:]
        predictions = {t: head(maps[t], size) for t, head in self.heads.items()}
        return heads.total_loss(predictions, self.labels)
