"""Adapters in the form of Hugging Face's peft, and what a Swin computes with them.

    python3 tools/peft_fixtures.py

needs PyTorch and torchvision (Debian: python3-torch, python3-torchvision) and writes
fixtures/peft_adapters. The layers are peft's (tuners/lora: layer.py, variants.py), written here by
their published formulas; keys and configuration are those of peft 0.18. The backbone is torchvision's
Swin with the weights of fixtures/swin_micro_b_weights.safetensors. All arithmetic is float64 on
float32 data.
"""

import hashlib
import json
import math
import pathlib
import shutil
import struct

import torch
from torchvision.models.swin_transformer import SwinTransformer

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
OUT = FIXTURES / "peft_adapters"
DTYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "I64": torch.int64}


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        begin, end = (8 + length + o for o in info["data_offsets"])
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=DTYPES[info["dtype"]])
        tensors[name] = flat.reshape(info["shape"])
    return tensors


def write_safetensors(path, tensors, metadata):
    """The layout of safetensors.torch.save_file."""
    names = {v: k for k, v in DTYPES.items()}
    header, offset, blobs = {"__metadata__": metadata}, 0, []
    for name in sorted(tensors):
        t = tensors[name].contiguous()
        blob = t.numpy().tobytes()
        header[name] = {
            "dtype": names[t.dtype],
            "shape": list(t.shape),
            "data_offsets": [offset, offset + len(blob)],
        }
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


class LoraLinear(torch.nn.Module):
    """peft.tuners.lora.layer.Linear in evaluation, with LoRA and, if asked for, DoRA."""

    def __init__(self, weight, bias, a, b, scaling, magnitude=None):
        super().__init__()
        self.weight, self.bias, self.a, self.b = weight, bias, a, b
        self.scaling, self.magnitude = scaling, magnitude

    def delta_weight(self):
        return self.b @ self.a * self.scaling

    def merged(self):
        if self.magnitude is None:
            return self.weight + self.delta_weight()
        norm = torch.linalg.norm(self.weight + self.delta_weight(), dim=1)
        return (self.magnitude / norm)[:, None] * (self.weight + self.delta_weight())

    def forward(self, x):
        result = torch.nn.functional.linear(x, self.weight, self.bias)
        if self.magnitude is None:
            return result + (x @ self.a.T) @ self.b.T * self.scaling
        # DoraLinearLayer: the norm is detached, the bias stands outside of the gain
        norm = torch.linalg.norm(self.weight + self.delta_weight(), dim=1).detach()
        gain = (self.magnitude / norm)[None, :]
        base = result if self.bias is None else result - self.bias
        return result + (gain - 1) * base + gain * ((x @ self.a.T) @ self.b.T * self.scaling)


def torchvision_key(key):
    """Microsoft's key as torchvision calls it."""
    for ours, theirs in (("patch_embed.proj.", "features.0.0."), ("patch_embed.norm.", "features.0.2.")):
        key = key.replace(ours, theirs)
    parts = key.split(".")
    if parts[0] == "layers":
        stage = int(parts[1])
        if parts[2] == "downsample":
            return ".".join(["features", str(2 * stage + 2)] + parts[3:])
        key = ".".join(["features", str(2 * stage + 1)] + parts[3:])
        return key.replace("mlp.fc1", "mlp.0").replace("mlp.fc2", "mlp.3")
    return key


def swin(state):
    model = SwinTransformer([4, 4], 8, [2, 2, 2, 2], [1, 2, 2, 4], [4, 4], num_classes=10)
    own = model.double().state_dict()
    for key, value in state.items():
        name = torchvision_key(key)
        if name in own and "relative_position_index" not in name:
            assert own[name].shape == value.shape, (name, own[name].shape, value.shape)
            own[name] = value.double()
    model.load_state_dict(own)
    return model.eval()


def features(state, image):
    """What MTLoRA's reference hands to decoders: after the merging, the last stage after its blocks."""
    model, found, x = swin(state), [], image.double()
    with torch.no_grad():
        for i, layer in enumerate(model.features):
            x = layer(x)
            if i in (2, 4, 6, 7):
                found.append(x.flatten(1, 2))
    return found


class Names:
    """How libraries call the modules of a Swin."""

    @staticmethod
    def own(module):
        return [module]

    @staticmethod
    def timm(module):
        parts = module.split(".")
        if "downsample" in parts:
            parts[1] = str(int(parts[1]) + 1)
        return [".".join(parts)]

    @staticmethod
    def huggingface(module):
        parts = module.split(".")
        start = "encoder." + ".".join(parts[:4])
        rest = ".".join(parts[4:])
        if rest == "attn.qkv":
            return [f"{start}.attention.self.{p}" for p in ("query", "key", "value")]
        known = {
            "attn.proj": "attention.output.dense",
            "mlp.fc1": "intermediate.dense",
            "mlp.fc2": "output.dense",
        }
        return [f"{start}.{known[rest]}"] if rest in known else ["encoder." + module]


def base_config():
    return {
        "alpha_pattern": {}, "auto_mapping": None, "base_model_name_or_path": "swin-micro-b",
        "bias": "none", "corda_config": None, "eva_config": None, "exclude_modules": None,
        "fan_in_fan_out": False, "inference_mode": True, "init_lora_weights": True,
        "layer_replication": None, "layers_pattern": None, "layers_to_transform": None,
        "loftq_config": {}, "lora_alpha": 8, "lora_bias": False, "lora_dropout": 0.0,
        "megatron_config": None, "megatron_core": "megatron.core", "modules_to_save": None,
        "peft_type": "LORA", "peft_version": "0.18.0", "qalora_group_size": 16, "r": 8,
        "rank_pattern": {}, "revision": None, "target_modules": [], "target_parameters": None,
        "task_type": None, "trainable_token_indices": None, "use_dora": False, "use_qalora": False,
        "use_rslora": False,
    }


class Case:
    """One adapter; `add` trains a module, by Microsoft's name and the index of its part."""

    def __init__(self, name, weights, config, names, seed, key=lambda module, local: f"base_model.model.{module}.{local}"):
        self.name, self.weights, self.names, self.key = name, dict(weights), names, key
        self.config = {**base_config(), **config}
        self.generator = torch.Generator().manual_seed(seed)
        self.tensors, self.layers, self.part_rows = {}, {}, {}

    def random(self, *shape, std=0.3):
        return (torch.randn(*shape, generator=self.generator) * std).float()

    def add(self, module, part=0):
        theirs = self.names(module)
        name = theirs[part]
        weight = self.weights[module + ".weight"]
        rows = weight.shape[0] // len(theirs)
        kernel = weight.shape[1:]
        r = next((v for k, v in self.config["rank_pattern"].items() if name.endswith(k)), self.config["r"])
        alpha = next(
            (v for k, v in self.config["alpha_pattern"].items() if name.endswith(k)), self.config["lora_alpha"])
        scaling = alpha / math.sqrt(r) if self.config["use_rslora"] else alpha / r
        a = self.random(r, *kernel)
        b = self.random(rows, r) if len(kernel) == 1 else self.random(rows, r, 1, 1)
        self.tensors[self.key(name, "lora_A.weight")] = a
        self.tensors[self.key(name, "lora_B.weight")] = b
        flat = weight[part * rows : (part + 1) * rows].reshape(rows, -1).double()
        bias = self.weights.get(module + ".bias")
        bias = None if bias is None else bias[part * rows : (part + 1) * rows].double()
        magnitude = None
        if self.config["use_dora"]:
            magnitude = (torch.linalg.norm(flat, dim=1) * (1 + self.random(rows, std=0.1).double())).float()
            shape = (rows,) if len(kernel) == 1 else (1, rows, 1, 1)
            self.tensors[self.key(name, "lora_magnitude_vector")] = magnitude.reshape(shape)
            magnitude = magnitude.double()
        layer = LoraLinear(flat, bias, a.reshape(r, -1).double(), b.reshape(rows, r).double(), scaling, magnitude)
        x = torch.randn(3, flat.shape[1], generator=self.generator, dtype=torch.float64)
        direct, by_merging = layer(x), torch.nn.functional.linear(x, layer.merged(), bias)
        assert torch.allclose(direct, by_merging, atol=1e-12), "the two formulas of peft differ"
        self.layers[(module, part)] = (layer, rows)

    def train(self, path, key, value):
        """A parameter of the backbone itself."""
        self.tensors[key] = value
        self.weights[path] = value

    def write(self, image, note):
        folder = OUT / self.name
        folder.mkdir(parents=True)
        state = {k: v.double() for k, v in self.weights.items() if v.is_floating_point()}
        for (module, part), (layer, rows) in self.layers.items():
            shape = state[module + ".weight"].shape
            merged = state[module + ".weight"].reshape(shape[0], -1).clone()
            merged[part * rows : (part + 1) * rows] = layer.merged()
            state[module + ".weight"] = merged.reshape(shape)
        expected = {}
        for i, f in enumerate(features(state, image)):
            expected[f"features.{i}"] = f.float()
        for module, _ in list(self.layers)[::6]:
            expected[f"merged/{module}.weight"] = state[module + ".weight"].float()
        write_safetensors(folder / "adapter_model.safetensors", self.tensors, {"format": "pt"})
        (folder / "adapter_config.json").write_text(json.dumps(self.config, indent=2, sort_keys=True))
        write_safetensors(folder / "expected.safetensors", expected, {})
        digest = hashlib.sha256((folder / "expected.safetensors").read_bytes()).hexdigest()
        about = {
            "fixture": f"peft_adapters/{self.name}",
            "how": "tools/peft_fixtures.py: " + note,
            "weights": "swin_micro_b_weights.safetensors",
            "image": "input of swin_micro_b_128x128.safetensors",
            "sha256": digest,
            "tensors": {k: list(v.shape) for k, v in expected.items()},
        }
        (folder / "expected.json").write_text(json.dumps(about, indent=1) + "\n")


def blocks(stages=range(4)):
    return [f"layers.{s}.blocks.{b}" for s in stages for b in range(2)]


def main():
    torch.manual_seed(0)
    weights = read_safetensors(FIXTURES / "swin_micro_b_weights.safetensors")
    golden = read_safetensors(FIXTURES / "swin_micro_b_128x128.safetensors")
    image = golden["input"]
    for i, f in enumerate(features(weights, image)):
        error = (f - golden[f"out/stage{i + 1}_post"].double()).abs().max().item()
        assert error < 1e-5, f"torchvision's Swin is not the fixture's at stage {i + 1}: {error}"
    shutil.rmtree(OUT, ignore_errors=True)

    case = Case(
        "lora_own", weights,
        {"r": 3, "lora_alpha": 6, "target_modules": ["qkv", "attn.proj", "fc1", "patch_embed.proj"],
         "rank_pattern": {"fc1": 2}, "alpha_pattern": {"attn.proj": 5}},
        Names.own, 1)
    case.add("patch_embed.proj")
    for b in blocks():
        for layer in ("attn.qkv", "attn.proj", "mlp.fc1"):
            case.add(f"{b}.{layer}")
    case.write(image, "LoRA, ranks and alphas by layer, a convolution among the layers")

    # as peft wrote before it took to safetensors
    older = OUT / "lora_own_bin"
    older.mkdir()
    torch.save(case.tensors, older / "adapter_model.bin")
    shutil.copy(OUT / "lora_own" / "adapter_config.json", older)

    case = Case(
        "dora_timm", weights,
        {"r": 4, "lora_alpha": 3, "use_dora": True, "use_rslora": True, "bias": "lora_only",
         "target_modules": r"layers\.[1-3]\..*(fc2|reduction|qkv)"},
        Names.timm, 2)
    for b in blocks(range(1, 4)):
        for layer in ("attn.qkv", "mlp.fc2"):
            case.add(f"{b}.{layer}")
            bias = case.random(*weights[f"{b}.{layer}.bias"].shape)
            case.train(f"{b}.{layer}.bias", f"base_model.model.{b}.{layer}.base_layer.bias", bias)
    for s in range(3):
        case.add(f"layers.{s}.downsample.reduction")
    # the biases were replaced after the layers had been made
    for (module, part), (layer, rows) in case.layers.items():
        layer.bias = None if module + ".bias" not in case.weights else case.weights[module + ".bias"].double()
    case.write(image, "DoRA with rsLoRA, timm's names, biases of the layers trained")

    case = Case(
        "lora_hf_split", weights,
        {"r": 2, "lora_alpha": 4, "target_modules": ["query", "value", "output.dense"],
         "exclude_modules": r".*layers\.3\..*intermediate.*", "layers_to_transform": [0, 1], "layers_pattern": "blocks",
         "modules_to_save": ["layernorm_before", "layernorm_after", "norm", "classifier"], "a_future_option": {"depth": 2}},
        Names.huggingface, 3,
        key=lambda module, local: "swin." + module + "." + (
            local.replace("lora_A.", "lora_A.default.").replace("lora_B.", "lora_B.default.")))
    for b in blocks():
        case.add(f"{b}.attn.qkv", 0)
        case.add(f"{b}.attn.qkv", 2)
        case.add(f"{b}.attn.proj")
        case.add(f"{b}.mlp.fc2")
    norms = {f"{b}.norm1": f"encoder.{b}.layernorm_before" for b in blocks()}
    norms.update({f"{b}.norm2": f"encoder.{b}.layernorm_after" for b in blocks()})
    norms.update({f"layers.{s}.downsample.norm": f"encoder.layers.{s}.downsample.norm" for s in range(3)})
    norms["patch_embed.norm"] = "embeddings.norm"
    for ours, theirs in norms.items():
        for local in ("weight", "bias"):
            before = weights[f"{ours}.{local}"]
            value = before + case.random(*before.shape, std=0.1)
            case.train(f"{ours}.{local}", f"swin.{theirs}.modules_to_save.default.{local}", value)
    case.tensors["classifier.modules_to_save.default.weight"] = case.random(10, 64)
    case.tensors["classifier.modules_to_save.default.bias"] = case.random(10)
    case.write(
        image,
        "LoRA on query and value apart, transformers' names inside a classifier, names of the adapter in"
        " the keys, norms and a head in modules_to_save, an option that nobody knows")
    more(weights, image)


def saved(case, module, wrapper=""):
    """All parameters of a module, trained, as peft writes `modules_to_save`."""
    for path in [k for k in case.weights if k.startswith(module + ".") and case.weights[k].is_floating_point()]:
        change(case, path, wrapper)


def change(case, path, wrapper=""):
    """A parameter of the backbone with other values, under the library's names."""
    module, _, local = path.rpartition(".")
    value = case.weights[path] + case.random(*case.weights[path].shape, std=0.1)
    theirs = case.names(module)
    rows = value.shape[0] // len(theirs)
    case.weights[path] = value
    for i, name in enumerate(theirs):
        part = value[i * rows : (i + 1) * rows] if len(theirs) > 1 else value
        case.tensors[f"base_model.model.{wrapper}{name}.{local}"] = part.contiguous()


def more(weights, image):
    """Whole modules and every bias as trained copies, and layers chosen by number."""
    case = Case(
        "lora_bias_all_timm", weights,
        {"r": 2, "lora_alpha": 4, "bias": "all", "target_modules": ["qkv"]}, Names.timm, 4)
    # "bias" stands in the names of the position tables too: peft trains and saves them
    for path in [k for k in weights if "bias" in k and weights[k].is_floating_point()]:
        if not path.startswith(("norm.", "head.")):
            change(case, path)
    for b in blocks():
        case.add(f"{b}.attn.qkv")
    case.tensors = {k.replace("qkv.bias", "qkv.base_layer.bias"): v for k, v in case.tensors.items()}
    case.write(image, "bias='all' on timm's names: biases, norms' biases, position tables")

    case = Case(
        "lora_saved_timm", weights,
        {"r": 2, "lora_alpha": 4, "target_modules": ["qkv"], "exclude_modules": r"layers\.3\.blocks\.1\..*",
         "modules_to_save": ["downsample", "layers.3.blocks.1", "layers.0.blocks.0.norm1", "head"]},
        Names.timm, 5)
    for s in range(3):
        saved(case, f"layers.{s}.downsample")
    saved(case, "layers.3.blocks.1")
    saved(case, "layers.0.blocks.0.norm1")
    for b in blocks()[:-1]:
        case.add(f"{b}.attn.qkv")
    case.tensors["base_model.model.head.fc.weight"] = case.random(10, 64)
    case.tensors["base_model.model.head.fc.bias"] = case.random(10)
    case.write(image, "modules_to_save: downsamplings, a block with its position table, a norm, a head; timm's names")

    for name, chosen, note in (
        ("lora_layers_hf", lambda s, b: b == 1, "the number behind the last list: of the block"),
        ("lora_layers_hf_older", lambda s, b: s == 1, "of the first list that is usual: of the stage (before peft 0.8)"),
    ):
        case = Case(
            name, weights,
            {"r": 2, "lora_alpha": 4, "target_modules": ["query", "attention.output.dense"], "layers_to_transform": [1]},
            Names.huggingface, 6)
        for s in range(4):
            for b in range(2):
                if chosen(s, b):
                    case.add(f"layers.{s}.blocks.{b}.attn.qkv", 0)
                    case.add(f"layers.{s}.blocks.{b}.attn.proj")
        case.write(image, "layers_to_transform without layers_pattern, " + note)


if __name__ == "__main__":
    main()
