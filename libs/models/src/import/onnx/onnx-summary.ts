import {
  attributeType,
  dimensionType,
  graphType,
  modelType,
  nodeType,
  opsetType,
  shapeType,
  tensorTypeType,
  typeType,
  valueInfoType,
} from '../../export/onnx/onnx-proto';
import { shown } from '../../weights/fail';
import { isRunnable, isStandard, runtimeDomain } from './operators';
import type { ProtoFile, Range } from './proto-file';
import { readEntry, readTensor, type TensorSummary } from './read-tensor';

/** An input or output of a graph. */
export interface OnnxValue {
  name: string;
  /** Number of TensorProto.DataType; undefined if it is not a tensor. */
  elementType?: number;
  /** null for sizes that are unknown before the graph runs; undefined if the file has no shape. */
  dims?: (number | null)[];
}

/** The contents of an ONNX file without its weights. */
export interface OnnxSummary extends TensorSummary {
  irVersion: number;
  producer: string;
  /** Version of the standard operators. */
  opset?: number;
  metadata: Map<string, string>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  /** Nodes that pass on their input or turn it into probabilities: operator and input by output. */
  lastSteps: Map<string, { operator: string; input: string }>;
  /** Nodes that shift or scale their input: operator, inputs and output, in the graph's order. */
  affineSteps: { operator: string; inputs: string[]; output: string }[];
  /** The graph's contents in the file. */
  graph: Range;
  outputFields: Range[];
  /** The whole field of the graph in the file. */
  graphField: Range;
}

const passing: readonly string[] = ['Softmax', 'Sigmoid', 'Identity', 'Cast'];
/** Operators that may precede the first layer: shifts and scales, transpositions and conversions. */
const affine: readonly string[] = ['Mul', 'Div', 'Sub', 'Add', 'Cast', 'Identity', 'Transpose'];
const maxAffineSteps = 10_000;
/**
 * Reads an ONNX file without its weights.
 * @throws RangeError when it is malformed, or uses features that a classifier does not need and a server must not run:
 *   operators of other domains, custom functions, nested graphs
 */
export async function summarize(file: ProtoFile): Promise<OnnxSummary> {
  const summary: OnnxSummary = {
    irVersion: 0,
    producer: '',
    metadata: new Map(),
    inputs: [],
    outputs: [],
    initializers: new Set(),
    parameters: 0,
    lastSteps: new Map(),
    affineSteps: [],
    constants: new Map(),
    external: [],
    outputFields: [],
    graph: { begin: 0, end: 0 },
    graphField: { begin: 0, end: 0 },
  };
  let graph: Range | undefined;
  await file.walk(modelType, file.all, {
    irVersion: (field) => {
      summary.irVersion = field.integer();
    },
    producerName: async (field) => {
      summary.producer = await field.text();
    },
    opsetImport: (field) => readOpset(file, field.range(), summary),
    metadataProps: (field) => readEntry(file, field.range(), summary.metadata),
    functions: () => refuse('it has custom functions'),
    graph: (field) => {
      if (graph) throw new RangeError('it contains two graphs');
      graph = field.range();
      summary.graphField = field.whole;
    },
  });
  if (!graph) throw new RangeError('it contains no graph');
  summary.graph = graph;
  await file.walk(graphType, graph, {
    node: (field) => readNode(file, field.range(), summary),
    initializer: (field) => readTensor(file, field.range(), summary, field.whole),
    input: async (field) => void summary.inputs.push(await readValue(file, field.range())),
    output: async (field) => {
      summary.outputs.push(await readValue(file, field.range()));
      summary.outputFields.push(field.whole);
    },
    sparseInitializer: () => refuse('it has sparse weights'),
  });
  return summary;
}

function refuse(reason: string): never {
  throw new RangeError(`${reason}, which are not supported`);
}

async function readOpset(file: ProtoFile, range: Range, summary: OnnxSummary): Promise<void> {
  let [domain, version] = ['', 0];
  await file.walk(opsetType, range, {
    domain: async (field) => {
      domain = await field.text();
    },
    version: (field) => {
      version = field.integer();
    },
  });
  if (isStandard(domain)) summary.opset = version;
}

async function readNode(file: ProtoFile, range: Range, summary: OnnxSummary): Promise<void> {
  let [operator, domain] = ['', ''];
  const [inputs, outputs]: string[][] = [[], []];
  await file.walk(nodeType, range, {
    input: async (field) => void inputs.push(await field.text()),
    output: async (field) => void outputs.push(await field.text()),
    opType: async (field) => {
      operator = await field.text();
    },
    domain: async (field) => {
      domain = await field.text();
    },
    attribute: (field) => readAttribute(file, field.range(), summary, outputs),
  });
  if (!isRunnable(operator, domain)) {
    throw new RangeError(
      `its operator ${shown(operator)} is of the domain "${shown(domain)}"; only ONNX's own operators are supported, and those of ${runtimeDomain} that quantization adds`,
    );
  }
  if (affine.includes(operator) && summary.affineSteps.length < maxAffineSteps) {
    summary.affineSteps.push({ operator, inputs, output: outputs[0] });
  }
  if (passing.includes(operator) && inputs.length > 0) {
    summary.lastSteps.set(outputs[0], { operator, input: inputs[0] });
  }
}

async function readAttribute(
  file: ProtoFile,
  range: Range,
  summary: OnnxSummary,
  outputs: readonly string[],
): Promise<void> {
  const graphs = () => refuse('it has nested graphs');
  const sparse = () => refuse('it has sparse weights');
  // A node's constant has the name of the node's output.
  const constants = new Map<string, readonly number[]>();
  const tensor = { ...summary, initializers: new Set<string>(), constants };
  await file.walk(attributeType, range, {
    t: (field) => readTensor(file, field.range(), tensor),
    tensors: (field) => readTensor(file, field.range(), tensor),
    g: graphs,
    graphs,
    sparseTensor: sparse,
    sparseTensors: sparse,
  });
  summary.parameters = tensor.parameters;
  const [values] = constants.values();
  if (values && outputs.length > 0) summary.constants.set(outputs[0], values);
}

async function readValue(file: ProtoFile, range: Range): Promise<OnnxValue> {
  const value: OnnxValue = { name: '' };
  await file.walk(valueInfoType, range, {
    name: async (field) => {
      value.name = await field.text();
    },
    type: (field) =>
      file.walk(typeType, field.range(), {
        tensorType: (field) =>
          file.walk(tensorTypeType, field.range(), {
            elemType: (field) => {
              value.elementType = field.integer();
            },
            shape: async (field) => {
              if (value.dims) throw new RangeError(`"${value.name}" has two shapes`);
              value.dims = await readDims(file, field.range());
            },
          }),
      }),
  });
  return value;
}

async function readDims(file: ProtoFile, range: Range): Promise<(number | null)[]> {
  const dims: (number | null)[] = [];
  await file.walk(shapeType, range, {
    dim: async (field) => {
      let size: number | null = null;
      await file.walk(dimensionType, field.range(), {
        dimValue: (field) => {
          size = field.integer();
        },
        dimParam: () => {
          size = null;
        },
      });
      // Some programs write −1 for unknown sizes.
      dims.push(size !== null && size < 0 ? null : size);
    },
  });
  return dims;
}
