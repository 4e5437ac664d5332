/** An unusual property of an image that was accepted anyway. */
export type ImageRemark = 'end missing' | 'fewer bits' | 'cmyk';

/** The remarks as sentences without a full stop. */
export const remarkSentences: Record<ImageRemark, string> = {
  'end missing': 'Taken without the end marker of JPEG',
  'fewer bits': 'Stretched to the whole range, as the values fill only 8 to 14 of 16 bits',
  cmyk: 'Converted from CMYK as for a common printing press, for want of a profile; colours may differ slightly',
};
