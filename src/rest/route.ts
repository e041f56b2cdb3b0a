// A row of the table of endpoints: what it takes, what it answers, and what it does. The server validates by it, and the OpenAPI document is made of it.
import type { Gateway } from './gateway.ts';
import { text, type Schema } from './schema.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** One request. What does not fit the row never comes so far. */
export interface Call<Body = unknown> {
  readonly gateway: Gateway;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Body;
}

export interface Route {
  readonly method: Method;
  /** Parts in colons are parameters: `/jobs/:jobid`. */
  readonly path: string;
  /** One sentence. */
  readonly about: string;
  readonly query: Readonly<Record<string, Schema<string>>>;
  /** Null: none is read. */
  readonly body: Schema<unknown> | null;
  /** The body is a file of a form (`multipart/form-data`), not JSON. */
  readonly isUpload: boolean;
  /** A request without a body is one with this. */
  readonly emptyBody: unknown;
  readonly answer: Schema<unknown>;
  /** The answer is plain text, not JSON. */
  readonly isText: boolean;
  readonly status: number;
  handle(call: Call): Promise<unknown>;
}

interface Reading<A> {
  readonly about: string;
  readonly answer: Schema<A>;
  readonly query?: Readonly<Record<string, Schema<string>>>;
  handle(call: Call): Promise<A>;
}

interface Changing<A, B> {
  readonly about: string;
  readonly answer: Schema<A>;
  readonly status?: number;
  readonly query?: Readonly<Record<string, Schema<string>>>;
  readonly body?: Schema<B>;
  readonly isUpload?: boolean;
  readonly emptyBody?: B;
  handle(call: Call<B>): Promise<A>;
}

/** What changes nothing. */
export function get<A>(path: string, { query = {}, ...row }: Reading<A>): Route {
  return {
    method: 'GET',
    path,
    query,
    body: null,
    isUpload: false,
    emptyBody: null,
    isText: false,
    status: 200,
    ...row,
  };
}

/** What changes nothing, and is answered with plain text. */
export function getText(path: string, row: Omit<Reading<string>, 'answer'>): Route {
  return { ...get(path, { ...row, answer: text }), isText: true };
}

/** What changes something, and so needs the token. */
export function change<A, B = null>(method: Exclude<Method, 'GET'>, path: string, row: Changing<A, B>): Route {
  const { query = {}, body = null, isUpload = false, emptyBody = null, status = 200, about, answer } = row;
  const handle: Route['handle'] = (call) => row.handle(call as Call<B>); // the server has looked at the body
  return { method, path, about, query, body, isUpload, emptyBody, answer, isText: false, status, handle };
}
