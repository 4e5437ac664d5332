"""Writes checkpoints as the libraries themselves save them, with what the networks in them compute.

write_checkpoints.py FOLDER    the files, and cases.json: [{name, files, config, side, image, logits, ...}]
                               image: float32 [side, side, 3] in FOLDER, in the range that the case's preprocessing makes
"""

import argparse
import collections
import datetime
import enum
import functools
import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402
import lightning  # noqa: E402
import numpy as np  # noqa: E402
import safetensors.torch  # noqa: E402
import timm  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from timm.utils import CheckpointSaver, ModelEmaV2  # noqa: E402

folder = pathlib.Path(sys.argv[1])
side = 64
labels = ["a", "b", "c"]
rng = np.random.default_rng(1)
image = rng.normal(0, 1, (side, side, 3)).astype("float32")
cases = []


def lively(model):
    """Random weights that keep activations near 1, and norms with statistics of their own."""
    torch.manual_seed(1)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.8, 1.2)
                module.weight.uniform_(0.8, 1.2)
    return model.eval()


def case(name, files, logits, config=None, architecture=None, values=image, **rest):
    values.astype("float32").tofile(folder / f"{name}.image")
    given = {"labels": labels, **(config or {})}
    flat = [float(value) for value in np.asarray(logits).reshape(-1)]
    cases.append(
        {"name": name, "files": files, "config": given, "logits": flat, "side": side, "architecture": architecture, **rest}
    )


def torch_logits(model):
    with torch.no_grad():
        return model(torch.from_numpy(image).permute(2, 0, 1)[None]).numpy()


class Mode(enum.Enum):
    TRAIN = 1


b0 = lively(timm.create_model("tf_efficientnetv2_b0", num_classes=3))
expected = torch_logits(b0)
state = b0.state_dict()
timm_b0 = {"architecture": "efficientnetv2_b0"}

# timm's own saver, with its arguments and its moving average, which is preferred.
ema = ModelEmaV2(b0, decay=0.5)
trained = lively(timm.create_model("tf_efficientnetv2_b0", num_classes=3))
arguments = argparse.Namespace(model="tf_efficientnetv2_b0", lr=0.1, output=pathlib.Path("x"))
saver = CheckpointSaver(
    model=trained,
    optimizer=torch.optim.SGD(trained.parameters(), lr=0.1, momentum=0.9),
    args=arguments,
    model_ema=ema,
    checkpoint_dir=str(folder),
    recovery_dir=str(folder),
)
saver.save_checkpoint(epoch=3, metric=np.float64(91.2))
case("timm", ["model_best.pth.tar"], expected, **timm_b0)


class Classifier(lightning.LightningModule):
    def __init__(self, lr=0.1, where=pathlib.Path("/data"), mode=Mode.TRAIN):
        super().__init__()
        self.save_hyperparameters()
        self.model = b0
        self.criterion = torch.nn.CrossEntropyLoss(weight=torch.ones(3))

    def training_step(self, batch, _):
        return self.criterion(self.model(batch[0]), batch[1]) * 0

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.0)


data = torch.utils.data.TensorDataset(torch.zeros(2, 3, side, side), torch.zeros(2, dtype=torch.long))
trainer = lightning.Trainer(
    max_steps=1,
    logger=False,
    enable_progress_bar=False,
    enable_model_summary=False,
    accelerator="cpu",
    default_root_dir=folder,
    enable_checkpointing=False,
)
module = Classifier()
trainer.fit(module, torch.utils.data.DataLoader(data, batch_size=2))
trainer.save_checkpoint(folder / "lightning.ckpt")
case("lightning", ["lightning.ckpt"], torch_logits(module.model.eval()), leftOut="criterion.weight")
b0 = lively(timm.create_model("tf_efficientnetv2_b0", num_classes=3))
expected, state = torch_logits(b0), b0.state_dict()

# As scripts save them.
beside = {
    "when": datetime.datetime(2026, 1, 1),
    "history": collections.defaultdict(list, {"loss": [0.1]}),
    "schedule": functools.partial(max, 1),
    "best": np.float32(0.5),
    "curve": np.arange(3.0),
    "mode": Mode.TRAIN,
}
torch.save({"net": state, "acc": 0.9, "epoch": 3, **beside}, folder / "net.pth")
case("beside", ["net.pth"], expected)
wrapped = torch.nn.DataParallel(b0).state_dict()
torch.save(wrapped, folder / "parallel.pth")
case("parallel", ["parallel.pth"], expected)
compiled = {f"module._orig_mod.{name}": value for name, value in state.items()}
safetensors.torch.save_file(compiled, folder / "compiled.safetensors")
case("compiled", ["compiled.safetensors"], expected, **timm_b0)
torch.save(state, folder / "legacy.pth", _use_new_zipfile_serialization=False)
case("legacy", ["legacy.pth"], expected)
half = len(state) // 2
shards = [dict(list(state.items())[:half]), dict(list(state.items())[half:])]
names = [f"model-0000{at + 1}-of-00002.safetensors" for at in range(2)]
for name, shard in zip(names, shards):
    safetensors.torch.save_file(shard, folder / name)
index = {"weight_map": {key: name for name, shard in zip(names, shards) for key in shard}}
(folder / "model.safetensors.index.json").write_text(json.dumps(index))
case("sharded", ["model.safetensors.index.json", *names], expected)


class Head(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = lively(timm.create_model("coatnet_0_224", num_classes=0, img_size=side))
        self.fc = torch.nn.Linear(768, 3)

    def forward(self, x):
        return self.fc(self.backbone(x))


headed = Head().eval()
torch.save(headed.state_dict(), folder / "headed.pth")
case("headed", ["headed.pth"], torch_logits(headed), architecture="coatnet_0_224")

# torchvision's references: {model, optimizer, lr_scheduler, epoch, args}, under the other library's name.
vision = lively(torchvision.models.efficientnet_v2_s(num_classes=3))
optimizer = torch.optim.SGD(vision.parameters(), lr=0.1)
reference = {
    "model": vision.state_dict(),
    "optimizer": optimizer.state_dict(),
    "lr_scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 3).state_dict(),
    "epoch": 3,
    "args": arguments,
}
torch.save(reference, folder / "checkpoint.pth")
config = {"architecture": "efficientnetv2_s"}
case("torchvision", ["checkpoint.pth"], torch_logits(vision), config, architecture="efficientnet_v2_s")

# Keras 3: its three formats, and a backbone within a model. Keras has softmax and preprocessing inside.
pixels = rng.uniform(0, 255, (side, side, 3)).astype("float32")
shape = (side, side, 3)


def keras_lively(model):
    for variable in model.weights:
        name, size = variable.path.rsplit("/", 1)[1], tuple(variable.shape)
        if name in ("gamma", "moving_variance"):
            variable.assign(rng.uniform(0.8, 1.2, size))
        elif name in ("kernel", "depthwise_kernel"):
            fan = np.prod(size[:-1]) if name == "kernel" else np.prod(size[:2])
            variable.assign(rng.normal(0, fan**-0.5, size))
        elif name in ("beta", "bias", "moving_mean"):
            variable.assign(rng.normal(0, 0.1, size))
    return model


applications = keras.applications
whole = keras_lively(
    applications.EfficientNetV2B0(weights=None, classes=3, input_shape=shape, classifier_activation=None)
)
answers = whole.predict(pixels[None], verbose=0)
mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
normalised = (pixels / 255 - mean) / std
whole.save(folder / "whole.keras")
whole.save_weights(folder / "whole.weights.h5")
whole.save(folder / "whole.h5")
for name in ("whole.keras", "whole.weights.h5", "whole.h5"):
    case(name, [name], answers, values=normalised, **timm_b0)
backbone = applications.EfficientNetV2B0(weights=None, include_top=False, pooling="avg", input_shape=shape)
nested = keras.Sequential([backbone, keras.layers.Dropout(0.2), keras.layers.Dense(3, name="my_head")])
keras_lively(nested)
answers = nested.predict(pixels[None], verbose=0)
nested.save(folder / "nested.keras")
nested.save(folder / "nested.h5")
for name in ("nested.keras", "nested.h5"):
    case(name, [name], answers, values=normalised, architecture="efficientnetv2_b0")

# ONNX in two files.
torch.onnx.export(
    b0,
    torch.zeros(2, 3, side, side),
    str(folder / "two.onnx"),
    dynamo=True,
    external_data=True,
    input_names=["x"],
    output_names=["y"],
    verbose=False,
)
case("onnx", ["two.onnx", "two.onnx.data"], expected, {"architecture": "efficientnetv2_b0"})

versions = {each.__name__: each.__version__ for each in (keras, lightning, np, timm, torch, torchvision)}
(folder / "cases.json").write_text(json.dumps({"versions": versions, "cases": cases}))
