import type { Parameter, WeightsTensor } from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { type EpochScore, isBetter } from './best-epochs';
import type { Evaluation } from './metrics';
import type { Recipe } from './recipe/recipe';

/** Number of epochs whose weights are kept until the end. */
export const keptEpochs: Record<Recipe['keep'], number> = { last: 0, best: 1, soup: 3 };

/** Prefix of a kept tensor's name in a checkpoint. */
export const keptPrefix = 'kept.';

interface Kept {
  score: EpochScore;
  /** Values in the order of the weights, in TensorFlow's layout. */
  values: Float32Array[];
}

/** Keeps the weights of a training's best epochs in the process's memory. */
export class KeptWeights {
  private readonly limit: number;
  /** Best first. */
  private kept: Kept[] = [];

  /** @param weights weights that the training changes, including statistics */
  constructor(
    private readonly weights: readonly Parameter[],
    private readonly keep: Recipe['keep'],
  ) {
    this.limit = keptEpochs[keep];
  }

  get scores(): EpochScore[] {
    return this.kept.map(({ score }) => score);
  }

  /**
   * Keeps the weights of an epoch if it is among the best.
   * @param validated the weights that were validated, in the order of `weights`
   */
  async offer(score: EpochScore, validated: readonly tf.Variable[]): Promise<void> {
    const place = this.kept.findIndex((other) => isBetter(score, other.score));
    const at = place < 0 ? this.kept.length : place;
    if (at >= this.limit) return;
    const values = await Promise.all(validated.map((variable) => variable.data<'float32'>()));
    // A backend on the processor returns its own memory, which the next step overwrites.
    const own = values.map((value) => value.slice());
    this.kept = this.kept.toSpliced(at, 0, { score, values: own }).slice(0, this.limit);
  }

  /** Returns the tensors for a checkpoint: `kept.<place>.<weight>`, best first. */
  tensors(): WeightsTensor[] {
    return this.kept.flatMap(({ values }, place) =>
      this.weights.map(({ spec, variable }, index): WeightsTensor => ({
        name: nameOf(place, spec.name),
        shape: variable.shape,
        dtype: 'F32',
        data: async () => values[index]!,
      })),
    );
  }

  /** @param read returns the values of a checkpoint's tensor */
  async restore(
    scores: readonly EpochScore[],
    read: (name: string, shape: number[]) => Promise<Float32Array>,
  ): Promise<void> {
    const kept: Kept[] = [];
    for (const [place, score] of scores.entries()) {
      const values: Float32Array[] = [];
      for (const { spec, variable } of this.weights) {
        values.push(await read(nameOf(place, spec.name), variable.shape));
      }
      kept.push({ score, values });
    }
    this.kept = kept;
  }

  /**
   * Replaces the weights by the best ones, or by an average of them. A soup is greedy (arXiv:2203.05482): it starts with the
   * best weights and adds each of the next if the average does not get worse.
   * @returns the epochs that the weights come from, and their score
   */
  async settle(
    evaluate: () => Promise<Evaluation>,
  ): Promise<{ evaluation: Evaluation; keptEpochs: number[] }> {
    const [best, ...others] = this.kept;
    if (!best) throw new Error('No epoch has been kept');
    let chosen = [best];
    let values = best.values;
    this.replaceWeights(values);
    let evaluation = await evaluate();
    for (const other of this.keep === 'soup' ? others : []) {
      const average = averageOf([...chosen, other].map(({ values }) => values));
      this.replaceWeights(average);
      const tried = await evaluate();
      if (isBetter(scoreOf(evaluation), scoreOf(tried))) continue;
      [chosen, values, evaluation] = [[...chosen, other], average, tried];
    }
    this.replaceWeights(values);
    return { evaluation, keptEpochs: chosen.map(({ score }) => score.epoch).sort((a, b) => a - b) };
  }

  private replaceWeights(values: readonly Float32Array[]): void {
    this.weights.forEach(({ variable }, index) =>
      tf.tidy(() => variable.assign(tf.tensor(values[index]!.slice(), variable.shape, 'float32'))),
    );
  }
}

const nameOf = (place: number, weight: string) => `${keptPrefix}${place}.${weight}`;

const scoreOf = ({ top1, loss }: Evaluation) => ({ top1, validationLoss: loss });

/** Returns the mean, weight by weight. */
function averageOf(sets: readonly Float32Array[][]): Float32Array[] {
  return sets[0]!.map((first, index) =>
    first.map((_, at) => sets.reduce((sum, set) => sum + set[index]![at]!, 0) / sets.length),
  );
}
