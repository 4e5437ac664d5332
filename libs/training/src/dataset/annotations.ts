import { DatasetError } from './dataset-error';
import { isImageName } from './image-names';

/** @throws DatasetError when labels are in files beside the images, as in object detection, rather than in folders */
export function refuseAnnotations(paths: readonly string[]): void {
  const texts = new Set(paths.filter((path) => /\.txt$/i.test(path)));
  const yolo = paths.find((path) => isImageName(path) && texts.has(yoloLabelOf(path) ?? ''));
  if (yolo) throw boxLabels('YOLO', yoloLabelOf(yolo)!);
  const coco = paths.find((path) =>
    /(^|\/)(_annotations\.coco|instances_[^/]+)\.json$/i.test(path),
  );
  if (coco) throw boxLabels('COCO', coco);
  const voc = paths.find((path) => /(^|\/)Annotations\/[^/]+\.xml$/.test(path));
  if (voc && paths.some((path) => /(^|\/)JPEGImages\//.test(path))) throw boxLabels('VOC', voc);
}

/** Returns `labels/train/1.txt` for `images/train/1.jpg`. */
function yoloLabelOf(path: string): string | undefined {
  const parts = path.split('/');
  const at = parts.lastIndexOf('images');
  if (at < 0) return undefined;
  parts[at] = 'labels';
  return parts.join('/').replace(/\.[^.]+$/, '.txt');
}

function boxLabels(format: string, where: string): DatasetError {
  return new DatasetError(
    'DETECTION_DATASET',
    `The archive is a dataset for object detection in ${format}'s form: its labels are boxes in files such as ${where}. ` +
      'A classifier learns from one folder of images per class, as in rose/1.jpg',
    [{ where, message: `Labels in ${format}'s form` }],
  );
}
