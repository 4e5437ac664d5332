import { ScopedNames } from '../../interpreters/trace/scoped-names';
import type { Constants } from './constants';
import type { Attributes, OnnxNode } from './onnx-proto';

/** Collects the nodes of an ONNX graph and names their results. */
export class Emitter {
  readonly nodes: OnnxNode[] = [];
  private readonly names = new ScopedNames();

  constructor(readonly constants: Constants) {}

  /** Sets the scope of the following nodes. */
  enter(scope: string): void {
    this.names.enter(scope);
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
    const name = this.names.next(operator);
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
}
