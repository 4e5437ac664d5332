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

/** What a browser's session shows besides its cookie when it changes anything. */
const proofHeader = 'x-coatrack-proof';

/** Returns whether requests of a method change nothing. */
export function isSafe(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method);
}

/** Of a wrong key's SHA-256, in the log: enough to recognise a key that one has, too little to search for it. */
const shownDigits = 8;

/** Finds out who sends a request. */
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
   * Returns the sender of a request by the secret that it shows.
   * @throws DomainError UNAUTHORIZED, FORBIDDEN, TOO_MANY_WRONG_KEYS; DatabaseAwayError when the secret is not known and cannot be looked up
   */
  async authenticate(
    request: Request,
    secret: string | undefined,
    how: Identification = { by: ['key', 'session'] },
  ): Promise<Caller> {
    if (!secret) {
      throw unauthorized('A key is needed: send it as "Authorization: Bearer <key>".');
    }
    const hash = hashOf(secret).toString('hex');
    const waitMs = this.wrongKeys.waitOf(addressOf(request));
    // Guesses from there no longer reach the database; a good key still works.
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
      throw new DomainError('FORBIDDEN', 'A session cannot do this: send the key itself.');
    }
    if (!how.withoutProof) checkProof(request, credential);
    this.lastUse.used(credential);
    return credential;
  }

  /** As `authenticate`, but at once and without counting: undefined where that takes a closer look. */
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
        (last ? '; further ones from there are refused unseen for a while' : ''),
    );
    return unauthorized(message);
  }
}

function checkProof(request: Request, credential: Credential): void {
  if (hasProof(request, credential)) return;
  throw unauthorized('This session can change nothing from here: log in again in the console.');
}

/** Cookies go to every port of a host; the proof, which a page has to send by itself, goes to one. */
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
    'Too many wrong keys came from this address. Try again later.',
    undefined,
    { retryAfterMs },
  );
}
