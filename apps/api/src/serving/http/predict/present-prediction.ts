import type { PictureAnswer, PicturesAnswer } from './predict.service';
import { topK } from './top-k';
import type { Prediction, PredictQuery } from './predict.dto';

export function presentPrediction(
  { version, answers, batchSizes, decodeMs, queueMs, computeMs }: PicturesAnswer,
  query: PredictQuery,
  totalMs: number,
): Prediction {
  const present = ({ probabilities, embedding }: PictureAnswer) => ({
    predictions: topK(probabilities, version.labels, query.topK).filter(
      ({ probability }) => probability >= query.threshold,
    ),
    ...(embedding ? { embedding: [...embedding] } : {}),
  });
  return {
    model: version.model,
    version: version.version,
    results: answers.map(present),
    batchSizes,
    timings: {
      decode: round(decodeMs),
      queue: round(queueMs),
      inference: round(computeMs),
      total: round(totalMs),
    },
  };
}

/** Milliseconds to a hundredth: more would be noise. */
export function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
