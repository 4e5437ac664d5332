"""Writes fixtures/: .pth files made by torch.save, and what they hold, expected.json.

Needs torch (Debian: python3-torch): /usr/bin/python3 test/formats/pytorch/make_fixtures.py
"""

import json
import os
from collections import OrderedDict
from pathlib import Path

import torch

folder = Path(__file__).parent / 'fixtures'
expected = {}


def save(name, saved, tensors, **options):
    torch.save(saved, folder / f'{name}.pth', **options)
    expected[name] = {
        key: {'dtype': str(value.dtype), 'shape': list(value.shape), 'values': value.double().flatten().tolist()}
        for key, value in tensors.items()
    }


torch.manual_seed(1)
model = torch.nn.Sequential(OrderedDict(conv=torch.nn.Conv2d(2, 3, 3, bias=False), bn=torch.nn.BatchNorm2d(3)))
model(torch.randn(2, 2, 4, 4))
state = OrderedDict((key, value.detach().clone()) for key, value in model.state_dict().items())

save('state-dict', model.state_dict(), state)
save('legacy', model.state_dict(), state, _use_new_zipfile_serialization=False)
for protocol in (3, 4, 5):
    save(f'protocol-{protocol}', model.state_dict(), state, pickle_protocol=protocol)
save('legacy-protocol-4', model.state_dict(), state, pickle_protocol=4, _use_new_zipfile_serialization=False)

values = torch.tensor([0, 1, 2.5, 100])
kinds = ['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool']
types = {kind: values.to(getattr(torch, kind)) for kind in kinds}
save('types', types, types)
save('legacy-types', types, types, _use_new_zipfile_serialization=False)

flat = torch.arange(48.0)
views = {
    'head': flat[:6].view(2, 3),
    'offset': flat[40:],
    'transposed': flat[6:18].view(3, 4).t(),
    'every-third': flat[1::3],
    'channels-last': torch.arange(24.0).view(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
    'scalar': flat[7],
    'empty': torch.zeros(0, 3),
}
save('views', views, views)
save('legacy-views', views, views, _use_new_zipfile_serialization=False)

optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
model(torch.randn(2, 2, 4, 4)).sum().backward()
optimizer.step()
average = torch.optim.swa_utils.AveragedModel(model)
trained = {
    'arch': 'tiny',
    'epoch': 3,
    'metric': 0.5,
    'rng': torch.get_rng_state()[:8],
    'optimizer': optimizer.state_dict(),
    'state_dict': OrderedDict((f'module.{key}', value) for key, value in model.state_dict().items()),
}
save('checkpoint', trained, model.state_dict())
save('checkpoint-ema', {**trained, 'state_dict_ema': state}, state)
save('checkpoint-torchvision', {'model': state, 'model_ema': average.state_dict()}, model.state_dict())
described = {key: torch.nn.Parameter(value) for key, value in state.items() if value.is_floating_point()}
save('parameters', {'model': described, 'dtype': torch.float32, 'size': state['conv.weight'].shape}, described)


class Command:
    def __reduce__(self):
        return os.system, ('touch was-run',)


torch.save({'state_dict': state, 'args': Command()}, folder / 'os-system.pth')
torch.save({'args': Command()}, folder / 'legacy-os-system.pth', _use_new_zipfile_serialization=False)
torch.save(model, folder / 'whole-model.pth')
(folder / 'expected.json').write_text(json.dumps(expected, ) + '\n')
