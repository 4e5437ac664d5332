/** The body of the API's errors. */
export interface Problem {
  code: string;
  message: string;
  problems?: { where: string; message: string }[];
  requestId: string;
}

export interface Answer<T> {
  status: number;
  headers: Headers;
  /** The parsed JSON, or the bytes of other bodies. */
  body: T;
}

/** A part of a list. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** A small client of the API that returns error answers instead of throwing. */
export class Client {
  constructor(
    readonly url: string,
    readonly key?: string,
  ) {}

  get<T = Problem>(path: string, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.send<T>('GET', path, { headers });
  }

  delete<T = Problem>(path: string): Promise<Answer<T>> {
    return this.send<T>('DELETE', path, {});
  }

  post<T = Problem>(path: string, body?: unknown): Promise<Answer<T>> {
    return this.send<T>('POST', path, json(body));
  }

  put<T = Problem>(path: string, body: unknown): Promise<Answer<T>> {
    return this.send<T>('PUT', path, json(body));
  }

  /** Uploads a form: strings become fields, bytes become files, and arrays several parts of the same name. */
  upload<T = Problem>(
    path: string,
    parts: Record<string, string | Uint8Array | (Uint8Array | File)[]>,
  ): Promise<Answer<T>> {
    const form = new FormData();
    for (const [name, values] of Object.entries(parts)) {
      for (const value of Array.isArray(values) ? values : [values]) {
        if (typeof value === 'string' || value instanceof File) form.append(name, value);
        else form.append(name, new Blob([new Uint8Array(value)]), 'file');
      }
    }
    return this.send<T>('POST', path, { body: form });
  }

  /** @param path path below /api/v1, or from the root if it starts with `//` */
  async send<T>(method: string, path: string, init: RequestInit): Promise<Answer<T>> {
    const url = path.startsWith('//') ? this.url + path.slice(1) : `${this.url}/api/v1${path}`;
    const headers = new Headers(init.headers);
    if (this.key && !headers.has('Authorization')) {
      headers.set('Authorization', `Bearer ${this.key}`);
    }
    const response = await fetch(url, { ...init, method, headers });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json');
    const body = isJson ? JSON.parse(bytes.toString()) : bytes;
    return { status: response.status, headers: response.headers, body };
  }
}

function json(body: unknown): RequestInit {
  if (body === undefined) return {};
  return { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}
