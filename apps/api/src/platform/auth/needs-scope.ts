import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { CredentialKind } from './caller';
import type { Scope } from './scopes';

export const neededScopes = 'neededScopes';
export const identification = 'identification';

/** Declares which scopes a route takes: a caller with any of them may use it. Every route declares its own. */
export function NeedsScope(...anyOf: [Scope, ...Scope[]]): MethodDecorator {
  return applyDecorators(
    SetMetadata(neededScopes, anyOf),
    ...anyOf.map((scope) => ApiSecurity('key', [scope])),
  );
}

/** Lets a route answer without a key: for health checks alone. */
export const OpenToAll = () => SetMetadata(neededScopes, []);

/** By what a route's callers identify themselves. */
export interface Identification {
  by: readonly CredentialKind[];
  /** Whether a session's token is enough for a change, too. */
  withoutProof?: boolean;
}

/** Declares how a route's callers identify themselves where that is not, as elsewhere, by a key or a session. */
export const Identifies = (how: Identification) => SetMetadata(identification, how);
