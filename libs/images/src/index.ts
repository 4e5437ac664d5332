export {
  checkPicture,
  decodePicture,
  type PictureHeader,
  type PictureRemark,
  type Pixels,
  readPictureHeader,
  renderThumbnail,
} from './decode/decode';
export { nameForeignFormat } from './decode/foreign-formats';
export {
  type PictureFormat,
  pictureFormatNames,
  pictureFormats,
  sniffFormat,
} from './decode/formats';
export { PictureError } from './image-error';
export { defaultMaxPixels } from './limits';
export { centreCrop, type Crop, normaliseCrop, type PictureLayout, preprocess } from './preprocess';
export type { Preprocessing } from './preprocessing';
export { resizePicture } from './resize/resize';
