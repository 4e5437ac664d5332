import type { Architecture } from '../../architectures/architecture';
import { ScopedNet } from '../../net/scoped-net';
import { readFitting } from '../../weights/read-fitting';
import type { WeightsSource } from '../../weights/weights-source';
import { fold } from './fold';
import type { GraphNode } from './graph';
import { GraphOperations } from './graph-operations';

/** A network's computation, from images [batch, imageSize, imageSize, 3] to logits [batch, classes]. */
interface NetworkGraph {
  images: GraphNode;
  /** Input of the classifier: [batch, features]. */
  features: GraphNode;
  logits: GraphNode;
  /** All nodes except the images, in an order of computation. */
  nodes: readonly GraphNode[];
}

/** Records a network's computation with batch norms folded, without reading weights yet. */
export function traceNetwork(
  architecture: Architecture,
  weights: WeightsSource,
  { classes, imageSize }: { classes: number; imageSize: number },
): NetworkGraph {
  const operations = new GraphOperations((spec) => readFitting(weights, spec));
  const images = operations.input([NaN, imageSize, imageSize, 3]);
  const net = new ScopedNet(operations, architecture.headScope);
  const features = architecture.features<GraphNode>(net, images);
  const logits = architecture.head<GraphNode>(net, features, { classes });
  return {
    images,
    features,
    logits,
    nodes: fold(operations.nodes).filter((node) => node !== images),
  };
}
