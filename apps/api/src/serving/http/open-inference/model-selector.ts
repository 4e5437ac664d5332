import { invalidRequest } from '../../../platform/errors/invalid-request';
import { modelNotFound } from '../../../registry/models/model-registry';
import { type ModelSelector, parseModelReference } from '../../../platform/model-reference';

/**
 * What a path of the protocol names: `name` is the latest version, `name@alias` what the alias points to, `name:3` and
 * `name/versions/3` that version.
 * @throws DomainError MODEL_NOT_FOUND, INVALID_REQUEST
 */
export function selectorOf(name: string, version?: string): ModelSelector {
  const selector = parseModelReference(name);
  if (!selector) throw modelNotFound(name);
  if (version === undefined) return selector;
  if (selector.version !== undefined || selector.alias !== undefined) {
    const message = `is given twice, by "${name}" and by "versions/${version}"`;
    throw invalidRequest([{ where: 'version', message }]);
  }
  // Anything that is not a version number counts as not found.
  return { ...selector, version: /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0 };
}
