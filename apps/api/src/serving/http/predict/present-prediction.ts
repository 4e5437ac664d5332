import type { ImageAnswer, ImagesAnswer, ImageQuestion } from './predict.service';
import { topK } from './probabilities';
import type { Prediction, PredictQuery } from './predict.dto';

export function presentPrediction(
  answer: ImagesAnswer & { question: ImageQuestion },
  query: PredictQuery,
  totalMs: number,
): Prediction {
  const { version, answers, batchSizes, decodeMs, queueMs, computeMs, question } = answer;
  const present = ({ probabilities, embedding }: ImageAnswer, index: number) => {
    const notes = question.source.notesOf(index);
    return {
      predictions: topK(probabilities, version.labels, query.topK).filter(
        ({ probability }) => probability >= query.threshold,
      ),
      ...(embedding ? { embedding: [...embedding] } : {}),
      ...(notes.length > 0 ? { notes: [...notes] } : {}),
    };
  };
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

/** Rounds milliseconds to two decimals. */
export function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
