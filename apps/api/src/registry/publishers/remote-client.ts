import {
  RemoteError,
  type RemoteSource,
  TransientError,
  type RetryTiming,
  withRetries,
} from './remote-error';

interface RemoteTiming extends RetryTiming {
  /** Timeout for an answer's head, and between two pieces of its body. */
  silenceMs: number;
}

export const remoteTiming: RemoteTiming = {
  attempts: 6,
  firstWaitMs: 500,
  longestWaitMs: 60_000,
  silenceMs: 30_000,
};

interface RemoteRequest {
  headers?: Record<string, string>;
  signal: AbortSignal;
}

/** An answer whose body must be read, or cancelled with `close`. */
export interface RemoteAnswer {
  status: number;
  headers: Headers;
  /** Headers of the first answer, if that was a redirect. */
  firstHeaders: Headers;
  /** @throws TransientError when the connection is lost or silent */
  body(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

const maxRedirects = 5;
const transientStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Sends GET requests to hosts that may be slow, busy or unavailable. Follows redirects; a token is sent to one origin only.
 */
export class RemoteClient {
  /** @param credentials a bearer token and the only origin that receives it */
  constructor(
    readonly source: RemoteSource,
    readonly timing: RemoteTiming,
    private readonly credentials?: { origin: string; token: string },
  ) {}

  /**
   * @throws TransientError when the host doesn't answer or asks for a later retry
   * @throws RemoteError INVALID_ANSWER for an invalid redirect
   */
  async get(url: URL, { headers = {}, signal }: RemoteRequest): Promise<RemoteAnswer> {
    let firstHeaders: Headers | undefined;
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const answer = await this.fetchOnce(url, headers, signal);
      firstHeaders ??= answer.headers;
      const location = isRedirect(answer.status) && answer.headers.get('Location');
      if (!location) return { ...answer, firstHeaders };
      await answer.close();
      url = this.redirected(url, location);
    }
    throw this.invalid(`${url.host} redirects in circles`);
  }

  /** Like `get`, with retries; an unsuccessful answer is passed to `refuse`, which throws. */
  async getText(
    url: URL,
    options: { maxBytes: number; signal: AbortSignal; refuse(answer: RemoteAnswer): never },
  ): Promise<string> {
    return this.retrying(url, options.signal, async () => {
      const answer = await this.get(url, options);
      try {
        if (answer.status !== 200) options.refuse(answer);
        const chunks: Uint8Array[] = [];
        let bytes = 0;
        for await (const chunk of answer.body()) {
          bytes += chunk.byteLength;
          if (bytes > options.maxBytes) {
            const message = `${url.pathname} on ${url.host} is larger than ${options.maxBytes} bytes`;
            throw new RemoteError(this.source, 'TOO_LARGE', `${message}.`);
          }
          chunks.push(chunk);
        }
        return Buffer.concat(chunks).toString('utf8');
      } finally {
        await answer.close();
      }
    });
  }

  /** @throws RemoteError UNREACHABLE when no attempt succeeds */
  async retrying<T>(
    url: URL,
    signal: AbortSignal,
    attempt: (progressed: () => void) => Promise<T>,
  ): Promise<T> {
    try {
      return await withRetries(attempt, this.timing, signal);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      const message = `${url.host} cannot be reached after several attempts: ${error.message}`;
      throw new RemoteError(this.source, 'UNREACHABLE', `${message}. Try again later.`);
    }
  }

  private async fetchOnce(
    url: URL,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Omit<RemoteAnswer, 'firstHeaders'>> {
    const silence = new Silence(this.timing.silenceMs);
    const response = await silence
      .guard(
        fetch(url, {
          redirect: 'manual',
          // Without compression, so that ranges and lengths are those of the file.
          headers: { 'Accept-Encoding': 'identity', ...headers, ...this.authorization(url) },
          signal: AbortSignal.any([signal, silence.signal]),
        }),
      )
      .catch((error) => fail(error, signal));
    const close = async () => {
      await response.body?.cancel().catch(() => undefined);
    };
    if (transientStatuses.has(response.status)) {
      await close();
      throw new TransientError(`it answered ${response.status}`, retryAfterMs(response.headers));
    }
    return {
      status: response.status,
      headers: response.headers,
      body: () => readBody(response, silence, signal),
      close,
    };
  }

  private authorization(url: URL): Record<string, string> {
    if (url.origin !== this.credentials?.origin) return {};
    return { Authorization: `Bearer ${this.credentials.token}` };
  }

  private redirected(from: URL, location: string): URL {
    const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
    const allowed = from.protocol === 'https:' ? ['https:'] : ['http:', 'https:'];
    if (!to || !allowed.includes(to.protocol)) {
      throw this.invalid(`${from.host} redirects to an invalid URL`);
    }
    return to;
  }

  private invalid(message: string): RemoteError {
    return new RemoteError(this.source, 'INVALID_ANSWER', `${message}.`);
  }
}

/** Ends a request that receives nothing for a while. */
class Silence {
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;

  constructor(private readonly limitMs: number) {}

  async guard<T>(promise: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      const seconds = Math.round(this.limitMs / 1000);
      this.controller.abort(new TransientError(`it sent nothing for ${seconds} seconds`));
    }, this.limitMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function* readBody(
  { body }: Response,
  silence: Silence,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await silence
        .guard(reader.read())
        .catch((error) => fail(error, signal));
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Treats what fetch throws as a network failure, unless the request was aborted. */
function fail(error: unknown, signal: AbortSignal): never {
  signal.throwIfAborted();
  if (error instanceof TransientError) throw error;
  const { cause, message } = error as Error & { cause?: Error & { code?: string } };
  throw new TransientError(cause?.code ?? cause?.message ?? message);
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function retryAfterMs(headers: Headers): number {
  const value = headers.get('Retry-After');
  if (!value) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
