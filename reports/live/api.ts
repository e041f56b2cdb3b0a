// What the page asks the JobManager: its REST interface, whose answers are Flink's. A change needs the token of the cluster, which the address of the page may
// hold behind `#token=`, and which stays in this tab.

const TOKEN = 'millrace-token';

/** Takes the token out of the address, so that nobody copies it with that. */
export function takeToken(): void {
  const found = /^#token=([\w-]+)$/.exec(location.hash);
  if (found === null) return;
  sessionStorage.setItem(TOKEN, found[1] ?? '');
  history.replaceState(null, '', `${location.pathname}#/`);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN) !== null;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN, token.trim());
}

/** The answer. Throws an Error with one sentence: that of the JobManager, or that it cannot be reached. */
export async function ask<T>(path: string): Promise<T> {
  return (await send('GET', path, null)) as T;
}

/** The same of an answer that is plain text. */
export async function askText(path: string): Promise<string> {
  return (await fetchFrom('GET', path, null)).text();
}

export async function change<T>(method: 'POST' | 'PATCH', path: string, body: unknown = {}): Promise<T> {
  return (await send(method, path, body)) as T;
}

/** The status of the answer is in `status`. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function send(method: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetchFrom(method, path, body);
  return response.json().catch(() => null) as Promise<unknown>;
}

/** Resolves with what was granted. */
async function fetchFrom(method: string, path: string, body: unknown): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN);
  const headers = { ...(body === null ? {} : { 'Content-Type': 'application/json' }), ...bearer(token) };
  const response = await fetch(path, { method, headers, body: body === null ? null : JSON.stringify(body) }).catch(
    () => {
      throw new Error(`The JobManager at ${location.host} does not answer.`);
    },
  );
  if (response.ok) return response;
  const answer: unknown = await response.json().catch(() => null);
  const [first] = (answer as { readonly errors?: readonly string[] } | null)?.errors ?? [];
  throw new Refused(response.status, first ?? `The JobManager answered with ${response.status}.`);
}

function bearer(token: string | null): Readonly<Record<string, string>> {
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}
