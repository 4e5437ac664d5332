import { DomainError } from '../../platform/errors/domain-error';
import type { VersionSelector } from './model';

export function modelNotFound(name: string): DomainError {
  return new DomainError('MODEL_NOT_FOUND', `There is no model "${name}".`);
}

export function versionNotFound(model: string, { version, alias }: VersionSelector): DomainError {
  if (alias !== undefined) return aliasNotFound(model, alias);
  const what = version === undefined ? 'any version yet' : `a version ${version}`;
  return new DomainError('VERSION_NOT_FOUND', `Model "${model}" does not have ${what}.`);
}

export function aliasNotFound(model: string, alias: string): DomainError {
  return new DomainError('ALIAS_NOT_FOUND', `Model "${model}" has no alias "${alias}".`);
}
