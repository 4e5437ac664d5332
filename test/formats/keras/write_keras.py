"""Writes EfficientNetV2-B0 as Keras 2 saves it, with h5py (Debian: python3-h5py).

write_keras.py FOLDER    weights.h5, notop.h5, model.h5 (keras.applications), automl.h5, keras_cv.h5
write_keras.py --fixtures FOLDER    the first layers alone: stem.h5
                                    nearly no values, but most of what HDF5 has: structure.h5
                                    what points out of its file: external.h5, linked.h5
"""

import itertools
import os
import sys

import h5py
import numpy as np

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))
from efficientnetv2_b0 import layers  # noqa: E402

# What an attribute may take, less room for the rest of its header: keras/saving/legacy/hdf5_format.py
HDF5_OBJECT_HEADER_LIMIT = 64512


def save_attribute(group, name, data):
    """As Keras' save_attributes_to_hdf5_group."""
    array = np.asarray(data)
    parts = 1
    while any(part.nbytes > HDF5_OBJECT_HEADER_LIMIT for part in np.array_split(array, parts)):
        parts += 1
    if parts == 1:
        group.attrs[name] = data
    else:
        for index, part in enumerate(np.array_split(array, parts)):
            group.attrs[f"{name}{index}"] = part


def save_weights(root, model):
    """model: [(layer, [(weight, values)])]"""
    save_attribute(root, "layer_names", [name.encode() for name, _ in model])
    root.attrs["backend"] = b"tensorflow"
    root.attrs["keras_version"] = b"2.15.0"
    for layer, weights in sorted(model, key=lambda each: each[0]):
        group = root.create_group(layer)
        save_attribute(group, "weight_names", [name.encode() for name, _ in weights])
        for name, values in weights:
            group.create_dataset(name, data=values)


def flat(all_layers, code):
    for layer in all_layers:
        name = getattr(layer, code)
        yield name, [(f"{name}/{variable}:0", values) for variable, values in layer.weights]
        if variable_free(name):
            yield name.replace("_bn", "_activation"), []


def variable_free(name):
    """A norm is followed by a layer without variables."""
    return name.endswith("_bn")


def applications(all_layers):
    normalization = [
        ("mean:0", np.float32([0.485, 0.456, 0.406])),
        ("variance:0", np.float32([0.229, 0.224, 0.225]) ** 2),
        ("count:0", np.int64(0)),
    ]
    return [("input_1", []), ("rescaling", []), ("normalization", normalization), *flat(all_layers, "keras")]


def automl(all_layers):
    """The layers of google/automl's subclassed model hold those within."""
    model = "efficientnetv2-b0"
    holder = lambda layer: "dense" if layer.automl == "head/dense" else layer.automl.split("/")[0]
    for name, within in itertools.groupby(all_layers, holder):
        yield name, [(f"{model}/{layer.automl}/{variable}:0", values) for layer in within for variable, values in layer.weights]


def write_structure(path):
    """A whole model: strings of both lengths, values contiguous, chunked, compressed, checked and left out."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{}"
        root = file.create_group("model_weights")
        # Keras numbers a stage's layers by letters, and past the 31st that is no ASCII.
        odd = f"block6{chr(97 + 31)}_bn"
        save_weights(root, [(name, []) for name in ("stem_bn", "stem_conv", "top_bn", "predictions", odd)])
        root[odd].attrs["weight_names"] = [f"{odd}/beta:0".encode()]
        root.create_dataset(f"{odd}/{odd}/beta:0", data=np.ones(1, "f4"))
        root["stem_conv"].attrs["weight_names"] = np.array([b"stem_conv/kernel:0"])
        chunked = dict(chunks=(2, 2, 3, 4), compression="gzip", shuffle=True, fletcher32=True)
        root.create_dataset("stem_conv/stem_conv/kernel:0", data=np.ones((3, 3, 3, 8), "f4"), **chunked)
        root["stem_bn"].attrs["weight_names"] = [b"gamma:0", b"beta:0"]
        root.create_dataset("stem_bn/gamma:0", data=np.ones(8, "f8"))
        root.create_dataset("stem_bn/beta:0", (8,), ">f4", chunks=(8,), maxshape=(None,))
        root["top_bn"].attrs["weight_names"] = np.array(["gamma:0"], h5py.string_dtype())
        root["top_bn/gamma:0"] = root["stem_bn/gamma:0"]
        root["predictions"].attrs["weight_names"] = [b"bias:0"]
        root["predictions/bias:0"] = h5py.SoftLink("/model_weights/stem_bn/beta:0")


def write_hostile(folder):
    """Values that would come from another file, and a layer that would."""
    with h5py.File(f"{folder}/external.h5", "w") as file:
        save_weights(file, [("stem_conv", [])])
        file["stem_conv"].attrs["weight_names"] = [b"stem_conv/kernel:0"]
        outside = [("/etc/passwd", 0, h5py.h5f.UNLIMITED)]
        file.create_dataset("stem_conv/stem_conv/kernel:0", (3, 3, 3, 32), "<f4", external=outside)
    with h5py.File(f"{folder}/linked.h5", "w") as file:
        file.attrs["layer_names"] = [b"stem_conv"]
        file["stem_conv"] = h5py.ExternalLink("stem.h5", "/stem_conv")


if sys.argv[1] == "--fixtures":
    with h5py.File(f"{sys.argv[2]}/stem.h5", "w") as file:
        save_weights(file, applications(list(itertools.islice(layers(), 4))))
    write_structure(f"{sys.argv[2]}/structure.h5")
    write_hostile(sys.argv[2])
else:
    folder, everything = sys.argv[1], list(layers())
    with h5py.File(f"{folder}/weights.h5", "w") as file:
        save_weights(file, applications(everything))
    with h5py.File(f"{folder}/notop.h5", "w") as file:
        save_weights(file, applications(everything[:-1]))
    with h5py.File(f"{folder}/model.h5", "w") as file:
        file.attrs["model_config"] = '{"class_name": "Functional"}'
        save_weights(file.create_group("model_weights"), applications(everything))
        optimizer = file.create_group("optimizer_weights")
        optimizer.attrs["weight_names"] = [b"Adam/stem_conv/kernel/m:0"]
        optimizer.create_dataset("Adam/stem_conv/kernel/m:0", data=np.zeros((3, 3, 3, 32), np.float32))
    with h5py.File(f"{folder}/automl.h5", "w") as file:
        save_weights(file, list(automl(everything)))
    with h5py.File(f"{folder}/keras_cv.h5", "w") as file:
        save_weights(file, [("input_1", []), *flat(everything, "keras_cv")])
