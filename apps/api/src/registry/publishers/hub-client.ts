import { z } from 'zod';
import type { StagedBlob } from '../../platform/blobs/blob-store';
import { Downloader, type DownloadOptions } from './downloader';
import { parseJsonText, RemoteError, type RemoteProblem, TransientError } from './remote-error';
import type { RemoteAnswer, RemoteClient } from './remote-client';

/** Names that the Hub allows: no two dots or hyphens in a row, none at an end. */
const part = /^(?!.*(?:\.\.|--))[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;

export const hubRepositorySchema = z.string().refine((name) => {
  const parts = name.split('/');
  return parts.length === 2 && parts.every((each) => part.test(each));
}, 'must be a repository of the Hugging Face Hub, "owner/name", not a URL');

export const hubRevisionSchema = z
  .string()
  .regex(
    /^(?!.*\.\.)[A-Za-z0-9_](?:[A-Za-z0-9._/-]{0,198}[A-Za-z0-9_])?$/,
    'must be a branch, a tag or a commit of the repository',
  );

export interface HubFile {
  path: string;
  bytes: number;
  /** SHA-256 of its content; only large files have one. */
  sha256?: string;
}

/** A repository at one commit. */
export interface HubSnapshot {
  repository: string;
  commit: string;
  /** As stated in its card. */
  licence: string | null;
  files: readonly HubFile[];
}

const revisionAnswer = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  cardData: z
    .object({ license: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

const treeAnswer = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.int().min(0),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) }).optional(),
  }),
);

const maxAnswerBytes = 8 * 1024 ** 2;

/** Reads repositories of the Hugging Face Hub, or of a mirror with the same API. */
export class HubClient {
  /** @param endpoint `https://huggingface.co` or a mirror's URL */
  constructor(
    private readonly client: RemoteClient,
    private readonly downloader: Downloader,
    private readonly endpoint: URL,
  ) {}

  /**
   * Resolves the revision to a commit, from which all files are then read.
   * @throws RemoteError
   */
  async snapshot(repository: string, revision: string, signal: AbortSignal): Promise<HubSnapshot> {
    const what = `the revision ${revision} of ${repository}`;
    const found = await this.json(
      `api/models/${repository}/revision/${encodeURIComponent(revision)}`,
      revisionAnswer,
      { signal, refuse: (answer) => this.refuse(answer, repository, what) },
    );
    const entries = await this.json(`api/models/${repository}/tree/${found.sha}`, treeAnswer, {
      signal,
      refuse: (answer) => this.vanished(answer, repository),
    });
    const files = entries
      .filter(({ type }) => type === 'file')
      .map(({ path, size, lfs }) => ({ path, bytes: lfs?.size ?? size, sha256: lfs?.oid }));
    const licence = found.cardData?.license ?? null;
    return { repository, commit: found.sha, licence, files };
  }

  /** Reads a small text file. */
  async readText(
    snapshot: HubSnapshot,
    path: string,
    options: { maxBytes: number; signal: AbortSignal },
  ): Promise<string> {
    return this.client.getText(this.fileUrl(snapshot, path), {
      ...options,
      refuse: (answer) => this.vanished(answer, snapshot.repository),
    });
  }

  /** Downloads a file; see `Downloader.download`. */
  async download(
    snapshot: HubSnapshot,
    file: HubFile,
    options: DownloadOptions,
  ): Promise<StagedBlob> {
    const { repository } = snapshot;
    const remote = {
      ...file,
      url: this.fileUrl(snapshot, file.path),
      name: `${file.path} of ${repository}`,
      accept: (answer: RemoteAnswer) => this.acceptFile(answer, snapshot, file),
    };
    return this.downloader.download(remote, options);
  }

  /** Downloads all files of a checkpoint one after the other, with their total progress; see `Downloader.download`. */
  async downloadAll(
    snapshot: HubSnapshot,
    files: readonly HubFile[],
    options: DownloadOptions,
  ): Promise<(StagedBlob & { name: string })[]> {
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    this.downloader.checkBytes(`The checkpoint of ${snapshot.repository}`, total);
    const done: (StagedBlob & { name: string })[] = [];
    let before = 0;
    for (const file of files) {
      const { path, sha256, bytes } = await this.download(snapshot, file, {
        ...options,
        onProgress: (part) => options.onProgress?.(before + part, total),
      });
      done.push({ path, sha256, bytes, name: file.path });
      before += file.bytes;
    }
    return done;
  }

  /** Returns the URL of the repository's page at the commit. */
  pageOf({ repository, commit }: HubSnapshot): string {
    return this.url(`${repository}/tree/${commit}`).href;
  }

  private acceptFile(
    answer: RemoteAnswer,
    { repository, commit }: HubSnapshot,
    file: HubFile,
  ): void {
    const { status, headers, firstHeaders } = answer;
    if (status >= 400 && headers !== firstHeaders) {
      // The host that the Hub redirects to: the link has expired, and the next attempt gets a new one.
      throw new TransientError(`the host of the file answered ${status}`);
    }
    if (status >= 400 && status !== 416) this.vanished(answer, repository);
    const linked = firstHeaders.get('X-Linked-Etag')?.replaceAll('"', '');
    const otherBytes = file.sha256 !== undefined && linked && linked !== file.sha256;
    const otherCommit = (firstHeaders.get('X-Repo-Commit') ?? commit) !== commit;
    if (otherBytes || otherCommit) throw this.changed(repository);
  }

  private async json<T>(
    path: string,
    schema: z.ZodType<T>,
    options: { signal: AbortSignal; refuse(answer: RemoteAnswer): never },
  ): Promise<T> {
    const url = this.url(path);
    const text = await this.client.getText(url, { ...options, maxBytes: maxAnswerBytes });
    const parsed = schema.safeParse(parseJsonText(text));
    if (parsed.success) return parsed.data;
    throw this.error('INVALID_ANSWER', `${url.host} does not answer like the Hugging Face Hub.`);
  }

  /** Throws the error for a refusal, whose reason the Hub states in a header. */
  private refuse({ status, headers }: RemoteAnswer, repository: string, what: string): never {
    const reason = headers.get('X-Error-Code');
    if (reason === 'RevisionNotFound') {
      throw this.error(
        'REVISION_NOT_FOUND',
        `There is no ${what.replace(/^the /, '')} on the Hub.`,
      );
    }
    if (reason === 'RepoNotFound' || status === 404) {
      const hint = 'If it is private, HF_TOKEN must be the token of an account with access to it.';
      throw this.error(
        'REPOSITORY_NOT_FOUND',
        `There is no repository ${repository} on the Hub. ${hint}`,
      );
    }
    if (status === 401 || status === 403) {
      throw this.error(
        'GATED',
        `The Hub denies access to ${repository}. Accept its licence on its page, and set HF_TOKEN to a token of that account.`,
      );
    }
    throw this.error('INVALID_ANSWER', `The Hub answered ${status} to a request for ${what}.`);
  }

  /** Throws the error for a file that existed a moment ago. */
  private vanished(answer: RemoteAnswer, repository: string): never {
    if (answer.status === 404) throw this.changed(repository);
    return this.refuse(answer, repository, `a file of ${repository}`);
  }

  private changed(repository: string): RemoteError {
    return this.error('CHANGED', `${repository} changed while it was being read. Try again.`);
  }

  private error(problem: RemoteProblem, message: string): RemoteError {
    return new RemoteError(this.client.source, problem, message);
  }

  private fileUrl({ repository, commit }: HubSnapshot, path: string): URL {
    const escaped = path.split('/').map(encodeURIComponent).join('/');
    return this.url(`${repository}/resolve/${commit}/${escaped}`);
  }

  private url(path: string): URL {
    return new URL(`${this.endpoint.href.replace(/\/*$/, '')}/${path}`);
  }
}
