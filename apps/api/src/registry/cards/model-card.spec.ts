import { findArchitecture } from '@coatrack/models';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { VersionRecord } from '../models/model';
import { escapeMarkdown, modelCard } from './model-card';

const version: VersionRecord = {
  id: 'v',
  model: 'flowers',
  version: 3,
  architecture: 'efficientnetv2_b0',
  labels: ['daisy', 'rose'],
  preprocessing: findArchitecture('efficientnetv2_b0').preprocessing,
  licence: 'Apache-2.0',
  source: null,
  intendedUse: null,
  format: 'safetensors',
  blob: 'ab'.repeat(32),
  bytes: 1,
  parameters: 5_861_074,
  parent: { model: 'imported', version: 1 },
  dataset: { id: 'd', name: 'meadow' },
  job: 'j',
  metrics: { top1: 0.94, top5: 1, loss: 0.2, epochs: [7] },
  recipe: null,
  accuracy: { measured: 0.94, publisher: 0.789 },
  trainingSeconds: null,
  notes: [],
  createdAt: new Date('2026-01-01'),
};
const imported: VersionRecord = {
  ...version,
  model: 'imported',
  version: 1,
  parent: null,
  dataset: null,
  metrics: null,
  source: 'https://huggingface.co/timm/tf_efficientnetv2_b0.in1k/tree/abc',
};

const card = (change: Partial<VersionRecord> = {}, description = '') => {
  const changed = { ...version, ...change };
  const text = modelCard({ description, version: changed, lineage: [changed, imported] });
  const [, yaml, ...body] = text.split(/^---\n/m);
  return { fields: parse(yaml!) as Record<string, unknown>, body: body.join('---\n'), text };
};

describe('a model card', () => {
  it.each([
    [[7], '| Weights of | epoch 7 |'],
    [[7, 9], '| Weights of | epochs 7, 9, averaged |'],
  ])('says that the weights are those of epochs %j', (epochs, row) => {
    expect(card({ metrics: { ...version.metrics!, epochs } }).body).toContain(row);
  });

  it('contains what the Hub requires, with claimed and measured accuracy separate', () => {
    const { fields, body } = card();
    expect(fields).toMatchObject({
      license: 'apache-2.0',
      library_name: 'coatrack',
      pipeline_tag: 'image-classification',
      datasets: ['meadow'],
      base_model: 'timm/tf_efficientnetv2_b0.in1k',
      accuracy: { measured: 0.94, publisher: 0.789 },
      'model-index': [
        { name: 'flowers', results: [{ metrics: [{ type: 'accuracy', value: 0.94 }, {}, {}] }] },
      ],
    });
    expect(body).toContain('| claimed by the publisher, for these weights | 78.9 % |');
    expect(body).toContain('validation images of meadow | 94 % | 100 % |');
    expect(body).toContain('fine-tuned from `imported:1` on meadow');
    expect(body).toContain('models/flowers/predict?version=3');
  });

  it.each([
    ['x\n---\nlicense: mit', 'other'],
    ['"}\n- !!js/function', 'other'],
    ['no', 'other'],
    ['', 'other'],
  ])('stays valid YAML with the licence %j', (licence, license) => {
    const { fields } = card({ licence });
    expect(fields).toMatchObject({ license, license_name: licence, library_name: 'coatrack' });
  });

  it("shows users' text literally", () => {
    const hostile =
      '---\n# Heading\n<script>alert(1)</script>\n[a](javascript:b) | `c`\n1. d\n    code';
    const use = { intendedUse: hostile, labels: [hostile], source: hostile };
    const { fields, body } = card({ ...use, dataset: { id: 'd', name: hostile } }, hostile);
    expect(fields).toMatchObject({ datasets: [hostile], license: 'apache-2.0' });
    expect(body).not.toMatch(/^---$/m);
    expect(body).not.toMatch(/^# Heading/m);
    expect(body).not.toMatch(/(?<!\\)<script/);
    expect(body).not.toMatch(/(?<!\\)\[a/);
    expect(escapeMarkdown(hostile)).toMatchInlineSnapshot(`
      "\\---
      \\# Heading
      \\<script\\>alert(1)\\</script\\>
      \\[a\\](javascript:b) \\| \\\`c\\\`
      1\\. d
      code"
    `);
  });
});
