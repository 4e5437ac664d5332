import '@tensorflow/tfjs-backend-cpu';
import { findBackend, getKernel, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { registerShared } from '../define-kernel';
import { TorchBackend } from '../torch-backend';

/**
 * Rarely used kernels without a counterpart in ATen. TensorFlow.js's reference engine computes them on values that are read
 * from the device and written back to it.
 */
const hostKernels = [
  'Bincount',
  'BroadcastArgs',
  'CropAndResize',
  'DenseBincount',
  'Dilation2D',
  'Dilation2DBackpropFilter',
  'Dilation2DBackpropInput',
  'LRN',
  'LRNGrad',
  'MaxPoolWithArgmax',
  'Multinomial',
  'NonMaxSuppressionV3',
  'NonMaxSuppressionV4',
  'NonMaxSuppressionV5',
  'RaggedGather',
  'RaggedRange',
  'RaggedTensorToTensor',
  'RotateWithOffset',
  'SearchSorted',
  'SparseFillEmptyRows',
  'SparseReshape',
  'SparseSegmentMean',
  'SparseSegmentSum',
  'StaticRegexReplace',
  'StringNGrams',
  'StringSplit',
  'StringToHashBucketFast',
  'Transform',
  'Unique',
];

function onto(target: KernelBackend, source: KernelBackend, info: TensorInfo): TensorInfo {
  const { dataId, shape, dtype } = info;
  return { dataId: target.write(source.readSync(dataId), shape, dtype), shape, dtype };
}

export function registerHost(): void {
  for (const name of hostKernels) {
    registerShared(name, (inputs, attrs, torch: TorchBackend) => {
      const host = findBackend('cpu');
      const copies: TensorInfo[] = [];
      const copy = (info: TensorInfo) => {
        const copied = onto(host, torch, info);
        copies.push(copied);
        // Some of these kernels expect tensors rather than tensor infos.
        return { ...copied, rank: info.shape.length };
      };
      // An input may be a list of tensors.
      const copied = Object.entries(inputs).map(([key, info]) => [
        key,
        Array.isArray(info) ? info.map(copy) : copy(info),
      ]);
      try {
        const results = getKernel(name, 'cpu').kernelFunc({
          inputs: Object.fromEntries(copied),
          attrs,
          backend: host,
        });
        const outputs = [results].flat().map((info) => {
          const output = onto(torch, host, info);
          host.disposeData(info.dataId);
          return output;
        });
        return Array.isArray(results) ? outputs : outputs[0]!;
      } finally {
        for (const { dataId } of copies) host.disposeData(dataId);
      }
    });
  }
}
