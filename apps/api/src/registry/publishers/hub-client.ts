import { z } from 'zod';
import type { StagedBlob } from '../../platform/blobs/blob-store';
import { Downloader, type DownloadOptions } from './downloader';
import { parseJsonText, RemoteError, type RemoteProblem, TransientError } from './remote-error';
import type { RemoteAnswer, RemoteClient } from './remote-client';

/** As the Hub allows names: no two dots or hyphens in a row, none at an end. */
const part = /^(?!.*(?:\.\.|--))[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;

export const hubRepositorySchema = z.string().refine((name) => {
  const parts = name.split('/');
  return parts.length === 2 && parts.every((each) => part.test(each));
}, 'must be a repository of the Hugging Face Hub, "owner/name"; an address is not taken');

export const hubRevisionSchema = z
  .string()
  .regex(
    /^(?!.*\.\.)[A-Za-z0-9_](?:[A-Za-z0-9._/-]{0,198}[A-Za-z0-9_])?$/,
    'must be a branch, a tag or a commit of the repository',
  );

export interface HubFile {
  path: string;
  bytes: number;
  /** Of its content; only large files have one. */
  sha256?: string;
}

/** A repository as it was at one commit, whatever happens to it afterwards. */
export interface HubSnapshot {
  repository: string;
  commit: string;
  /** As its card states it. */
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

/** Reads repositories of the Hugging Face Hub, or of what speaks like it. */
export class HubClient {
  /** @param endpoint `https://huggingface.co` or a mirror's address */
  constructor(
    private readonly client: RemoteClient,
    private readonly downloader: Downloader,
    private readonly endpoint: URL,
  ) {}

  /**
   * Looks the revision's commit up, once: all that is read afterwards is that commit's.
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

  /** The text of a small file. */
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

  /** As `Downloader.download`. */
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

  /** All of a checkpoint's files, one after the other; progress is of all together. As `Downloader.download`. */
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

  /** The page where a person sees what was read. */
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
      // Where the Hub sends to: a link that has run out, which the next attempt gets anew.
      throw new TransientError(`the host of the file answers ${status}`);
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
    throw this.error('INVALID_ANSWER', `${url.host} doesn't answer as the Hugging Face Hub does.`);
  }

  /** The Hub states the reason of a refusal in a header. */
  private refuse({ status, headers }: RemoteAnswer, repository: string, what: string): never {
    const reason = headers.get('X-Error-Code');
    if (reason === 'RevisionNotFound') {
      throw this.error(
        'REVISION_NOT_FOUND',
        `There is no ${what.replace(/^the /, '')} on the Hub.`,
      );
    }
    if (reason === 'RepoNotFound' || status === 404) {
      const hint = 'If it is private, HF_TOKEN must be the token of somebody who may read it.';
      throw this.error(
        'REPOSITORY_NOT_FOUND',
        `There is no repository ${repository} on the Hub. ${hint}`,
      );
    }
    if (status === 401 || status === 403) {
      throw this.error(
        'GATED',
        `The Hub does not let ${repository} be read. Accept its licence on its page, and set HF_TOKEN to a token of that account.`,
      );
    }
    throw this.error('INVALID_ANSWER', `The Hub answers ${status} when asked for ${what}.`);
  }

  /** What was there a moment ago. */
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
