export { normalise } from './normalise';
export { resampleColumns, resampleRows } from './resample';
