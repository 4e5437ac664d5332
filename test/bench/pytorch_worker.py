"""PyTorch's side of bench:train and bench:serve: eager, channels-last. Reads one command a line, answers one JSON line each."""

import json
import sys
import time
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.efficientnet import EfficientNet, FusedMBConvConfig, MBConvConfig, _efficientnet_conf

EFFICIENTNETV2_B0 = [
    FusedMBConvConfig(1, 3, 1, 32, 16, 1),
    FusedMBConvConfig(4, 3, 2, 16, 32, 2),
    FusedMBConvConfig(4, 3, 2, 32, 48, 2),
    MBConvConfig(4, 3, 2, 48, 96, 3),
    MBConvConfig(6, 3, 1, 96, 112, 5),
    MBConvConfig(6, 3, 2, 112, 192, 8),
]


def efficientnetv2(settings):
    return EfficientNet(
        settings, dropout=0.0, stochastic_depth_prob=0.0, last_channel=1280, norm_layer=partial(nn.BatchNorm2d, eps=1e-3)
    )


class SqueezeExcite(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, width, 1)
        self.fc2 = nn.Conv2d(width, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc2(F.silu(self.fc1(x.mean((2, 3), keepdim=True)))))


class LayerNorm(nn.LayerNorm):
    """In float32: autocast on CPUs leaves the input as it is, and the operator then refuses parameters of another type."""

    def forward(self, x):
        return super().forward(x.float())


class LayerNorm2d(LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def shortcut(inputs, channels, stride):
    pool = [nn.AvgPool2d(2)] if stride == 2 else []
    expand = [nn.Conv2d(inputs, channels, 1)] if inputs != channels else []
    return nn.Sequential(*pool, *expand)


class CoAtNetConv(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        hidden = channels * 4
        self.shortcut = shortcut(inputs, channels, stride)
        self.branch = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.Conv2d(inputs, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.GELU(),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.GELU(),
            SqueezeExcite(hidden, channels // 4),
            nn.Conv2d(hidden, channels, 1),
        )

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)


class RelativeAttention(nn.Module):
    def __init__(self, channels, side):
        super().__init__()
        self.heads, self.side = channels // 32, side
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.proj = nn.Conv2d(channels, channels, 1)
        self.table = nn.Parameter(torch.zeros((2 * side - 1) ** 2, self.heads))
        y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        y, x = y.flatten(), x.flatten()
        distance = (y[:, None] - y[None] + side - 1) * (2 * side - 1) + x[:, None] - x[None] + side - 1
        self.register_buffer("distance", distance, persistent=False)

    def forward(self, x):
        batch, channels, height, width = x.shape
        split = self.qkv(x).view(batch, self.heads, 96, height * width)
        q, k, v = split.chunk(3, dim=2)
        bias = self.table[self.distance.view(-1)].view(height * width, height * width, self.heads).permute(2, 0, 1)
        scores = (q.transpose(-1, -2) * 32**-0.5) @ k + bias
        mixed = v @ scores.softmax(-1).transpose(-1, -2)
        return self.proj(mixed.reshape(batch, -1, height, width))


class CoAtNetTransformer(nn.Module):
    def __init__(self, inputs, channels, stride, side):
        super().__init__()
        self.shortcut = shortcut(inputs, channels, stride)
        pool = [nn.AvgPool2d(2)] if stride == 2 else []
        norm = LayerNorm2d(inputs, eps=1e-6)
        self.attention = nn.Sequential(norm, *pool, RelativeAttentionInput(inputs, channels, side))
        self.mlp = nn.Sequential(
            LayerNorm2d(channels, eps=1e-6), nn.Conv2d(channels, 4 * channels, 1), nn.GELU(), nn.Conv2d(4 * channels, channels, 1)
        )

    def forward(self, x):
        x = self.attention(x) + self.shortcut(x)
        return x + self.mlp(x)


class RelativeAttentionInput(RelativeAttention):
    """Attention whose input has another width than its output."""

    def __init__(self, inputs, channels, side):
        super().__init__(channels, side)
        self.qkv = nn.Conv2d(inputs, 3 * channels, 1)


class CoAtNet0(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 3, 2, 1, bias=False), nn.BatchNorm2d(64), nn.GELU(), nn.Conv2d(64, 64, 3, 1, 1, bias=False)
        )
        blocks, inputs, side = [], 64, size // 2
        for kind, layers, channels in [(0, 2, 96), (0, 3, 192), (1, 5, 384), (1, 2, 768)]:
            side //= 2
            for layer in range(layers):
                stride = 2 if layer == 0 else 1
                args = (inputs, channels, stride)
                blocks.append(CoAtNetTransformer(*args, side) if kind else CoAtNetConv(*args))
                inputs = channels
        self.blocks = nn.Sequential(*blocks)
        self.norm = LayerNorm(768, eps=1e-6)
        self.pre_logits = nn.Linear(768, 768)
        self.head = nn.Linear(768, 1000)

    def forward(self, x):
        x = self.norm(self.blocks(self.stem(x)).mean((2, 3)))
        return self.head(torch.tanh(self.pre_logits(x)))


def build(name, size):
    if name == "efficientnetv2_b0":
        return efficientnetv2(EFFICIENTNETV2_B0)
    if name == "efficientnetv2_s":
        return efficientnetv2(_efficientnet_conf("efficientnet_v2_s")[0])
    if name == "coatnet_0_224":
        return CoAtNet0(size)
    raise ValueError(name)


def main():
    name, batch, size, precision, threads, device = sys.argv[1:]
    batch, size = int(batch), int(size)
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    model = build(name, size).to(device).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    images = torch.randn(batch, 3, size, size).to(device).to(memory_format=torch.channels_last)
    labels = (torch.arange(batch) * 7 % 1000).to(device)
    mixed = torch.autocast(device, dtype=torch.bfloat16, enabled=precision == "bf16")

    def forward():
        with torch.no_grad(), mixed:
            return model(images).float().sum().item()

    def step():
        optimizer.zero_grad(set_to_none=True)
        with mixed:
            loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def infer():
        if model.training:
            model.eval()
        with torch.inference_mode(), mixed:
            return model(images).float().sum().item()

    print(json.dumps({"ready": f"PyTorch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        run = {"forward": forward, "step": step, "infer": infer}[line.strip()]
        start = time.perf_counter()
        value = run()
        print(json.dumps({"seconds": time.perf_counter() - start, "value": value}), flush=True)


main()
