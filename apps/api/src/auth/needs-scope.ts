import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { CredentialKind } from './caller';
import type { Scope } from './scopes';

export const neededScopes = 'neededScopes';
export const acceptedCredentials = 'acceptedCredentials';

/** Declares which scopes a route takes: a caller with any of them may use it. Every route declares its own. */
export function NeedsScope(...anyOf: [Scope, ...Scope[]]): MethodDecorator {
  return applyDecorators(
    SetMetadata(neededScopes, anyOf),
    ...anyOf.map((scope) => ApiSecurity('key', [scope])),
  );
}

/** Lets a route answer without a key: for health checks alone. */
export const OpenToAll = () => SetMetadata(neededScopes, []);

/** Declares by what a caller may identify itself where that is not, as elsewhere, a key or a session. */
export const AcceptsCredentials = (...kinds: CredentialKind[]) =>
  SetMetadata(acceptedCredentials, kinds);
