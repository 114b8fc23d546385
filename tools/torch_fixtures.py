#!/usr/bin/env python3
"""Writes the fixtures that prove that files of torch.save are read: fixtures/torch_*.

    python3 tools/torch_fixtures.py [FOLDER]

needs PyTorch, torchvision and numpy (written with 1.13, 0.14 and 1.24: Debian's python3-torch and
python3-torchvision) and no network. Values are seeded, so a second run writes the same tensors;
the older formats hold memory addresses, so their bytes differ. Each torch_X.safetensors has its
torch_X.json that says what it holds; torch_files.json describes the files of torch.save.

Expected features are computed in float64 on weights that float32 can represent.
"""

import argparse
import collections
import datetime
import hashlib
import io
import json
import pathlib
import pickle
import struct
import sys
import tarfile
import types

import numpy
import torch
import torch.nn.functional as functional
import torchvision
from torchvision.models.swin_transformer import SwinTransformer

SEED = 7
SWIN = dict(
    patch_size=[4, 4],
    embed_dim=8,
    depths=[2, 1, 2],
    num_heads=[1, 2, 4],
    window_size=[4, 4],
    num_classes=5,
)
SIZE = 64

TYPES = {
    torch.float32: "F32",
    torch.float64: "F64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def elements(tensor):
    """The bytes of a tensor, row-major; numpy has no bfloat16, so its bits go as integers."""
    tensor = tensor.detach().contiguous()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def fixture(folder, name, tensors, **what):
    """Writes a safetensors file (length, JSON header, elements without gaps) and its description."""
    header, data = {"__metadata__": {"fixture": name}}, b""
    for key, tensor in tensors.items():
        raw = elements(tensor)
        header[key] = {
            "dtype": TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    whole = struct.pack("<Q", len(text)) + text + data
    (folder / f"{name}.safetensors").write_bytes(whole)
    del header["__metadata__"]
    described = {k: {"shape": v["shape"], "dtype": v["dtype"]} for k, v in header.items()}
    what.update(seed=SEED, sha256=hashlib.sha256(whole).hexdigest(), bytes=len(whole))
    describe(folder, name, **what, tensors=described)


def describe(folder, name, **what):
    versions = {module.__name__: module.__version__ for module in (torch, torchvision)}
    what = {"fixture": name, **what, "versions": versions}
    (folder / f"{name}.json").write_text(json.dumps(what, indent=1) + "\n")


def swin():
    """torchvision's Swin with weights far enough from its start to tell every one of them apart."""
    torch.manual_seed(SEED)
    model = SwinTransformer(**SWIN).eval()
    for name, parameter in model.named_parameters():
        norm = parameter.dim() == 1 and name.endswith("weight")
        parameter.data.normal_(1.0 if norm else 0.0, 0.3 if parameter.dim() == 1 else 0.25)
    return model


def stages(model, images):
    """Tokens [B, H*W, C] after each stage, patch merging included, and the logits."""
    result, x = {}, images
    for index, module in enumerate(model.features):
        x = module(x)
        # Modules: patches, then stage and merging in turn; the last stage has no merging.
        if index > 0 and (index % 2 == 0 or index == len(model.features) - 1):
            result[f"out/stage{len(result) + 1}"] = x.flatten(1, 2)
    result["out/logits"] = model(images)
    return result


def write_swin(folder):
    model = swin()
    state = model.state_dict()
    torch.save(state, folder / "torch_swin_zip.pth")
    torch.save(state, folder / "torch_swin_stream.pth", _use_new_zipfile_serialization=False)
    write_tar(folder / "torch_swin_tar.pth", state)
    write_training(folder / "torch_swin_training.pth", model)

    images = torch.randn(1, 3, SIZE, SIZE)
    with torch.no_grad():
        outputs = stages(model.double(), images.double())
    tensors = {"input": images, **{k: v.float() for k, v in outputs.items()}}
    fixture(
        folder,
        "torch_swin",
        tensors,
        config=SWIN,
        image=[SIZE, SIZE],
        how="torchvision's SwinTransformer, eval, float64 rounded to float32. out/stageN: tokens"
        " [B, H*W, C] after stage N and the patch merging that follows it (the last has none);"
        " out/logits: what the model returns. Its weights are torch_swin_*.pth.",
    )


def config():
    """A configuration as yacs pickles it: a dictionary with attributes of its own."""
    module = types.ModuleType("yacs.config")

    class CfgNode(dict):
        pass

    CfgNode.__module__, CfgNode.__qualname__ = "yacs.config", "CfgNode"
    module.CfgNode = CfgNode
    sys.modules["yacs"], sys.modules["yacs.config"] = types.ModuleType("yacs"), module
    node = CfgNode(TYPE="swin", SWIN=CfgNode(EMBED_DIM=SWIN["embed_dim"], DEPTHS=SWIN["depths"]))
    node.__dict__["__immutable__"] = True
    node.__dict__["__deprecated_keys__"] = {"OLD", "OLDER"}
    return node


class Meter:
    """A class that no other program has."""

    def __init__(self):
        self.values, self.window = [1.5, 2.5], collections.deque([1, 2], maxlen=3)


def beside():
    """What trainers keep beside a model; nothing of it is needed to read the weights."""
    generator = torch.Generator()
    return {
        "meter": Meter(),
        "names": {"a", "b"},
        "frozen": frozenset([1]),
        "counts": collections.Counter("swin"),
        "lists": collections.defaultdict(list, a=[1]),
        "date": datetime.datetime(2026, 11, 23, tzinfo=datetime.timezone.utc),
        "span": datetime.timedelta(seconds=3),
        "path": pathlib.PurePosixPath("runs/a"),
        "number": numpy.float64(0.5),
        "array": numpy.arange(6.0).reshape(2, 3),
        "texts": numpy.array(["a", None], dtype=object),
        "random": (numpy.random.RandomState(0).get_state(), generator.get_state()),
        "dtype": torch.float16,
        "device": torch.device("cpu"),
        "memory": torch.channels_last,
        "size": torch.Size([1, 2]),
        "complex": 1 + 2j,
        "slice": slice(1, 2),
        "bytes": b"ab",
        "array of bytes": bytearray(b"ab"),
        "large": 2**70,
        ("a", 1): None,
        "function": functional.relu,
        "tensors": {
            "complex": torch.zeros(2, dtype=torch.complex64),
            "sparse": torch.eye(3).to_sparse(),
            "quantized": torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8),
            "expanded": torch.zeros(1).expand(1000, 1000),
        },
    }


def write_training(path, model):
    """A checkpoint of a training run as the official code of Swin writes it, half precision."""
    half = {
        f"module.{k}": v.half() if v.is_floating_point() else v
        for k, v in model.state_dict().items()
    }
    torch.save(
        {
            "model": half,
            "optimizer": {
                "state": {0: {"step": 3, "exp_avg": torch.zeros(4)}},
                "param_groups": [{"lr": 1e-3, "params": [0]}],
            },
            "lr_scheduler": {"t_initial": 10},
            "max_accuracy": 81.5,
            "epoch": 3,
            "score": torch.tensor(81.5),
            "beside": beside(),
            "config": config(),
            "args": argparse.Namespace(name="tiny", layers=(1, 2)),
        },
        path,
        pickle_protocol=4,
    )


def write_tar(path, state):
    """The format of PyTorch 0.1, which current ones read but cannot write."""
    storages, tensors, keys = {}, {}, {}
    for name, tensor in state.items():
        tensor = tensor.contiguous()
        keys[name] = 1000 + len(keys)
        tensors[keys[name]] = tensor
        storages[2000 + keys[name]] = tensor

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return str(value.key) if isinstance(value, Reference) else None

    class Reference:
        def __init__(self, key):
            self.key = key

    def class_of(tensor):
        return torch.LongStorage if tensor.dtype == torch.int64 else torch.FloatStorage

    def dump(file, value):
        pickle.dump(value, file, protocol=2)

    parts = {name: io.BytesIO() for name in ("sys_info", "pickle", "storages", "tensors")}
    dump(parts["sys_info"], {"protocol_version": 1000, "little_endian": True})
    Pickler(parts["pickle"], protocol=2).dump(
        collections.OrderedDict((name, Reference(key)) for name, key in keys.items())
    )
    file = parts["storages"]
    dump(file, len(storages))
    for key, tensor in storages.items():
        dump(file, (key, "cpu", class_of(tensor)))
        file.write(struct.pack("<q", tensor.numel()) + elements(tensor))
    dump(file, [])
    file = parts["tensors"]
    dump(file, len(tensors))
    for key, tensor in tensors.items():
        dump(file, (key, 2000 + key, class_of(tensor)))
        rank = tensor.dim()
        file.write(struct.pack(f"<ii{rank}q{rank}qq", rank, 0, *tensor.shape, *tensor.stride(), 0))
    with tarfile.open(path, "w:") as tar:
        for name, content in parts.items():
            info = tarfile.TarInfo(name)
            info.size = content.tell()
            content.seek(0)
            tar.addfile(info, content)
    for name, tensor in torch.load(path).items():
        assert torch.equal(tensor, state[name]), name


def cases():
    """Tensors of every type and layout."""
    torch.manual_seed(SEED)
    matrix = torch.randn(3, 4)
    shared = torch.arange(24, dtype=torch.float32)
    return collections.OrderedDict(
        float32=torch.randn(2, 3),
        float64=torch.randn(5, dtype=torch.float64),
        float16=torch.randn(3, 2).half(),
        bfloat16=torch.randn(7).bfloat16(),
        int64=torch.tensor([0, -1, 2**62]),
        int32=torch.tensor([[1, -(2**31)]], dtype=torch.int32),
        int16=torch.tensor([1, -300], dtype=torch.int16),
        int8=torch.tensor([-128, 127], dtype=torch.int8),
        uint8=torch.tensor([0, 255], dtype=torch.uint8),
        bool=torch.tensor([True, False, True]),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 3),
        parameter=torch.nn.Parameter(torch.randn(2, 2)),
        transposed=matrix.t(),
        matrix=matrix,
        permuted=torch.randn(2, 3, 4).permute(2, 0, 1),
        channels_last=torch.randn(2, 3, 2, 2).contiguous(memory_format=torch.channels_last),
        half_columns=torch.randn(4, 6).half()[1:, ::2],
        tail=shared[12:],
        grid=shared.view(2, 3, 4)[:, 1],
    )


def write_cases(folder):
    tensors = cases()
    torch.save({"state_dict": tensors}, folder / "torch_cases_zip.pth")
    torch.save(
        {"state_dict": tensors},
        folder / "torch_cases_stream.pth",
        _use_new_zipfile_serialization=False,
    )
    fixture(
        folder,
        "torch_cases",
        tensors,
        how="the tensors of torch_cases_*.pth, row-major: every type, non-contiguous ones, ones that"
        " share a storage (transposed and matrix; tail and grid), a scalar, an empty one",
    )


def write_resized(folder):
    """What the official loading codes make of tables of another size."""
    torch.manual_seed(SEED)
    table = torch.randn(49, 3)
    position = torch.randn(1, 1 + 4 * 4, 6)
    tensors = {"table": table, "position": position}
    for side in (3, 7, 5, 13):
        maps = table.double().permute(1, 0).view(1, 3, 7, 7)
        wanted = functional.interpolate(maps, size=(side, side), mode="bicubic")
        tensors[f"table/{side}"] = wanted.view(3, side * side).permute(1, 0).float()
    for high, wide in ((4, 4), (7, 7), (2, 6), (3, 2)):
        maps = position[:, 1:].double().reshape(1, 4, 4, 6).permute(0, 3, 1, 2)
        wanted = functional.interpolate(maps, size=(high, wide), mode="bicubic")
        grid = wanted.permute(0, 2, 3, 1).flatten(1, 2).float()
        tensors[f"position/{high}x{wide}"] = torch.cat([position[:, :1], grid], 1)
    fixture(
        folder,
        "torch_resized",
        tensors,
        how="torch.nn.functional.interpolate(mode='bicubic'), float64 rounded to float32. table:"
        " relative position biases of a window of 4, [49, heads]; table/S: for (S+1)/2. position: a"
        " row for the class token and a grid of 4x4; position/HxW: for another grid, that row as is",
    )


def write_refused(folder):
    """Files that must be refused."""
    torch.save(torch.nn.Linear(2, 2), folder / "torch_module.pth")
    with open(folder / "torch_call.pth", "wb") as file:
        pickle.dump(0x1950A86A20F9469CFC6C, file, protocol=2)
        pickle.dump(1001, file, protocol=2)
        pickle.dump({"little_endian": True}, file, protocol=2)
        file.write(b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.")
        pickle.dump([], file, protocol=2)
    script = torch.jit.script(torch.nn.Linear(1, 1))
    torch.jit.save(script, folder / "torch_script.pt")
    describe(
        folder,
        "torch_files",
        torch_swin_zip="state dict of torch_swin, zip format",
        torch_swin_stream="the same, _use_new_zipfile_serialization=False",
        torch_swin_tar="the same in the format of PyTorch 0.1 (a tar archive)",
        torch_swin_training="a training run's: half precision, prefix module., beside optimizer,"
        " yacs configuration (with a set), argparse namespace, NumPy and objects of many classes; pickle protocol 4",
        torch_cases_zip="tensors of torch_cases under state_dict, zip format",
        torch_cases_stream="the same, _use_new_zipfile_serialization=False",
        torch_module="a whole module, to be refused",
        torch_call="a pickle that calls posix.system, to be refused",
        torch_script="a TorchScript archive, to be refused",
    )


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "fixtures")
    write_swin(folder)
    write_cases(folder)
    write_resized(folder)
    write_refused(folder)
    for path in sorted(folder.glob("torch_*")):
        print(path.stat().st_size, path)


if __name__ == "__main__":
    main()
