import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** One commit of a repository; files of more than `largeBytes` are on the second host. */
export interface Commit {
  sha: string;
  files: Record<string, Buffer>;
}

export interface Repository {
  head: Commit;
  /** Commits that are still available; default: only the head. */
  history?: Commit[];
  licence?: string;
  /** Token that is required. */
  gated?: string;
}

export interface Seen {
  host: 'hub' | 'cdn';
  path: string;
  range?: string;
  ifRange?: string;
  authorization?: string;
}

/** A fault that replaces or interrupts the answer to one request. */
export interface Fault {
  status?: number;
  headers?: Record<string, string>;
  /** Drops the connection after this many bytes of the body. */
  cutAfter?: number;
  /** Stalls after this many bytes of the body. */
  stallAfter?: number;
  /** Sends different bytes of the same length. */
  corrupt?: boolean;
  /** Ignores ranges. */
  ignoreRange?: boolean;
}

const largeBytes = 10_000;
const pieceBytes = 64 * 1024;

export const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/**
 * Implements the part of the Hub's protocol that downloads need: one server is the Hub, another the host that it redirects
 * to.
 */
export class HubServer {
  readonly repositories = new Map<string, Repository>();
  /** Files by path on the second host, as on the hosts of other publishers. */
  readonly plainFiles = new Map<string, Buffer>();
  readonly seen: Seen[] = [];
  /** Called for every request; returns the fault to apply, if any. */
  fault: (request: Seen) => Fault | undefined = () => undefined;
  /** Speed of the second host; 0 means unlimited. */
  bytesPerSecond = 0;
  private readonly hub = createServer((request, response) => this.answer('hub', request, response));
  private readonly cdn = createServer((request, response) => this.answer('cdn', request, response));

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    for (const each of [server.hub, server.cdn]) {
      each.listen(0, '127.0.0.1');
      await once(each, 'listening');
    }
    return server;
  }

  get endpoint(): string {
    return urlOf(this.hub);
  }

  get mirror(): string {
    return urlOf(this.cdn);
  }

  async stop(): Promise<void> {
    for (const each of [this.hub, this.cdn]) {
      each.closeAllConnections();
      each.close();
      await once(each, 'close');
    }
  }

  private answer(host: Seen['host'], request: IncomingMessage, response: ServerResponse): void {
    const { range, 'if-range': ifRange, authorization } = request.headers;
    const path = request.url!;
    const seen: Seen = { host, path, range, ifRange: ifRange as string, authorization };
    this.seen.push(seen);
    const fault = this.fault(seen) ?? {};
    if (fault.status) {
      response.writeHead(fault.status, fault.headers).end('a fault');
      return;
    }
    if (host === 'cdn') {
      const bytes = this.plainFiles.get(path) ?? this.byHash(path.split('/').at(-1)!);
      if (bytes) void this.send(response, seen, bytes, fault);
      else response.writeHead(404).end();
      return;
    }
    this.answerAsHub(response, seen, fault);
  }

  private answerAsHub(response: ServerResponse, seen: Seen, fault: Fault): void {
    const path = decodeURIComponent(seen.path);
    const [, name, rest] =
      /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(.*)$/.exec(path) ?? ([] as string[]);
    const repository = this.repositories.get(name ?? '');
    if (!repository) return refuse(response, 401, 'RepoNotFound');
    if (path.startsWith('/api/')) return this.answerApi(response, repository, rest!);
    const [, sha, file] = /^resolve\/([^/]+)\/(.*)$/.exec(rest!) ?? [];
    const bytes = commitOf(repository, sha!)?.files[file!];
    if (!bytes) return refuse(response, 404, 'EntryNotFound');
    if (repository.gated && seen.authorization !== `Bearer ${repository.gated}`) {
      return refuse(response, seen.authorization ? 403 : 401, 'GatedRepo');
    }
    const headers = { 'X-Repo-Commit': sha! };
    if (bytes.length <= largeBytes) return void this.send(response, seen, bytes, fault, headers);
    const hash = sha256Of(bytes);
    response
      .writeHead(302, {
        ...headers,
        'X-Linked-Etag': `"${hash}"`,
        'X-Linked-Size': bytes.length,
        Location: `${this.mirror}/signed/${hash}`,
      })
      .end();
  }

  private answerApi(response: ServerResponse, repository: Repository, path: string): void {
    const [, kind, revision] = /^(revision|tree)\/(.*)$/.exec(path) ?? [];
    const commit = revision === 'main' ? repository.head : commitOf(repository, revision!);
    if (!commit) return refuse(response, 404, 'RevisionNotFound');
    const tree = Object.entries(commit.files).map(([file, bytes]) => {
      const lfs = { oid: sha256Of(bytes), size: bytes.length, pointerSize: 134 };
      return {
        type: 'file',
        path: file,
        size: bytes.length,
        oid: '0'.repeat(40),
        ...(bytes.length > largeBytes ? { lfs } : {}),
      };
    });
    const info = { sha: commit.sha, cardData: { license: repository.licence } };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(kind === 'tree' ? tree : info));
  }

  private async send(
    response: ServerResponse,
    { range, ifRange }: Seen,
    whole: Buffer,
    fault: Fault,
    headers: Record<string, string> = {},
  ): Promise<void> {
    const etag = `"${sha256Of(whole).slice(0, 32)}"`;
    const asked = fault.ignoreRange ? undefined : /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
    const fits = asked && (ifRange === undefined || ifRange === etag);
    const start = fits ? Number(asked[1]) : 0;
    const end = fits && asked[2] ? Number(asked[2]) + 1 : whole.length;
    let bytes = whole.subarray(start, end);
    if (fault.corrupt) bytes = Buffer.from(bytes.map((byte) => byte ^ 1));
    response.writeHead(fits ? 206 : 200, {
      ...headers,
      ETag: etag,
      'Accept-Ranges': 'bytes',
      'Content-Length': bytes.length,
      ...(fits ? { 'Content-Range': `bytes ${start}-${end - 1}/${whole.length}` } : {}),
    });
    const stop = fault.cutAfter ?? fault.stallAfter ?? bytes.length;
    const closed = once(response, 'close');
    for (let done = 0; done < stop && !response.destroyed; done += pieceBytes) {
      const piece = bytes.subarray(done, Math.min(stop, done + pieceBytes));
      await Promise.race([closed, new Promise((written) => response.write(piece, written))]);
      if (this.bytesPerSecond) await pause((1000 * piece.length) / this.bytesPerSecond);
    }
    if (fault.cutAfter !== undefined) setImmediate(() => response.destroy());
    else if (fault.stallAfter === undefined) response.end();
  }

  private byHash(hash: string): Buffer | undefined {
    for (const { head, history = [] } of this.repositories.values()) {
      for (const { files } of [head, ...history]) {
        const found = Object.values(files).find((bytes) => sha256Of(bytes) === hash);
        if (found) return found;
      }
    }
    return undefined;
  }
}

function commitOf({ head, history = [head] }: Repository, sha: string): Commit | undefined {
  return history.find((commit) => commit.sha === sha);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'X-Error-Code': code }).end('{}');
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
