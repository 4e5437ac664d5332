import type { ArtifactFormat } from '../artifact';
import type { Exporter } from './exporter';
import { onnxExporter } from './onnx';
import { safetensorsExporter } from './safetensors';
import { tfjsExporter } from './tfjs';

const exporters: Record<ArtifactFormat, Exporter> = {
  safetensors: safetensorsExporter,
  onnx: onnxExporter,
  tfjs: tfjsExporter,
};

export function exporterOf(format: ArtifactFormat): Exporter {
  return exporters[format];
}

export function contentTypeOf(format: ArtifactFormat): string {
  return exporters[format].contentType;
}
