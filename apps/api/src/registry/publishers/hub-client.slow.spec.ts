import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DiskReserve } from '../../platform/blobs/disk-reserve';
import { processName } from '../../platform/blobs/process-name';
import { Downloader } from './downloader';
import { HubClient, type HubSnapshot } from './hub-client';
import { HubServer, type Repository, sha256Of } from './hub-server.fixture';
import { PartialFiles } from './partial-files';
import { RemoteClient } from './remote-client';

const weights = randomBytes(3_000_000);
const timing = { attempts: 4, firstWaitMs: 1, longestWaitMs: 3000, silenceMs: 500 };
const token = 'hf_secret';
const signal = new AbortController().signal;

let server: HubServer;
let folder: string;
const reserve = () => new DiskReserve(folder);
let repository: Repository;

beforeAll(async () => {
  server = await HubServer.start();
  folder = await mkdtemp(join(tmpdir(), 'coatrack-hub-'));
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  await rm(folder, { recursive: true, force: true });
  repository = {
    head: {
      sha: 'a'.repeat(40),
      files: { 'config.json': Buffer.from('{}'), 'model.safetensors': weights },
    },
    licence: 'apache-2.0',
  };
  server.repositories.set('timm/net', repository);
  server.seen.length = 0;
  server.fault = () => undefined;
});

function clientWith(maxBytes = 10_000_000): HubClient {
  const { origin } = new URL(server.endpoint);
  const remote = new RemoteClient('HUB', timing, { origin, token });
  const downloader = new Downloader(remote, new PartialFiles(folder), maxBytes, reserve());
  return new HubClient(remote, downloader, new URL(server.endpoint));
}

async function fetchWeights(client = clientWith()) {
  const snapshot = await client.snapshot('timm/net', 'main', signal);
  return downloadFrom(client, snapshot);
}

function downloadFrom(client: HubClient, snapshot: HubSnapshot) {
  const file = snapshot.files.find(({ path }) => path === 'model.safetensors')!;
  return client.download(snapshot, file, { signal });
}

const [place, pid, start] = processName.split('-');

/** Leaves the partial file of another process. */
async function leavePart(owner: string, bytes: Buffer) {
  const key = sha256Of(Buffer.from(sha256Of(weights)));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${key}.${owner}`), bytes);
}

const cdnRanges = () => server.seen.filter(({ host }) => host === 'cdn').map(({ range }) => range);

describe('HubClient', () => {
  it('a revision is resolved once, and its files are read at that commit', async () => {
    const client = clientWith();
    const snapshot = await client.snapshot('timm/net', 'main', signal);
    expect(snapshot).toMatchObject({ commit: 'a'.repeat(40), licence: 'apache-2.0' });
    expect(snapshot.files).toContainEqual({
      path: 'model.safetensors',
      bytes: weights.length,
      sha256: sha256Of(weights),
    });
    const next = { sha: 'b'.repeat(40), files: { 'config.json': Buffer.from('{"changed":1}') } };
    repository.history = [repository.head, next];
    repository.head = next;
    const text = await client.readText(snapshot, 'config.json', { maxBytes: 100, signal });
    expect(text).toBe('{}');
    expect((await downloadFrom(client, snapshot)).sha256).toBe(sha256Of(weights));
  });

  it('the token is sent to the Hub only', async () => {
    repository.gated = token;
    const { path, sha256, bytes } = await fetchWeights();
    expect([sha256, bytes]).toEqual([sha256Of(weights), weights.length]);
    expect((await readFile(path)).equals(weights)).toBe(true);
    const tokens = (host: string) =>
      new Set(server.seen.filter((each) => each.host === host).map((each) => each.authorization));
    expect(tokens('hub')).toEqual(new Set([`Bearer ${token}`]));
    expect(tokens('cdn')).toEqual(new Set([undefined]));
  });

  it('a download resumes where the connection broke, repeatedly', async () => {
    server.fault = ({ host }) =>
      host === 'cdn' && cdnRanges().length < 3 ? { cutAfter: 1_200_000 } : {};
    expect((await fetchWeights()).sha256).toBe(sha256Of(weights));
    const [first, second, third] = cdnRanges();
    expect(first).toBeUndefined();
    const start = Number(/^bytes=(\d+)-$/.exec(second!)![1]);
    expect(start).toBeGreaterThan(0);
    expect(Number(/^bytes=(\d+)-$/.exec(third!)![1])).toBeGreaterThan(start);
  });

  it('a download continues after a host was silent, busy or rate-limiting', async () => {
    const faults = [
      { stallAfter: 100_000 },
      { status: 503 },
      { status: 429, headers: { 'Retry-After': '1' } },
    ];
    server.fault = ({ host }) => (host === 'cdn' ? faults.shift() : undefined);
    const started = Date.now();
    expect((await fetchWeights()).sha256).toBe(sha256Of(weights));
    expect(Date.now() - started).toBeGreaterThan(1400);
  });

  it('a download starts over if the host does not support ranges', async () => {
    const faults = [{ cutAfter: 1_000_000 }, { ignoreRange: true }];
    server.fault = ({ host }) => (host === 'cdn' ? faults.shift() : undefined);
    expect((await fetchWeights()).sha256).toBe(sha256Of(weights));
  });

  it('the partial file of a dead process is taken over, that of a running one is not', async () => {
    await leavePart(`${place}-${2 ** 22 + 1}-1-00000000`, weights.subarray(0, 2_000_000));
    await leavePart(`${place}-${pid}-${start}-00000000`, weights.subarray(0, 2_500_000));
    expect((await fetchWeights()).sha256).toBe(sha256Of(weights));
    expect(cdnRanges()).toEqual(['bytes=2000000-']);
  });

  it('a download starts over once if the partial file is not a prefix of the file', async () => {
    await leavePart(processName, Buffer.alloc(1_000_000));
    expect((await fetchWeights()).sha256).toBe(sha256Of(weights));
    expect(cdnRanges()).toEqual(['bytes=1000000-', undefined]);
  });

  it('bytes that do not match the checksum are refused and removed', async () => {
    server.fault = ({ host }) => (host === 'cdn' ? { corrupt: true } : undefined);
    await expect(fetchWeights()).rejects.toMatchObject({ code: 'HUB_CORRUPT' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('a commit that has disappeared is reported as a changed repository', async () => {
    const client = clientWith();
    const snapshot = await client.snapshot('timm/net', 'main', signal);
    repository.head = { sha: 'b'.repeat(40), files: {} };
    await expect(downloadFrom(client, snapshot)).rejects.toMatchObject({ code: 'HUB_CHANGED' });
  });

  it.each([
    ['a repository that is not there', 'timm/other', 'main', 'HUB_REPOSITORY_NOT_FOUND'],
    ['a revision that is not there', 'timm/net', 'v9', 'HUB_REVISION_NOT_FOUND'],
  ])('names %s', async (_, name, revision, code) => {
    await expect(clientWith().snapshot(name, revision, signal)).rejects.toMatchObject({ code });
  });

  it('the error for a gated repository says how to get access', async () => {
    repository.gated = 'another';
    const error = await fetchWeights().catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      code: 'HUB_GATED',
      message: expect.stringContaining('HF_TOKEN'),
    });
    expect((error as Error).message).not.toContain(token);
  });

  it('a host that stays unavailable is reported after several attempts', async () => {
    server.fault = ({ host }) => (host === 'cdn' ? { cutAfter: 1000 } : undefined);
    await expect(fetchWeights()).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    expect(cdnRanges()).toHaveLength(timing.attempts);
  });

  it('a file that is larger than allowed is not requested', async () => {
    await expect(fetchWeights(clientWith(1000))).rejects.toMatchObject({ code: 'HUB_TOO_LARGE' });
    expect(cdnRanges()).toEqual([]);
  });

  it.each(['not json', '[]', '{"sha":"../../x"}'])('the answer %s is refused', async (text) => {
    const url = new URL(server.mirror);
    server.plainFiles.set('/api/models/timm/net/revision/main', Buffer.from(text));
    const remote = new RemoteClient('HUB', timing);
    const client = new HubClient(
      remote,
      new Downloader(remote, new PartialFiles(folder), 1, reserve()),
      url,
    );
    const snapshot = client.snapshot('timm/net', 'main', signal);
    await expect(snapshot).rejects.toMatchObject({ code: 'HUB_INVALID_ANSWER' });
  });

  it('every stated checksum is verified, and a partial file is tried only once', async () => {
    const client = new RemoteClient('CHECKPOINT', timing);
    const downloader = new Downloader(client, new PartialFiles(folder), 10_000_000, reserve());
    server.plainFiles.set('/file.h5', weights);
    const md5 = createHash('md5').update(weights).digest('hex');
    const file = {
      url: new URL('/file.h5', server.mirror),
      name: 'file.h5',
      accept: () => undefined,
    };
    const stated = { sha256: sha256Of(weights).slice(0, 8), md5 };
    const faults = [{}, { cutAfter: 1_000_000 }];
    server.fault = () => faults.shift();
    const { sha256, path } = await downloader.download({ ...file, ...stated }, { signal });
    expect(sha256).toBe(sha256Of(weights));
    // A request for size and ETag, the part that was cut off, and the rest of the same bytes.
    expect(server.seen.map(({ range }) => range?.replace(/\d{4,}/, 'N'))).toEqual([
      'bytes=0-0',
      undefined,
      'bytes=N-',
    ]);
    expect(server.seen[2].ifRange).toBe(`"${sha256Of(weights).slice(0, 32)}"`);
    await rm(path);
    for (const wrong of [{ md5: '0'.repeat(32) }, { sha256: '00000000' }]) {
      const download = downloader.download({ ...file, ...stated, ...wrong }, { signal });
      await expect(download).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('a download that would fill the disk is refused', async ({ skip }) => {
    await mkdir(folder);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
    if (mounted.status !== 0) skip('only root can mount a small file system');
    try {
      await expect(fetchWeights()).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(cdnRanges()).toEqual([]);
    } finally {
      spawnSync('umount', [folder]);
    }
  });

  it('a download stops when its signal aborts', async () => {
    const abort = new AbortController();
    const client = clientWith();
    const snapshot = await client.snapshot('timm/net', 'main', signal);
    server.fault = () => ({ stallAfter: 1000 });
    const download = client.download(snapshot, snapshot.files[1], {
      signal: abort.signal,
      onProgress: (done) => {
        if (done > 0) abort.abort(new Error('enough'));
      },
    });
    await expect(download).rejects.toThrow('enough');
  });
});
