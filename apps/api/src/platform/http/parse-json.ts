import { DomainError } from '../errors/domain-error';

interface JsonLimits {
  /** Maximum number of lists and objects: each takes tens of bytes more than its text. */
  nestings: number;
  /** Maximum number of values: a number takes four times the memory of its text. */
  values: number;
}

const [list, object, comma] = Buffer.from('[{,');

/**
 * Parses a body that may be large, after checking that the result takes little more memory.
 * @throws DomainError TOO_LARGE, INVALID_JSON
 */
export function parseJson(json: Buffer, limits: JsonLimits): unknown {
  let nestings = 0;
  let values = 0;
  // Characters inside strings count as well; valid large bodies have none there.
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === comma) values++;
    else if (byte === list || byte === object) nestings++;
  }
  if (nestings > limits.nestings) throw tooMany(`${limits.nestings} lists and objects`);
  if (values > limits.values) throw tooMany(`${limits.values} values`);
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    throw new DomainError('INVALID_JSON', 'The body is not valid JSON.');
  }
}

function tooMany(what: string): DomainError {
  return new DomainError('TOO_LARGE', `The JSON contains more than ${what}.`);
}
