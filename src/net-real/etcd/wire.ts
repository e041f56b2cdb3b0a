// What goes to the JSON gateway of etcd (3.4 to 3.7) and comes back. Values that are zero are absent there, 64-bit numbers are texts, and keys and values
// are base64. Words of a comparison are written out: 3.7 takes one that it does not know for the default, and says that it holds.

export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly modRevision: number;
  /** Writes since the key was created. */
  readonly version: number;
}

/** A condition of a transaction. */
export type Compare = Readonly<Record<string, string>>;

/** What a transaction does: one of its operations, and what answers it. */
export interface Operation {
  readonly kind: 'response_range' | 'response_put' | 'response_delete_range';
  readonly request: Readonly<Record<string, unknown>>;
}

/** All of `compare` holds: `success` is done, else `failure`; at one revision. */
export interface Transaction {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export interface TransactionAnswer {
  readonly succeeded: boolean;
  /** Of the store, behind it. */
  readonly revision: number;
  /** By operation: what a range found; of others nothing. */
  readonly found: readonly (readonly KeyValue[])[];
}

export function hasValue(key: string, value: string): Compare {
  return { key: base64(key), target: 'VALUE', result: 'EQUAL', value: base64(value) };
}

/** 0: the key is not there. */
export function hasRevision(key: string, revision: number): Compare {
  return { key: base64(key), target: 'MOD', result: 'EQUAL', mod_revision: String(revision) };
}

export function range(key: string): Operation {
  return { kind: 'response_range', request: { request_range: { key: base64(key) } } };
}

/** All keys that begin like this, or the first `limit` of them. */
export function rangeOf(prefix: string, limit = 0): Operation {
  const where = keysOf(prefix);
  return {
    kind: 'response_range',
    request: { request_range: { ...where, ...(limit === 0 ? {} : { limit: String(limit) }) } },
  };
}

function keysOf(prefix: string): { readonly key: string; readonly range_end: string } {
  const bytes = Buffer.from(prefix, 'utf8');
  const end = Buffer.from(bytes);
  end[end.length - 1] = (end[end.length - 1] ?? 0) + 1; // no byte of UTF-8 is 255
  return { key: bytes.toString('base64'), range_end: end.toString('base64') };
}

/** Whether a key was there at a revision, without its value. */
export function encodeRangeAt(key: string, revision: number): string {
  return JSON.stringify({ key: base64(key), revision: String(revision), count_only: true });
}

export function put(key: string, value: Uint8Array | string): Operation {
  return { kind: 'response_put', request: { request_put: { key: base64(key), value: base64(value) } } };
}

export function remove(key: string): Operation {
  return { kind: 'response_delete_range', request: { request_delete_range: { key: base64(key) } } };
}

export function encodeTransaction({ compare, success, failure }: Transaction): string {
  return JSON.stringify({ compare, success: requestsOf(success), failure: requestsOf(failure) });
}

function requestsOf(operations: readonly Operation[]): readonly unknown[] {
  return operations.map(({ request }) => request);
}

/** Throws a sentence where the answer is none to this transaction. */
export function decodeTransaction(text: string, { success, failure }: Transaction): TransactionAnswer {
  const answer = objectOf(JSON.parse(text));
  const succeeded = answer['succeeded'] === true;
  const operations = succeeded ? success : failure;
  const responses = listOf(answer['responses']);
  if (responses.length !== operations.length)
    throw new Error(`${responses.length} responses to ${operations.length} operations`);
  const found = operations.map(({ kind }, index) => foundBy(kind, objectOf(responses[index])));
  return { succeeded, revision: revisionOf(answer), found };
}

function foundBy(kind: Operation['kind'], response: Fields): readonly KeyValue[] {
  if (response[kind] === undefined) throw new Error(`no ${kind} in ${Object.keys(response).join(', ')}`);
  return kind === 'response_range' ? listOf(objectOf(response[kind])['kvs']).map(keyValueOf) : [];
}

function revisionOf(answer: Fields): number {
  return numberOf(objectOf(answer['header'])['revision']);
}

function keyValueOf(given: unknown): KeyValue {
  const fields = objectOf(given);
  return {
    key: new TextDecoder().decode(bytesOf(fields['key'])),
    value: bytesOf(fields['value']),
    modRevision: numberOf(fields['mod_revision']),
    version: numberOf(fields['version']),
  };
}

// ---- Watches

/** What comes over the stream of a watch. */
export type WatchNews =
  | 'created'
  | 'event'
  /** Revisions from which it was to begin are forgotten. */
  | 'compacted'
  /** It hears nothing more. */
  | 'lost';

export function encodeWatch(key: string, startRevision: number): string {
  return JSON.stringify({ create_request: { key: base64(key), start_revision: String(startRevision) } });
}

export function decodeWatchLine(line: string): WatchNews {
  try {
    const result = objectOf(objectOf(JSON.parse(line))['result']);
    if (result['compact_revision'] !== undefined) return 'compacted';
    if (result['canceled'] === true) return 'lost';
    return listOf(result['events']).length > 0 ? 'event' : 'created';
  } catch {
    return 'lost';
  }
}

export function encodeWatchOf(prefix: string, startRevision: number): string {
  return JSON.stringify({ create_request: { ...keysOf(prefix), start_revision: String(startRevision) } });
}

/** A key that was written, or deleted (`value` null). */
export interface KeyEvent {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly revision: number;
}

/** Null: the line tells of no events, and none come. */
export function decodeEvents(line: string): readonly KeyEvent[] | null {
  const news = decodeWatchLine(line);
  if (news !== 'event') return news === 'created' ? [] : null;
  const { events } = objectOf(objectOf(JSON.parse(line))['result']);
  return listOf(events).map((given) => {
    const event = objectOf(given);
    const { key, value, modRevision } = keyValueOf(event['kv']);
    return { key, value: event['type'] === 'DELETE' ? null : value, revision: modRevision };
  });
}

// ---- What else it answers

/** Why etcd refused: its words, and the code of gRPC; null where the answer is none of etcd's. */
export interface Refusal {
  readonly message: string;
  readonly code: number | null;
}

/** 3.4 and 3.7 have the words under `message`, and 3.4 under `error` too. */
export function decodeRefusal(text: string): Refusal {
  try {
    const { message, error, code } = objectOf(JSON.parse(text));
    const words = typeof message === 'string' ? message : error;
    if (typeof words === 'string') return { message: words, code: typeof code === 'number' ? code : null };
  } catch {
    // not of etcd
  }
  return { message: JSON.stringify(text.slice(0, TEXT_CHARACTERS_MAX)), code: null };
}

export const TEXT_CHARACTERS_MAX = 100;

/** What a user is known by who logged in; null: the answer has none. */
export function decodeToken(text: string): string | null {
  try {
    const { token } = objectOf(JSON.parse(text));
    return typeof token === 'string' && token !== '' ? token : null;
  } catch {
    return null;
  }
}

/** The version of the cluster; null: this is no etcd. */
export function decodeVersion(text: string): string | null {
  try {
    const { etcdcluster, etcdserver } = objectOf(JSON.parse(text));
    if (typeof etcdserver !== 'string') return null;
    return typeof etcdcluster === 'string' && /^\d+\./.test(etcdcluster) ? etcdcluster : etcdserver;
  } catch {
    return null;
  }
}

/** What a member says of itself. */
export interface MemberStatus {
  readonly version: string;
  /** Id of the member that leads; 0: none does. */
  readonly leader: string;
  /** That its database takes on the disk, which its quota is for. */
  readonly usedBytes: number;
  /** 0: it does not say. */
  readonly quotaBytes: number;
  readonly errors: readonly string[];
}

export function decodeStatus(answer: unknown): MemberStatus {
  const fields = objectOf(answer);
  return {
    version: textOf(fields['version'], 'of no version'),
    leader: textOf(fields['leader'], '0'),
    usedBytes: numberOf(fields['dbSize']),
    quotaBytes: numberOf(fields['dbSizeQuota']),
    errors: listOf(fields['errors']).map((error) => textOf(error, 'an error without words')),
  };
}

// ---- Fields

type Fields = Readonly<Record<string, unknown>>;

function objectOf(given: unknown): Fields {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Fields;
  throw new Error('a part of it is missing');
}

function listOf(given: unknown): readonly unknown[] {
  if (given === undefined) return [];
  if (Array.isArray(given)) return given as readonly unknown[];
  throw new Error('a list is none');
}

function textOf(given: unknown, otherwise: string): string {
  return typeof given === 'string' ? given : otherwise;
}

function numberOf(given: unknown): number {
  const number = Number(given ?? 0);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`${String(given)} is no revision`);
}

/** Plain bytes: a `slice` of a Buffer is no copy. */
function bytesOf(given: unknown): Uint8Array {
  return Uint8Array.from(Buffer.from(typeof given === 'string' ? given : '', 'base64'));
}

function base64(given: string | Uint8Array): string {
  return (typeof given === 'string' ? Buffer.from(given, 'utf8') : Buffer.from(given)).toString('base64');
}
