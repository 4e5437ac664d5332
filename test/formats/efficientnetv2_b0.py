"""EfficientNetV2-B0's variables in the order and under the names in which the published codes build them, filled by
the formula of ../parity/README.md. Written from these codes, not from Coatrack's tables, which it is there to check:
keras/applications/efficientnet_v2.py (2.15), google/automl's efficientnetv2/effnetv2_model.py,
keras_cv_attention_models' efficientnet/efficientnet_v2.py."""

import itertools

import numpy as np

# conv_type (1: fused), expand, strides, input_filters, output_filters, num_repeat
BLOCKS = [
    (1, 1, 1, 32, 16, 1),
    (1, 4, 2, 16, 32, 2),
    (1, 4, 2, 32, 48, 2),
    (0, 4, 2, 48, 96, 3),
    (0, 6, 1, 96, 112, 5),
    (0, 6, 2, 112, 192, 8),
]


def fill(name, shape):
    """Values of a tensor in timm's name and PyTorch's layout."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    h = np.arange(np.prod(shape, dtype=np.int64), dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    u = (h >> np.uint32(8)).astype(np.float64) / 2**23 - 1
    last = name.split(".")[-1]
    if last in ("running_mean", "bias"):
        u *= 0.1
    elif last == "running_var":
        u = 1 + 0.5 * np.abs(u)
    elif len(shape) == 1:
        u = 1 + 0.1 * u
    else:
        numbers = [int(part) for part in name.split(".") if part.isdigit()]
        gain = 0.5 if len(numbers) >= 2 and numbers[1] > 0 else 2.5
        u *= np.sqrt(3 * gain / np.prod(shape[1:]))
    return u.astype(np.float32).reshape(shape)


class Layer:
    """Its names in the three codes, and its weights: [(variable, values in TensorFlow's layout)]."""

    def __init__(self, keras, automl, keras_cv, weights):
        self.keras, self.automl, self.keras_cv, self.weights = keras, automl, keras_cv, weights


def conv(timm, shape, *names, bias=False):
    out, size, _, inputs = shape
    weights = [("kernel", fill(f"{timm}.weight", (out, inputs, size, size)).transpose(2, 3, 1, 0))]
    if bias:
        weights.append(("bias", fill(f"{timm}.bias", (out,))))
    return Layer(*names, weights)


def depthwise(timm, channels, *names):
    kernel = fill(f"{timm}.weight", (channels, 1, 3, 3)).transpose(2, 3, 0, 1)
    return Layer(*names, [("depthwise_kernel", kernel)])


def norm(timm, channels, *names):
    variables = ("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"), ("moving_variance", "running_var")
    return Layer(*names, [(keras, fill(f"{timm}.{torch}", (channels,))) for keras, torch in variables])


def numbered(name):
    """google/automl's names: conv2d, conv2d_1, conv2d_2, ..."""
    yield name
    for number in itertools.count(1):
        yield f"{name}_{number}"


def block_layers(stage, layer, index, conv_type, expand, inputs, outputs):
    timm = f"blocks.{stage}.{layer}"
    keras = f"block{stage + 1}{chr(layer + 97)}_"
    cv = f"stack_{stage}_block{layer}_"
    convs = (f"blocks_{index}/{name}" for name in numbered("conv2d"))
    norms = (f"blocks_{index}/{name}" for name in numbered("tpu_batch_normalization"))
    filters = inputs * expand
    if conv_type == 1 and expand == 1:
        yield conv(f"{timm}.conv", (outputs, 3, 3, inputs), keras + "project_conv", next(convs), cv + "fu_conv")
        yield norm(f"{timm}.bn1", outputs, keras + "project_bn", next(norms), cv + "fu_bn")
    elif conv_type == 1:
        yield conv(f"{timm}.conv_exp", (filters, 3, 3, inputs), keras + "expand_conv", next(convs), cv + "sortcut_conv")
        yield norm(f"{timm}.bn1", filters, keras + "expand_bn", next(norms), cv + "sortcut_bn")
        yield conv(f"{timm}.conv_pwl", (outputs, 1, 1, filters), keras + "project_conv", next(convs), cv + "MB_pw_conv")
        yield norm(f"{timm}.bn2", outputs, keras + "project_bn", next(norms), cv + "MB_pw_bn")
    else:
        squeezed = max(1, int(inputs * 0.25))
        se = f"blocks_{index}/se/conv2d"
        yield conv(f"{timm}.conv_pw", (filters, 1, 1, inputs), keras + "expand_conv", next(convs), cv + "sortcut_conv")
        yield norm(f"{timm}.bn1", filters, keras + "expand_bn", next(norms), cv + "sortcut_bn")
        yield depthwise(f"{timm}.conv_dw", filters, keras + "dwconv2", f"blocks_{index}/depthwise_conv2d", cv + "MB_dw_")
        yield norm(f"{timm}.bn2", filters, keras + "bn", next(norms), cv + "MB_dw_bn")
        yield conv(f"{timm}.se.conv_reduce", (squeezed, 1, 1, filters), keras + "se_reduce", se, cv + "se_1_conv", bias=True)
        yield conv(f"{timm}.se.conv_expand", (filters, 1, 1, squeezed), keras + "se_expand", se + "_1", cv + "se_2_conv", bias=True)
        yield conv(f"{timm}.conv_pwl", (outputs, 1, 1, filters), keras + "project_conv", next(convs), cv + "MB_pw_conv")
        yield norm(f"{timm}.bn3", outputs, keras + "project_bn", next(norms), cv + "MB_pw_bn")


def layers():
    yield conv("conv_stem", (32, 3, 3, 3), "stem_conv", "stem/conv2d", "stem_conv")
    yield norm("bn1", 32, "stem_bn", "stem/tpu_batch_normalization", "stem_bn")
    index = 0
    for stage, (conv_type, expand, _, inputs, outputs, repeats) in enumerate(BLOCKS):
        for layer in range(repeats):
            yield from block_layers(stage, layer, index, conv_type, expand, inputs if layer == 0 else outputs, outputs)
            index += 1
    yield conv("conv_head", (1280, 1, 1, 192), "top_conv", "head/conv2d", "post_conv")
    yield norm("bn2", 1280, "top_bn", "head/tpu_batch_normalization", "post_bn")
    dense = [("kernel", fill("classifier.weight", (1000, 1280)).T), ("bias", fill("classifier.bias", (1000,)))]
    yield Layer("predictions", "head/dense", "predictions", dense)
