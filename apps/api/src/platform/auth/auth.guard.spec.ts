import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { expect, it } from 'vitest';
import type { AuditLog } from './audit/audit-log';
import { AuthGuard } from './auth.guard';
import type { Authenticator } from './authenticator';
import { NeedsScope, OpenToAll } from './needs-scope';

class VersionRouter {
  declaresNothing() {}

  @NeedsScope('read')
  readOnly() {}

  @OpenToAll()
  open() {}
}

const authenticator = {
  authenticate: () =>
    Promise.resolve({ kind: 'key', key: { id: '1', name: 'frontend', scopes: ['predict'] } }),
} as unknown as Authenticator;

// Reads are not recorded.
const audit = undefined as unknown as AuditLog;

const ask = (route: keyof VersionRouter) =>
  new AuthGuard(authenticator, new Reflector(), audit).canActivate({
    getHandler: () => VersionRouter.prototype[route],
    getClass: () => VersionRouter,
    switchToHttp: () => ({ getRequest: () => ({ method: 'GET', headers: {} }) }),
  } as unknown as ExecutionContext);

it('refuses a route that declares no scope', async () => {
  await expect(ask('declaresNothing')).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

it('names the scope that is needed and the key that lacks it', async () => {
  await expect(ask('readOnly')).rejects.toThrow(
    'This needs the scope read; the key "frontend" has predict.',
  );
  expect(await ask('open')).toBe(true);
});
