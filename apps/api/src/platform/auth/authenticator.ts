import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { timingSafeEqual } from 'node:crypto';
import { DomainError } from '../errors/domain-error';
import { Metrics } from '../observability/metrics';
import { AuditLog } from './audit/audit-log';
import { type Caller, addressOf } from './caller';
import { hashOf } from './credentials';
import { type Credential, KnownCredentials } from './known-credentials';
import { LastUse } from './last-use';
import type { Identification } from './needs-scope';
import { WrongKeys } from './wrong-keys';

/** Header that a browser's session must send, besides its cookie, to change anything. */
const proofHeader = 'x-coatrack-proof';

/** Returns whether requests of a method change nothing. */
export function isSafe(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method);
}

/** Digits of a wrong key's SHA-256 in the log: enough to recognise a key one has, too few to search for it. */
const shownDigits = 8;

/** Identifies the sender of a request. */
@Injectable()
export class Authenticator {
  private readonly logger = new Logger('Auth');
  private readonly wrongKeys = new WrongKeys();

  constructor(
    private readonly known: KnownCredentials,
    private readonly lastUse: LastUse,
    private readonly metrics: Metrics,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Returns the sender of a request, identified by its secret.
   * @throws DomainError UNAUTHORIZED, FORBIDDEN, TOO_MANY_WRONG_KEYS; DatabaseAwayError when the secret is not known and
   *   cannot be looked up
   */
  async authenticate(
    request: Request,
    secret: string | undefined,
    how: Identification = { by: ['key', 'session'] },
  ): Promise<Caller> {
    if (!secret) {
      throw unauthorized('This needs a key: send it as "Authorization: Bearer <key>".');
    }
    const hash = hashOf(secret).toString('hex');
    const waitMs = this.wrongKeys.waitOf(addressOf(request));
    // Guesses from this address no longer reach the database; valid keys still work.
    if (waitMs > 0 && this.known.rulesOut(hash)) throw tooMany(waitMs);
    const credential = await this.known.find(hash);
    if (waitMs > 0 && !credential) throw tooMany(waitMs);
    const accepted = credential && how.by.includes(credential.kind);
    if (!credential || (credential.kind === 'login' && !accepted)) {
      throw this.refuse(request, hash, 'This key is not valid.');
    }
    if (credential.expires <= performance.now()) {
      const message = `The key "${credential.key.name}" has expired.`;
      throw this.refuse(request, hash, message, credential);
    }
    if (!accepted) {
      throw new DomainError('FORBIDDEN', 'A session may not do this: send the key itself.');
    }
    if (!how.withoutProof) checkProof(request, credential);
    this.lastUse.used(credential);
    return credential;
  }

  /** Like `authenticate`, but synchronous and without counting; returns undefined if a lookup would be needed. */
  recognise(request: Request, secret: string | undefined): Caller | undefined {
    const credential = secret && this.known.recall(hashOf(secret).toString('hex'));
    if (!credential || credential.kind === 'login') return undefined;
    if (credential.expires <= performance.now() || !hasProof(request, credential)) return undefined;
    return credential;
  }

  private refuse(
    request: Request,
    hash: string,
    message: string,
    expired?: Credential,
  ): DomainError {
    const address = addressOf(request);
    this.metrics.wrongKeys.inc();
    this.audit.failedLogin(request, expired);
    const last = this.wrongKeys.count(address);
    const { method, path } = request;
    this.logger.warn(
      `Wrong key (SHA-256 ${hash.slice(0, shownDigits)}…) from ${address}: ${method} ${path}` +
        (last ? '; further attempts from this address are refused for a while' : ''),
    );
    return unauthorized(message);
  }
}

function checkProof(request: Request, credential: Credential): void {
  if (hasProof(request, credential)) return;
  throw unauthorized('This session may not make changes from here: log in again in the console.');
}

/** Checks a session's proof: browsers send cookies to every port of a host, but only our page sends the proof. */
function hasProof(request: Request, { kind, proof = '' }: Credential): boolean {
  if (kind !== 'session' || isSafe(request.method)) return true;
  return timingSafeEqual(hashOf(request.get(proofHeader) ?? ''), Buffer.from(proof, 'hex'));
}

function unauthorized(message: string): DomainError {
  return new DomainError('UNAUTHORIZED', message);
}

function tooMany(retryAfterMs: number): DomainError {
  return new DomainError(
    'TOO_MANY_WRONG_KEYS',
    'This address has sent too many wrong keys. Try again later.',
    undefined,
    { retryAfterMs },
  );
}
