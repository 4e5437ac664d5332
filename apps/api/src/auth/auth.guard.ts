import { CanActivate, ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { DomainError } from '../errors/domain-error';
import { ApiKeys } from './api-keys';
import { bearerKey } from './credentials';

const openToAll = 'openToAll';

/** Lets a route answer without a key. */
export const OpenToAll = () => SetMetadata(openToAll, true);

/** Every route needs a key unless it says otherwise. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(openToAll, places)) return true;
    const request = context.switchToHttp().getRequest<Request>();
    const key = bearerKey(request.headers.authorization);
    if (key && (await this.keys.accepts(key))) return true;
    throw new DomainError(
      'UNAUTHORIZED',
      key ? 'This key is not valid.' : 'A key is needed: send it as "Authorization: Bearer <key>".',
    );
  }
}
