import {
  attributeType,
  dimensionType,
  entryType,
  graphType,
  modelType,
  nodeType,
  opsetType,
  shapeType,
  tensorType,
  tensorTypeType,
  typeType,
  valueInfoType,
} from '../../onnx/onnx-proto';
import type { ProtoFile, Range } from './proto-file';

/** An input or output of a graph. */
export interface OnnxValue {
  name: string;
  /** As TensorProto.DataType numbers it; undefined where it is no tensor. */
  elementType?: number;
  /** null where a size is not known before the graph runs; undefined where the file says no shape. */
  dims?: (number | null)[];
}

/** What an ONNX file says of itself beside its weights. */
export interface OnnxSummary {
  irVersion: number;
  producer: string;
  /** Of the standard operators. */
  opset?: number;
  metadata: Map<string, string>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  /** Names of the constants. */
  initializers: Set<string>;
  /** How many numbers all weights consist of, whole numbers that are indices left out. */
  parameters: number;
  /** Of nodes that only pass on what they are given, or make probabilities of it: their operator and input by output. */
  lastSteps: Map<string, { operator: string; input: string }>;
}

/** Floats, and the small integers of quantized weights: float, uint8, int8, float16, double, bfloat16. */
const weightTypes: readonly number[] = [1, 2, 3, 10, 11, 16];
const passing: readonly string[] = ['Softmax', 'Identity', 'Cast'];
const standardDomains: readonly string[] = ['', 'ai.onnx'];

/**
 * Reads an ONNX file but for its weights.
 * @throws RangeError when it is malformed, or uses what a classifier needs not and a server must not run: operators of
 *   other domains, functions of its own, graphs within graphs, data in other files
 */
export async function summarize(file: ProtoFile): Promise<OnnxSummary> {
  const summary: OnnxSummary = {
    ...{ irVersion: 0, producer: '', metadata: new Map() },
    ...{ inputs: [], outputs: [], initializers: new Set(), parameters: 0, lastSteps: new Map() },
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
    metadataProps: (field) => readEntry(file, field.range(), summary),
    functions: () => refuse('it has functions of its own'),
    graph: (field) => {
      if (graph) throw new RangeError('it holds two graphs');
      graph = field.range();
    },
  });
  if (!graph) throw new RangeError('it holds no graph');
  await file.walk(graphType, graph, {
    node: (field) => readNode(file, field.range(), summary),
    initializer: (field) => readTensor(file, field.range(), summary),
    input: async (field) => void summary.inputs.push(await readValue(file, field.range())),
    output: async (field) => void summary.outputs.push(await readValue(file, field.range())),
    sparseInitializer: () => refuse('it has sparse weights'),
  });
  return summary;
}

function refuse(reason: string): never {
  throw new RangeError(`${reason}, which are not run here`);
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
  if (standardDomains.includes(domain)) summary.opset = version;
}

async function readEntry(file: ProtoFile, range: Range, { metadata }: OnnxSummary): Promise<void> {
  let [key, value] = ['', ''];
  await file.walk(entryType, range, {
    key: async (field) => {
      key = await field.text();
    },
    value: async (field) => {
      value = await field.text();
    },
  });
  metadata.set(key, value);
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
    attribute: (field) => readAttribute(file, field.range(), summary),
  });
  if (!standardDomains.includes(domain)) {
    throw new RangeError(
      `its operator ${operator} is of the domain "${domain}"; only ONNX's own operators are run here`,
    );
  }
  if (passing.includes(operator) && inputs.length > 0) {
    summary.lastSteps.set(outputs[0], { operator, input: inputs[0] });
  }
}

async function readAttribute(file: ProtoFile, range: Range, summary: OnnxSummary): Promise<void> {
  const graphs = () => refuse('it has graphs within its graph');
  const sparse = () => refuse('it has sparse weights');
  const tensor = { ...summary, initializers: new Set<string>() };
  await file.walk(attributeType, range, {
    t: (field) => readTensor(file, field.range(), tensor),
    tensors: (field) => readTensor(file, field.range(), tensor),
    ...{ g: graphs, graphs, sparseTensor: sparse, sparseTensors: sparse },
  });
  summary.parameters = tensor.parameters;
}

async function readTensor(
  file: ProtoFile,
  range: Range,
  summary: Pick<OnnxSummary, 'initializers' | 'parameters'>,
): Promise<void> {
  let [name, dataType, size] = ['', 0, 1];
  const external = () => {
    throw new RangeError('it keeps weights in other files; they must be in the file itself');
  };
  await file.walk(tensorType, range, {
    name: async (field) => {
      name = await field.text();
    },
    dataType: (field) => {
      dataType = field.integer();
    },
    dims: async (field) => {
      for (const side of await field.integers()) {
        if (side < 0) throw new RangeError(`the constant "${name}" has a side of ${side}`);
        size *= side;
      }
    },
    externalData: external,
    dataLocation: (field) => {
      if (field.integer() !== 0) external();
    },
  });
  summary.initializers.add(name);
  if (weightTypes.includes(dataType)) summary.parameters += size;
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
      // Some write −1 for what is not known.
      dims.push(size !== null && size < 0 ? null : size);
    },
  });
  return dims;
}
