"""Writes EfficientNetV2-B0 as a TensorFlow 1 checkpoint in google/automl's names, from the formats' descriptions:
https://github.com/google/leveldb/blob/main/doc/table_format.md
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto

write_checkpoint.py FOLDER    model.ckpt-7.{index,data-00000-of-00002,data-00001-of-00002} and checkpoint.tgz of them
write_checkpoint.py --fixtures FOLDER    the first layers alone, stem.*, and stem.tar of them
"""

import itertools
import os
import struct
import sys
import tarfile

import numpy as np

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))
from efficientnetv2_b0 import layers  # noqa: E402

DT_FLOAT, DT_INT64 = 1, 9
BLOCK_BYTES = 4096
RESTART_INTERVAL = 16


def crc32c_table():
    for index in range(256):
        value = index
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


CRC = list(crc32c_table())


def masked_crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = CRC[(value ^ byte) & 0xFF] ^ value >> 8
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(value):
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    result.append(value)
    return bytes(result)


def field(number, value):
    """Of a message: bytes are length-delimited, integers are varints; zero is left out, as proto3 does."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value) if value else b""


class Table:
    """A sorted table in LevelDB's format."""

    def __init__(self):
        self.file, self.index = bytearray(), []

    def add_block(self, entries):
        handle = self.write(entries)
        self.index.append((entries[-1][0], handle))

    def write(self, entries):
        block, restarts, last = bytearray(), [0], b""
        for count, (key, value) in enumerate(entries):
            shared = 0
            if count and count % RESTART_INTERVAL == 0:
                restarts.append(len(block))
            elif count:
                while shared < min(len(last), len(key)) and last[shared] == key[shared]:
                    shared += 1
            block += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
            last = key
        block += struct.pack(f"<{len(restarts)}I", *restarts) + struct.pack("<I", len(restarts))
        handle = varint(len(self.file)) + varint(len(block))
        block += b"\0"
        self.file += block + struct.pack("<I", masked_crc32c(block))
        return handle

    def finish(self):
        metaindex = self.write([])
        index = self.write(self.index)
        self.file += (metaindex + index).ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")
        return bytes(self.file)


def write_bundle(prefix, variables, shards):
    """variables: {name: values}"""
    data = [bytearray() for _ in range(shards)]
    entries = [(b"", field(1, shards) + field(3, field(1, 1)))]
    for number, (name, values) in enumerate(sorted(variables.items())):
        shard, content = number % shards, np.ascontiguousarray(values).tobytes()
        shape = b"".join(field(2, field(1, side)) for side in values.shape)
        entry = field(1, DT_INT64 if values.dtype == np.int64 else DT_FLOAT) + field(2, shape) + field(3, shard)
        entry += field(4, len(data[shard])) + field(5, len(content))
        entry += varint(6 << 3 | 5) + struct.pack("<I", masked_crc32c(content))
        data[shard] += content
        entries.append((name.encode(), entry))
    table, block = Table(), []
    for key, value in entries:
        block.append((key, value))
        if sum(len(key) + len(value) for key, value in block) > BLOCK_BYTES:
            table.add_block(block)
            block = []
    if block:
        table.add_block(block)
    names = [f"{prefix}.data-{shard:05}-of-{shards:05}" for shard in range(shards)] + [f"{prefix}.index"]
    for name, content in zip(names, [*data, table.finish()]):
        with open(name, "wb") as file:
            file.write(content)
    return names


def training(all_layers):
    """A training's variables: moving averages everywhere, and in the stem also what they are of and the optimizer's."""
    variables = {"global_step": np.int64(7).reshape(())}
    for layer in all_layers:
        for variable, values in layer.weights:
            name = f"efficientnetv2-b0/{layer.automl}/{variable}"
            variables[f"{name}/ExponentialMovingAverage"] = values
            if layer.automl.startswith("stem/"):
                variables.update({name: values + 1, f"{name}/RMSProp": values * 0, f"{name}/RMSProp_1": values * 0})
    return variables


def archive(path, names, options):
    """As google/automl packs them: in a folder."""
    with tarfile.open(path, **options) as tar:
        for name in names:
            tar.add(name, f"efficientnetv2-b0/{os.path.basename(name)}")


if sys.argv[1] == "--fixtures":
    folder = sys.argv[2]
    names = write_bundle(f"{folder}/stem", training(itertools.islice(layers(), 4)), 2)
    archive(f"{folder}/stem.tar", names, dict(mode="w"))
else:
    folder = sys.argv[1]
    names = write_bundle(f"{folder}/model.ckpt-7", training(layers()), 2)
    archive(f"{folder}/checkpoint.tgz", names, dict(mode="w:gz", compresslevel=1))
