/**
 * Layout of a parameter, here (PyTorch's) and in TensorFlow:
 * - `conv`: [out, in, height, width] ↔ [height, width, in, out]
 * - `depthwise`: [channels, 1, height, width] ↔ [height, width, channels, 1]
 * - `dense`: [out, in] ↔ [in, out]
 * - `same`: no difference
 */
export type Layout = 'conv' | 'depthwise' | 'dense' | 'same';

/** Initial values of a tensor. Standard deviations and bounds are final numbers. */
export type Initializer =
  | { kind: 'constant'; value: number }
  | { kind: 'normal'; deviation: number }
  | { kind: 'uniform'; bound: number };

/** One tensor of an architecture's weights. */
export interface TensorSpec {
  /** timm's state-dict name. */
  name: string;
  /** Shape in PyTorch's layout. */
  shape: readonly number[];
  /** `parameter`: trained; `statistic`: a batch norm's running mean or variance; `counter`: int64, its number of batches. */
  role: 'parameter' | 'statistic' | 'counter';
  layout: Layout;
  /** Whether weight decay applies; not for biases, norms and position tables. */
  decay: boolean;
  /** Whether it belongs to the classifier head. */
  head: boolean;
  initializer: Initializer;
  /** For a relative position table [(2·height−1)·(2·width−1), heads]: the grid it covers. */
  grid?: readonly [height: number, width: number];
}
