"""Saves torchvision's EfficientNetV2-S, with random values, in several ways; prints the SHA-256 of each tensor.

Usage: torchvision_weights.py FOLDER
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
import torchvision

folder = Path(sys.argv[1])
torch.manual_seed(1)
model = torchvision.models.efficientnet_v2_s().eval()
with torch.no_grad():
    for name, tensor in model.state_dict().items():
        if 'running' in name:
            tensor.uniform_(0.5, 1.5)
state = model.state_dict()
torch.save(state, folder / 'zip.pth')
torch.save(state, folder / 'legacy.pth', _use_new_zipfile_serialization=False)
channels_last = {
    name: tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor
    for name, tensor in state.items()
}
torch.save({'model': channels_last, 'epoch': 3}, folder / 'channels-last.pth')
hashes = {
    name: hashlib.sha256(tensor.float().contiguous().numpy().tobytes()).hexdigest() for name, tensor in state.items()
}
print(json.dumps(hashes))
