import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { DomainError } from '../errors/domain-error';
import { AuditLog } from './audit/audit-log';
import { Authenticator, isSafe } from './authenticator';
import { type Caller, rememberCaller } from './caller';
import { bearerKey } from './credentials';
import { type Identification, identification, neededScopes } from './needs-scope';
import { grants, type Scope } from './scopes';

/** Requires a caller with one of the scopes that the route declares; a route without declared scopes is refused. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly reflector: Reflector,
    private readonly audit: AuditLog,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    const needed = this.reflector.getAllAndOverride<readonly Scope[] | undefined>(
      neededScopes,
      places,
    );
    if (!needed) {
      throw new DomainError('FORBIDDEN', 'This route declares no scope, so no key may use it.');
    }
    if (needed.length === 0) return true;
    const how = this.reflector.getAllAndOverride<Identification | undefined>(
      identification,
      places,
    );
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (mayChange(request, needed)) this.audit.watch(request, http.getResponse<Response>());
    const secret = bearerKey(request.headers.authorization);
    const caller = await this.authenticator.authenticate(request, secret, how);
    rememberCaller(request, caller);
    checkScope(caller, needed);
    return true;
  }
}

/** Returns whether the request may change anything. Predictions and the Open Inference Protocol's queries by POST do not. */
function mayChange({ method }: Request, needed: readonly Scope[]): boolean {
  return !isSafe(method) && needed.some((scope) => scope === 'train' || scope === 'admin');
}

/** @throws DomainError FORBIDDEN, naming the needed scope and the key */
export function checkScope({ key }: Caller, needed: readonly Scope[]): void {
  if (grants(key.scopes, needed)) return;
  throw new DomainError(
    'FORBIDDEN',
    `This needs the scope ${needed.join(' or ')}; the key "${key.name}" has ${key.scopes.join(', ')}.`,
  );
}
