// REST as commands use it: each JobManager that is known is tried, until one answers or the time is over.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/base/stack-lines.ts';
import { clusterFolder, CLUSTER_FOLDER, readRestPlaces, readRestToken } from '../../net-real/cluster-folder.ts';
import { parseEndpoint } from '../../net-real/endpoint.ts';
import { formatSeconds } from '../../core/base/amounts.ts';
import { RestError } from '../../rest/rest-error.ts';
import { UsageError } from '../exit-codes.ts';
import { fromUser, reasonOf, shownPath } from '../files.ts';

/** Nobody answered: what was tried, and how long. */
export class Unreached extends Error {
  override readonly name = 'Unreached';
}

export interface ClientPlace {
  readonly urls: readonly string[];
  /** Null: none is known. */
  readonly token: string | null;
  readonly timeoutMs: number;
  /** What it waits for, as long as it does; '' behind that. */
  readonly progress: (text: string) => void;
}

interface Given {
  readonly rest: readonly string[];
  readonly cluster: string | null;
  readonly tokenFile: string | null;
}

/** Throws a `UsageError` where nothing says where the cluster is. */
export function findCluster({ rest, cluster, tokenFile }: Given): Pick<ClientPlace, 'urls' | 'token'> {
  const folder = clusterFolder(fromUser(cluster ?? CLUSTER_FOLDER));
  const token = tokenFile === null ? readToken(folder) : readTokenFile(tokenFile);
  if (rest.length > 0) return { urls: rest.map(checkUrl), token };
  const urls = [...readRestPlaces(folder).values()].map(({ url }) => url);
  if (urls.length > 0) return { urls, token };
  throw new UsageError(
    `no JobManager answers REST in ${shownPath(folder.root)}: start one there with --rest HOST:PORT, or name it with --rest URL`,
  );
}

function readToken(folder: ReturnType<typeof clusterFolder>): string | null {
  try {
    return readRestToken(folder);
  } catch {
    return null; // of another user: who only reads needs none
  }
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(fromUser(file), 'utf8').trim();
  } catch (error) {
    throw new UsageError(`--token-file ${file} cannot be read: ${reasonOf(error)}`);
  }
}

/** Without `http://` it has a port: a bare word is more likely a slip than a host. */
function checkUrl(text: string): string {
  const isUrl = text.includes('://');
  const url = isUrl || parseEndpoint(text).ok ? URL.parse(isUrl ? text : `http://${text}`) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.host !== '') return `${url.protocol}//${url.host}`;
  throw new UsageError(`--rest ${text}: expected the address of a JobManager, as in http://127.0.0.1:8081`);
}

const PAUSE_MS = 100;

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

interface Request {
  readonly method: Method;
  readonly body: string | FormData | null;
  /** What an answer tells; undefined: it is none. */
  readonly read: (text: string) => unknown;
}

export class ClusterClient {
  readonly #place: ClientPlace;

  constructor(place: ClientPlace) {
    this.#place = place;
  }

  get(path: string): Promise<unknown> {
    return this.#ask('GET', path, null);
  }

  /** An answer that is plain text. */
  async text(path: string): Promise<string> {
    return (await this.#ask('GET', path, null, (text) => text)) as string;
  }

  change(method: Exclude<Method, 'GET'>, path: string, body: object | FormData): Promise<unknown> {
    return this.#ask(method, path, body instanceof FormData ? body : JSON.stringify(body));
  }

  /** What is asked may be repeated: requests that change something name what they make. */
  async #ask(
    method: Method,
    path: string,
    body: string | FormData | null,
    read: (text: string) => unknown = parse,
  ): Promise<unknown> {
    const { urls, timeoutMs, progress } = this.#place;
    const begunAt = performance.now();
    const why = new Map<string, string>();
    for (;;) {
      for (const url of urls) {
        const leftMs = timeoutMs - (performance.now() - begunAt);
        const tried = await this.#tryOne(`${url}/v1${path}`, { method, body, read }, Math.max(100, leftMs));
        if (tried.kind === 'answered') {
          progress('');
          return tried.told;
        }
        why.set(url, tried.why);
      }
      const waitedMs = performance.now() - begunAt;
      if (waitedMs >= timeoutMs) throw new Unreached(describeUnreached(why, waitedMs));
      progress(`no answer from ${urls.join(', ')} for ${formatSeconds(waitedMs)}`);
      await sleep(Math.min(PAUSE_MS, timeoutMs));
    }
  }

  async #tryOne(
    url: string,
    { read, ...init }: Request,
    leftMs: number,
  ): Promise<
    { readonly kind: 'answered'; readonly told: unknown } | { readonly kind: 'unanswered'; readonly why: string }
  > {
    const { token } = this.#place;
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(Math.ceil(leftMs)) });
      text = await answer.text();
    } catch (error) {
      return { kind: 'unanswered', why: causeOf(error) };
    }
    const told = answer.ok ? read(text) : parse(text);
    if (answer.ok && told !== undefined) return { kind: 'answered', told };
    const sentence = errorIn(told) ?? `it answered ${answer.status} with what is no JSON of Millrace`;
    if (answer.status === 503 || told === undefined) return { kind: 'unanswered', why: sentence };
    throw new RestError(answer.status, sentence);
  }
}

function describeUnreached(why: ReadonlyMap<string, string>, waitedMs: number): string {
  const each = [...why].map(([url, reason]) => `${url} (${reason})`).join(', ');
  return `the cluster cannot be reached: tried ${each} for ${formatSeconds(waitedMs)}`;
}

function causeOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  if (error instanceof DOMException) return 'no answer in time';
  return messageOf(cause ?? error).replace(/^Error: /, '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function errorIn(told: unknown): string | null {
  const { errors } = (told ?? {}) as { readonly errors?: unknown };
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return typeof first === 'string' ? first.replace(/\.$/, '') : null;
}
