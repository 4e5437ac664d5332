import { isIP } from 'node:net';
import { z } from 'zod';
import { type ModelSelector, parseModelReference } from './platform/model-reference';

export const mebibyte = 1024 ** 2;
export const gibibyte = 1024 ** 3;

export const anyWholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine(
      (value) => value >= minimum && value <= maximum,
      `must be from ${minimum} to ${maximum}`,
    );

export const wholeNumber = (fallback: number, minimum: number, maximum: number) =>
  anyWholeNumber(minimum, maximum).default(fallback);

export const positive = (fallback: number) => wholeNumber(fallback, 1, Number.MAX_SAFE_INTEGER);

export const urlWithProtocol = (example: string, protocols: string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL like ${example}`,
    );

export const httpUrl = (example: string) => urlWithProtocol(example, ['http:', 'https:']);

const proxyNames = ['loopback', 'linklocal', 'uniquelocal'];

/** Reads addresses of proxies as Express does: `loopback, 10.0.0.0/8`. */
export function proxyAddresses(text: string, context: z.RefinementCtx): string[] {
  const words = text.split(/[\s,]+/).filter((word) => word);
  for (const word of words) {
    const [address = '', bits, ...rest] = word.split('/');
    const version = isIP(address);
    const fits =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
    if (proxyNames.includes(word) || (version > 0 && fits && rest.length === 0)) continue;
    const message = `must list addresses, networks such as 10.0.0.0/8, or ${proxyNames.join(', ')}`;
    context.addIssue({ code: 'custom', message });
  }
  return words;
}

/** Reads references like `flowers@production, pets:3`. */
export function modelReferences(text: string, context: z.RefinementCtx): ModelSelector[] {
  const words = text.split(/[\s,]+/).filter((word) => word);
  return words.map((word) => {
    const reference = parseModelReference(word);
    if (!reference) {
      const message = 'must name models: name, name:version or name@alias, with commas between';
      context.addIssue({ code: 'custom', message });
    }
    return reference ?? { model: word };
  });
}
