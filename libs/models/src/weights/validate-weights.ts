import type { Architecture } from '../architecture';
import type { WeightsSource } from './weights-source';
export declare function validateWeights(
  source: WeightsSource,
  architecture: Architecture,
  classes: number,
): void;
