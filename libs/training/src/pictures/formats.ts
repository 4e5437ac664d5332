/**
 * What is accepted as a picture. Formats that may refer to other resources (SVG, PDF) are not among them, so nothing
 * is ever fetched on behalf of a picture.
 */
export const pictureFormats = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const;

export type PictureFormat = (typeof pictureFormats)[number];
