import { loadConfig } from '../config';
import { createExecutor } from '../serving/engines/create-executor';
import type { MeasuringReply, MeasuringRequest } from './measure-version';
import { timeNetwork } from './time-network';

/** Measures one version and ends; a separate process shows how much memory the network takes. */
async function measure({ model, batchSizes, seconds }: MeasuringRequest): Promise<void> {
  const config = loadConfig(process.env);
  const executor = createExecutor(config);
  const before = process.memoryUsage.rss();
  const loaded = await executor.load(model, { maxBatch: Math.max(...batchSizes) });
  const chosen = loaded.candidates.find((candidate) => candidate.chosen);
  if (chosen && loaded.candidates.length > 1) {
    // Memory of the other executors is not fully released, so the measurement starts in a new process.
    const onnx = chosen.executor.startsWith('ONNX Runtime');
    await reply({ type: 'choice', executor: onnx ? 'onnxruntime' : 'tfjs' });
    return;
  }
  const { imageSize } = model.preprocessing;
  // Small batches first, as the memory of a large one would count for all later ones.
  for (const batchSize of [...batchSizes].sort((a, b) => a - b)) {
    // A single image measures latency, batches measure throughput.
    const instances = batchSize === 1 ? 1 : loaded.instances;
    let peak = process.memoryUsage.rss();
    const onRun = () => (peak = Math.max(peak, process.memoryUsage.rss()));
    const timing = await timeNetwork(loaded, { imageSize, batchSize, instances, seconds, onRun });
    const memoryBytes = Math.max(0, peak - before);
    const { executor } = loaded;
    const measured = { ...timing, executor, batchSize, instances, memoryBytes };
    await reply({ type: 'measured', measured });
  }
  await reply({ type: 'done' });
}

function reply(message: MeasuringReply): Promise<void> {
  return new Promise((sent) => process.send!(message, () => sent()));
}

process.once('message', (request: MeasuringRequest) => {
  measure(request)
    .catch((error: Error) => reply({ type: 'failed', reason: error.message }))
    .finally(() => process.exit());
});
// The worker has exited, and nothing else reads the result.
process.once('disconnect', () => process.exit());
