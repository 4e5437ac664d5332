import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  type Architecture,
  Classifier,
  findArchitecture,
  type WeightsSource,
} from '@coatrack/models';
import { fill } from './fill';

/** What timm computes for one network and one image. */
export interface ForwardReference {
  params: number;
  buffers: number;
  fill_sha256: string;
  input_size: [channels: number, height: number, width: number];
  state: [name: string, shape: number[]][];
  stages: { name: string; module: string; l2: number; shape: number[] }[];
  blocks: [module: string, shape: number[], l2: number][];
  logits: number[];
  logits2_first8: number[];
  /** weights: by tag. */
  cfg: { weights: Record<string, Weights> };
}

type PerChannel = [red: number, green: number, blue: number];

/** What a publisher says of weights: timm or torchvision. */
export type Weights = { mean: PerChannel; std: PerChannel } & (
  | {
      input_size: number[];
      test_input_size?: number[];
      crop_pct: number;
      crop_mode: string;
      interpolation: 'bicubic';
      num_classes: number;
    }
  | { crop_size: number[]; resize_size: number[]; interpolation: string }
);

/** What one training step of timm computes, in float64. */
export interface GradientReference {
  input_size: [channels: number, height: number, width: number];
  inputs: string[];
  labels: number[];
  loss: number;
  total_grad_l2: number;
  grads: [name: string, l2: number, first4: number[], error: number][];
  running_stats_after_step: [name: string, l2: number][];
  exact_zero_grads: string[];
  logits: number[][];
}

export function forwardReference(name: string): ForwardReference {
  return read('forward', name);
}

export function gradientReference(name: string): GradientReference {
  return read('gradients', name);
}

/** What is compared forward: networks as timm calls them, `NAME@SIZE` where it is not the usual size. */
export const forwardReferences = names('forward');

export const gradientReferences = names('gradients');

/** The architecture that a reference is for: `tf_efficientnetv2_b0@65` → EfficientNetV2-B0. */
export function architectureOf(reference: string): Architecture {
  return findArchitecture(reference.split('@')[0]);
}

/** A classifier of 1000 classes with the references' weights, loaded in the reference's names and shapes. */
export async function filledClassifier(reference: string, imageSize: number): Promise<Classifier> {
  const architecture = architectureOf(reference);
  const classifier = new Classifier(architecture, { classes: 1000, imageSize, blank: true });
  const { state } = forwardReference(reference);
  await classifier.load(filledWeights(state), { replaceHead: false });
  return classifier;
}

export function filledWeights(state: ForwardReference['state']): WeightsSource {
  const dtype = (name: string) => (name.endsWith('num_batches_tracked') ? 'I64' : 'F32');
  const tensors = new Map(state.map(([name, shape]) => [name, { dtype: dtype(name), shape }]));
  const read = async (name: string) => {
    // A whole network takes seconds: the test runner must be able to speak with this process meanwhile.
    await setImmediate();
    return fill(name, tensors.get(name)!.shape);
  };
  return { tensors, read } as WeightsSource;
}

export function l2(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

function names(folder: string): string[] {
  const files = readdirSync(join(__dirname, 'fixtures', folder));
  return files.map((file) => file.replace('.json', '')).sort();
}

function read<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(join(__dirname, 'fixtures', folder, `${name}.json`), 'utf8'));
}
