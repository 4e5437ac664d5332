import { invalidRequest } from '../../../platform/errors/invalid-request';
import { modelNotFound } from '../../../registry/models/model-registry';
import { type ModelSelector, parseModelReference } from '../../../platform/model-reference';

/**
 * Returns the version that a path of the protocol names: `name` means the latest version, `name@alias` the version that
 * the alias points to, `name:3` and `name/versions/3` version 3.
 * @throws DomainError MODEL_NOT_FOUND, INVALID_REQUEST
 */
export function selectorOf(name: string, version?: string): ModelSelector {
  const selector = parseModelReference(name);
  if (!selector) throw modelNotFound(name);
  if (version === undefined) return selector;
  if (selector.version !== undefined || selector.alias !== undefined) {
    const message = `is given twice, as "${name}" and as "versions/${version}"`;
    throw invalidRequest([{ where: 'version', message }]);
  }
  // Anything that is not a version number counts as not found.
  return { ...selector, version: /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0 };
}
