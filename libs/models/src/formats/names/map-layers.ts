import type { Architecture } from '../../architecture';
import { torchShape, toTorch } from '../../classifier/layout';
import { cost } from '../../cost/cost';
import type { TensorSpec } from '../../net/tensor-spec';
import { fail } from '../../weights/fail';
import { mapTensors, type TensorMapping } from '../map-tensors';
import type { NamedTensors } from '../weights-format';
import { variableNames } from './layer-names';
import type { NameTable } from './name-table';

/**
 * Gives tensors that Keras code has named and laid out the network's names and layouts. What no table knows stays
 * under its own name, so that it can be reported.
 * @param tables of which the one that knows most of the file's names is taken
 * @throws RangeError when the network is none that such files are of
 */
export function mapLayers(
  file: NamedTensors,
  architecture: Architecture,
  tables: readonly NameTable[],
): ReturnType<typeof mapTensors> {
  // Names don't depend on the classes.
  const { tensors } = cost(architecture, { imageSize: architecture.trainImageSize, classes: 1 });
  const mapped = tables.map((table) => mapWith(table, file, tensors));
  const [best] = mapped.sort((a, b) => b.known - a.known);
  if (!best.complete) {
    fail(
      `such files hold an EfficientNetV2 as released (B0 to B3, S to XL), not ${architecture.title}`,
    );
  }
  return mapTensors(file, best.mappings, (name) => best.variables.get(name));
}

function mapWith(table: NameTable, file: NamedTensors, specs: readonly TensorSpec[]) {
  const variables = variableNames(specs, table.layers);
  const inFile = namesInFile(table, file);
  const mappings = new Map<string, TensorMapping>();
  for (const spec of specs) {
    const variable = variables.get(spec.name);
    const from = variable && inFile.get(variable);
    if (!from) continue;
    inFile.delete(variable);
    const shape = torchShape(spec.layout, file.tensors.get(from)!.shape);
    const { layout } = spec;
    mappings.set(spec.name, {
      from,
      shape,
      convert: (values) => toTorch({ layout, shape }, values),
    });
  }
  const known = mappings.size;
  for (const from of inFile.values())
    mappings.set(from, { from, shape: file.tensors.get(from)!.shape });
  const complete = specs.every(({ name, role }) => role === 'counter' || variables.has(name));
  return { variables, mappings, known, complete };
}

/** What holds which variable: its moving average where there is one. */
function namesInFile(table: NameTable, { tensors }: NamedTensors): Map<string, string> {
  const variables = new Map<string, string>();
  const averages = new Map<string, string>();
  for (const name of tensors.keys()) {
    const read = table.read(name);
    if (!read) continue;
    const names = read.average ? averages : variables;
    // Two of one variable: the second is reported under its own name.
    names.set(names.has(read.variable) ? name : read.variable, name);
  }
  return new Map([...variables, ...averages]);
}
