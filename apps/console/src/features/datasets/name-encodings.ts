import type { NameEncoding } from '@/api/types';

/** Encodings of the names in an archive, by where older archivers use them. */
const labels: Record<NameEncoding, string> = {
  'utf-8': 'UTF-8',
  cp437: 'CP437 (DOS, USA)',
  cp850: 'CP850 (DOS, Western Europe)',
  cp852: 'CP852 (DOS, Central Europe)',
  cp866: 'CP866 (DOS, Cyrillic)',
  'windows-1250': 'Windows-1250 (Central Europe)',
  'windows-1251': 'Windows-1251 (Cyrillic)',
  'windows-1252': 'Windows-1252 (Western Europe)',
  shift_jis: 'Shift-JIS (Japanese)',
  gb18030: 'GBK, GB18030 (Chinese)',
  big5: 'Big5 (Chinese, traditional)',
  'euc-kr': 'EUC-KR (Korean)',
};

export const nameEncodings = Object.entries(labels).map(([value, label]) => ({ value, label }));
