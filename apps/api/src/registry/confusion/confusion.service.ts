import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../../platform/errors/invalid-request';
import { ModelRegistry } from '../models/model-registry';
import { type ConfusionQuery, type ModelConfusion, windowLimit } from './confusion.dto';
import { ConfusionRepository } from '../models/confusion-repository';

/** Reports how a version classified its validation images. */
@Injectable()
export class ConfusionService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly store: ConfusionRepository,
  ) {}

  /** @throws DomainError MODEL_NOT_FOUND, VERSION_NOT_FOUND, INVALID_REQUEST for a class that the version does not have */
  async describe(model: string, version: string, query: ConfusionQuery): Promise<ModelConfusion> {
    const { id, labels } = await this.registry.resolveNumber(model, version);
    const outside = query.classes?.find((index) => index >= labels.length);
    if (outside !== undefined) {
      const message = `must be below ${labels.length}, the number of classes, but contains ${outside}`;
      throw invalidRequest([{ where: 'classes', message }]);
    }
    const shown = query.classes ?? (labels.length <= windowLimit ? [...labels.keys()] : null);
    const [images, pairs, recall, counted] = await Promise.all([
      this.store.images(id),
      this.store.pairs(id, query),
      this.store.recall(id, query),
      shown && this.store.among(id, shown),
    ]);
    return {
      classes: labels.length,
      images,
      pairs: pairs.map((pair) => ({
        ...pair,
        actualLabel: labels[pair.actual]!,
        predictedLabel: labels[pair.predicted]!,
      })),
      recall: recall.map((row) => ({
        ...row,
        label: labels[row.class]!,
        recall: row.correct / row.images,
      })),
      matrix: shown && {
        classes: shown,
        labels: shown.map((index) => labels[index]!),
        counts: dense(counted ?? [], shown),
      },
    };
  }
}

function dense(
  entries: readonly { actual: number; predicted: number; count: number }[],
  classes: readonly number[],
): number[][] {
  const place = new Map(classes.map((index, position) => [index, position]));
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  for (const { actual, predicted, count } of entries) {
    counts[place.get(actual)!]![place.get(predicted)!] = count;
  }
  return counts;
}
