"""The peer's own layers against golden values of the reference code and against each other.

    /usr/bin/python3 -m unittest discover -s benchmarks/peer

Golden files are those of the project; PEFT_FIXTURES names another folder.
"""

import json
import os
import re
import unittest

import torch

import adapters
import cpab
import swin
import tensors
from model import Work

FIXTURES = os.environ.get(
    "PEFT_FIXTURES", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures")
)
TASKS = ("semseg", "normals", "sal")
SITE = re.compile(r"layers\.(\d)\.blocks\.(\d)\.(attn\.(?:qkv|proj)|mlp\.fc[12])\.weight")


def fixture(name):
    path = os.path.join(FIXTURES, name + ".safetensors")
    if not os.path.exists(path):
        raise unittest.SkipTest(name + " is not among the fixtures")
    return {n: torch.from_numpy(a) for n, a in tensors.File(path).items()}


def leaf(tensor):
    return tensor.clone().requires_grad_()


class Base(unittest.TestCase):
    def close(self, mine, theirs, tolerance, what=""):
        scale = max(float(theirs.norm()), 1e-12)
        difference = float((mine.reshape(theirs.shape) - theirs).norm()) / scale
        self.assertLess(difference, tolerance, what)


class CpabTest(Base):
    def test_flow_and_gradient_of_the_exact_solution(self):
        f = fixture("cpab_flow")
        for case in sorted({n.rsplit("/", 1)[0] for n in f if n.endswith("/phi")}):
            theta = leaf(f[case + "/theta"].double())
            x = f[case + "/x"].double()
            phi = cpab.flow(theta[None], x, torch.zeros(len(x), dtype=torch.long))
            self.close(phi.detach(), f[case + "/phi"], 1e-6, case)
            (phi * f[case + "/cotangent"]).sum().backward()
            self.close(theta.grad, f[case + "/grad_theta"], 1e-5, case)

    def test_zero_parameters_leave_the_spectrum(self):
        s = torch.rand(12).sort(descending=True).values
        (warped,) = cpab.warp([s], [torch.zeros(7)])
        self.close(warped, s, 1e-6)

    def test_layers_warped_together_are_those_warped_alone(self):
        spectra = [torch.rand(n).sort(descending=True).values for n in (12, 5, 30, 12)]
        thetas = [torch.randn(n) for n in (7, 3, 7, 7)]
        for s, theta, together in zip(spectra, thetas, cpab.warp(spectra, thetas)):
            self.close(together, cpab.warp([s], [theta])[0], 1e-6)


class LayerTest(Base):
    def ditask(self, f, case, thetas, inputs, once):
        linear = torch.nn.Linear(f["W"].shape[1], f["W"].shape[0])
        linear.weight.data, linear.bias.data = f["W"], f["b"]
        linear.requires_grad_(False)
        layer = adapters.Ditask(
            linear, thetas["shared"], {t: thetas[t] for t in inputs if t != "shared"}, once, False
        )
        if once:
            adapters.warp_all([layer])
        streams = {t: x for t, x in inputs.items() if t != "shared"}
        shared, tasks = layer(inputs["shared"], streams if case == "taskx" else None)
        loss = 0
        for stream, out in {"shared": shared, **tasks}.items():
            self.close(out.detach(), f["index_warp/%s/out/%s" % (case, stream)], 1e-5, stream)
            loss = loss + (out * f["cotangent_" + stream]).sum()
        loss.backward()
        for stream, theta in thetas.items():
            name = "index_warp/%s/grad/theta_%s" % (case, stream)
            self.close(theta.grad, f[name], 1e-4, name)
        self.close(inputs["shared"].grad, f["index_warp/%s/grad/x" % case], 1e-5)

    def test_ditask_with_task_streams(self):
        f = fixture("ditask_linear_tasks")
        for once in (False, True):
            for case in ("sharedx", "taskx"):
                thetas = {s: leaf(f["theta_" + s]) for s in ("shared", *TASKS)}
                inputs = {"shared": leaf(f["x"]), **{t: leaf(f["x_" + t]) for t in TASKS}}
                self.ditask(f, case, thetas, inputs, once)

    def test_ditask_of_a_fused_projection(self):
        f = fixture("ditask_qkv")
        for once in (False, True):
            thetas = {"shared": leaf(f["theta_shared"])}
            self.ditask(f, "sharedx", thetas, {"shared": leaf(f["x"])}, once)

    def test_mtlora(self):
        f = fixture("mtlora_linear")
        scales = {"shared": 1.5, "semseg": 0.5, "normals": 1.25, "sal": 2.0}
        linear = torch.nn.Linear(20, 28).requires_grad_(False)
        linear.weight.data, linear.bias.data = f["param/linear.weight"], f["param/linear.bias"]
        for case in ("sharedx", "taskx"):
            own = {n: leaf(f["param/" + n]) for n in self.mtlora_names()}
            pairs = {
                t: (own["lora_tasks_A." + t], own["lora_tasks_B." + t] * (scales[t] / 1.5))
                for t in TASKS
            }
            shared = own["lora_shared_A"], own["lora_shared_B"]
            layer = adapters.MtLora(linear, shared, pairs, scales["shared"])
            streams = {t: f["x_" + t] for t in TASKS} if case == "taskx" else None
            y, ys = layer(f["x"], streams)
            loss = 0
            for stream, out in {"shared": y, **ys}.items():
                name = "matrix/%s/out/%s" % (case, stream)
                self.close(out.detach(), f[name], 1e-5, name)
                loss = loss + (out * f["cotangent/" + stream]).sum()
            loss.backward()
            for name, parameter in own.items():
                self.close(parameter.grad, f["matrix/%s/grad/%s" % (case, name)], 1e-5, name)

    @staticmethod
    def mtlora_names():
        yield "lora_shared_A"
        yield "lora_shared_B"
        for task in TASKS:
            yield "lora_tasks_A." + task
            yield "lora_tasks_B." + task


class ModelTest(Base):
    """Whole models of random weights, as the exchange file would hold them."""

    def arrays(self):
        torch.manual_seed(1)
        arrays = {"image": torch.randn(1, 3, 128, 128), "loss": torch.zeros(1)}
        model = swin.build("swin-nano", 1)
        names = {swin.local_name(n): n for n in self.checkpoint_names(model)}
        for mine, parameter in model.named_parameters():
            if mine in names:
                arrays["weight." + names[mine]] = torch.randn(parameter.shape) * 0.05
        for task, channels in (("semseg", 21), ("sal", 1)):
            arrays["label." + task] = (torch.rand(1, 1, 128, 128) > 0.5).float()
            for i, (width, reduced) in enumerate(zip((48, 96, 192, 192), (4, 6, 8, 10))):
                name = "weight.downsampler.%s.downsample_%d.weight" % (task, i)
                arrays[name] = torch.randn(reduced, width, 1, 1) * 0.1
            prefix = "weight.decoders.%s.last_layer." % task
            arrays[prefix + "0.weight"] = torch.randn(112, 28, 1, 1) * 0.1
            arrays[prefix + "1.weight"] = torch.ones(112)
            arrays[prefix + "3.weight"] = torch.randn(channels, 112, 1, 1) * 0.1
            for layer, width in (("0", 112), ("1", 112), ("3", channels)):
                arrays[prefix + layer + ".bias"] = torch.zeros(width)
        return arrays

    @staticmethod
    def checkpoint_names(model):
        for kind in ("weight", "bias"):
            for part in ("proj", "norm"):
                yield "patch_embed.%s.%s" % (part, kind)
            for stage in range(4):
                yield "layers.%d.downsample.norm.%s" % (stage, kind)
                yield "layers.%d.downsample.reduction.%s" % (stage, kind)
                for block in range(len(model.features[2 * stage + 1])):
                    path = "layers.%d.blocks.%d." % (stage, block)
                    yield path + "attn.relative_position_bias_table"
                    for module in ("norm1", "norm2", *swin.SITES):
                        yield "%s%s.%s" % (path, module, kind)

    @staticmethod
    def work(arrays, method, options, variant="once"):
        metadata = {
            "method": method,
            "options": json.dumps(options),
            "tasks": json.dumps({"semseg": 21, "sal": 1}),
            "backbone": "swin-nano",
        }
        trained = {"grad." + n[7:]: a for n, a in arrays.items() if ".lora_" in n or "theta" in n}
        return Work({n: a.numpy().copy() for n, a in {**arrays, **trained}.items()}, metadata, variant)

    @staticmethod
    def sites(arrays):
        for name in [n for n in arrays if SITE.fullmatch(n[7:])]:
            stage, block, layer = SITE.fullmatch(name[7:]).groups()
            # every stage of nano has two blocks
            has_streams = block == "1" and layer != "attn.qkv"
            yield name[: -len(".weight")], arrays[name].shape, has_streams, stage == "3"

    def test_task_streams_with_the_shared_branch_are_the_shared_stream(self):
        base = self.arrays()
        lora, mtlora = dict(base), dict(base)
        for path, (out, width), streams, _ in self.sites(base):
            a, b = torch.randn(4, width) * 0.1, torch.randn(out, 4) * 0.1
            lora[path + ".lora_A"] = mtlora[path + ".lora_shared_A"] = a
            lora[path + ".lora_B"] = mtlora[path + ".lora_shared_B"] = b
            for task in ("semseg", "sal") if streams else ():
                mtlora[path + ".lora_tasks_A." + task] = a
                mtlora[path + ".lora_tasks_B." + task] = b
        one = self.work(lora, "lora", {"alpha": 8, "rank": 2})
        other = self.work(mtlora, "mtlora", {"scale": 4})
        self.close(other.loss().detach(), one.loss().detach(), 1e-5)

    def test_decomposed_once_or_in_every_forward(self):
        arrays = self.arrays()
        for path, _, streams, end in self.sites(arrays):
            if not (streams and end):
                arrays[path + ".theta"] = torch.randn(1, 15) * 0.2
            for task in ("semseg", "sal") if streams else ():
                arrays["%s.theta.%s" % (path, task)] = torch.randn(1, 3) * 0.2
        # In float32 such small gradients of random networks are half noise.
        torch.set_default_dtype(torch.float64)
        self.addCleanup(torch.set_default_dtype, torch.float32)
        works = [self.work(arrays, "ditask", {}, v) for v in ("once", "released")]
        for work in works:
            work.loss().backward()
        self.close(works[0].loss().detach(), works[1].loss().detach(), 1e-12)
        for name, parameter in works[0].trainables().items():
            self.assertGreater(float(parameter.grad.norm()), 0, name)
            self.close(parameter.grad, works[1].parameters[name].grad, 1e-8, name)


if __name__ == "__main__":
    unittest.main()
