import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { CredentialKind } from './caller';
import type { Scope } from './scopes';

export const neededScopes = 'neededScopes';
export const identification = 'identification';

/** Declares the scopes of a route: a caller with any of them may use it. Every route must declare its own. */
export function NeedsScope(...anyOf: [Scope, ...Scope[]]): MethodDecorator {
  return applyDecorators(
    SetMetadata(neededScopes, anyOf),
    ...anyOf.map((scope) => ApiSecurity('key', [scope])),
  );
}

/** Lets a route answer without a key. Only for health checks. */
export const OpenToAll = () => SetMetadata(neededScopes, []);

/** How a route's callers identify themselves. */
export interface Identification {
  by: readonly CredentialKind[];
  /** Whether a session's token is enough even for a change. */
  withoutProof?: boolean;
}

/** Declares how a route's callers identify themselves, if not by a key or a session as elsewhere. */
export const Identifies = (how: Identification) => SetMetadata(identification, how);
