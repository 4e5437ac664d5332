import { bytesOf, halves } from '../../interpreters/trace/constant-values';
import type { Precision } from '../export-options';
import type { Constant } from '../../interpreters/trace/graph';
import { ScopedNames } from '../../interpreters/trace/scoped-names';
import { type Attributes, type DataType, type NodeDef, shapeOf } from './graph-def';

/** A constant of the graph; its contents are requested once, when they are written. */
export interface StoredConstant {
  name: string;
  shape: readonly number[];
  dtype: 'float32' | 'int32';
  /** Storage type; float16 is converted to float32 when it is read. */
  stored: 'float32' | 'float16' | 'int32';
  /** Returns the values in the storage type, little-endian. */
  bytes(): Promise<Uint8Array>;
}

/** Collects the nodes and constants of a TensorFlow graph and names their results. */
export class GraphBuilder {
  readonly nodes: NodeDef[] = [];
  private readonly names = new ScopedNames();
  private readonly constants = new Map<string, StoredConstant>();

  /** @param precision storage precision of matrices and kernels; vectors are small and stay in single precision */
  constructor(private readonly precision: Precision) {}

  get stored(): StoredConstant[] {
    return [...this.constants.values()];
  }

  /** Sets the scope of the following nodes. */
  enter(scope: string): void {
    this.names.enter(scope);
  }

  /** @returns the name of the node's result; `name:1`, `name:2`, … are further results */
  add(op: string, input: readonly string[], attr: Attributes = {}): string {
    return this.addNamed(this.names.next(op), op, input, { T: { type: 'DT_FLOAT' }, ...attr });
  }

  addNamed(name: string, op: string, input: readonly string[], attr: Attributes): string {
    this.nodes.push({ name, op, input, attr });
    return name;
  }

  /** @returns the name */
  floats(name: string, { shape, values }: Constant): string {
    if (this.precision === 'fp32' || shape.length < 2) {
      const bytes = async () => bytesOf(await values());
      return this.constant({ name, shape, dtype: 'float32', stored: 'float32', bytes });
    }
    const bytes = async () => bytesOf(halves(name, await values()));
    return this.constant({ name, shape, dtype: 'float32', stored: 'float16', bytes });
  }

  /** @returns the name */
  scalar(value: number): string {
    const values = async () => Float32Array.of(value);
    return this.floats(`scalar.${value}`, { shape: [], values });
  }

  /** @returns the name */
  integers(name: string, shape: readonly number[], values: () => Int32Array): string {
    const bytes = async () => bytesOf(values());
    return this.constant({ name, shape, dtype: 'int32', stored: 'int32', bytes });
  }

  /** Adds a short list or a single number. @returns the name */
  list(values: number | readonly number[]): string {
    const all = [values].flat();
    const name = `list.${all.join('x').replaceAll('-', 'minus')}`;
    return typeof values === 'number'
      ? this.integers(`${name}.scalar`, [], () => Int32Array.from(all))
      : this.integers(name, [all.length], () => Int32Array.from(all));
  }

  /** @param sizes without the batch */
  reshape(x: string, sizes: readonly number[]): string {
    return this.add('Reshape', [x, this.list([-1, ...sizes])]);
  }

  private constant(constant: StoredConstant): string {
    const { name, shape, dtype } = constant;
    if (this.constants.has(name)) return name;
    this.constants.set(name, constant);
    const type: DataType = dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32';
    return this.addNamed(name, 'Const', [], {
      dtype: { type },
      value: { tensor: { dtype: type, tensorShape: shapeOf(shape) } },
    });
  }
}
