export {
  checkImage,
  decodeImage,
  type ImageHeader,
  type ImageRemark,
  type Pixels,
  readImageHeader,
  renderThumbnail,
} from './decode/decode';
export { nameForeignFormat } from './decode/foreign-formats';
export { type ImageFormat, imageFormatNames, imageFormats, sniffFormat } from './decode/formats';
export { ImageError } from './image-error';
export { defaultMaxPixels } from './limits';
export { centreCrop, type Crop, normaliseCrop, type ImageLayout, preprocess } from './preprocess';
export type { Preprocessing } from './preprocessing';
export { resizeImage } from './resize/resize';
