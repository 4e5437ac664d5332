import type { WeightsSource, WeightsTensor, TensorType } from './weights-source';

/** An open safetensors file; its header has been checked whole. */
export interface SafetensorsFile extends WeightsSource {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<
    string,
    { dtype: TensorType; shape: readonly number[]; begin: number; end: number }
  >;
  close(): Promise<void>;
}
export declare function openSafetensors(path: string): Promise<SafetensorsFile>;
export declare function writeSafetensors(
  path: string,
  tensors: Iterable<WeightsTensor>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void>;
