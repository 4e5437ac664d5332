import type { Constants } from './constants';
import type { Attributes, OnnxNode } from './onnx-proto';

/** Collects the nodes of an ONNX graph and names what they make. */
export class Emitter {
  readonly nodes: OnnxNode[] = [];
  private readonly names = new Map<string, number>();
  private scope = '';

  constructor(readonly constants: Constants) {}

  /** Puts what is emitted from now on under a name. */
  enter(scope: string): void {
    this.scope = scope;
  }

  /** @returns the name of the node's result */
  emit(operator: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.emitSeveral(1, operator, inputs, attributes)[0];
  }

  /** @returns the names of the node's results */
  emitSeveral(
    count: number,
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): string[] {
    const name = this.unique(this.scope ? `${this.scope}/${operator}` : operator);
    const outputs = Array.from({ length: count }, (_, index) =>
      count === 1 ? `${name}.output` : `${name}.output.${index}`,
    );
    this.nodes.push({ name, operator, inputs, outputs, attributes });
    return outputs;
  }

  /** Gives the result of the last node another name. */
  renameLast(name: string): void {
    this.nodes.at(-1)!.outputs = [name];
  }

  reshape(x: string, sizes: readonly number[]): string {
    return this.emit('Reshape', [x, this.constants.shape(sizes)]);
  }

  private unique(name: string): string {
    const count = (this.names.get(name) ?? 0) + 1;
    this.names.set(name, count);
    return count === 1 ? name : `${name}.${count}`;
  }
}
