import type { ExportFormat } from '../export-record';
import type { Exporter } from './exporter';
import { onnxExporter } from './onnx';
import { safetensorsExporter } from './safetensors';
import { tfjsExporter } from './tfjs';

const exporters: Record<ExportFormat, Exporter> = {
  safetensors: safetensorsExporter,
  onnx: onnxExporter,
  tfjs: tfjsExporter,
};

export function exporterOf(format: ExportFormat): Exporter {
  return exporters[format];
}

export function contentTypeOf(format: ExportFormat): string {
  return exporters[format].contentType;
}
