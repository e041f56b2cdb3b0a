// A client of etcd over its JSON gateway: transactions and watches, at whichever of its endpoints answers. It repeats a question elsewhere only where that
// cannot do it twice; what became of a write whose answer is lost is not known, and is told so.
import { formatEndpoint, type Endpoint } from '../endpoint.ts';
import { readLogin, type Login } from './access.ts';
import { EtcdFailure } from './failure.ts';
import type { EtcdTransport, NoReply, Question, Reply } from './transport.ts';
import {
  decodeRefusal,
  decodeToken,
  decodeTransaction,
  decodeVersion,
  decodeWatchLine,
  encodeRangeAt,
  encodeTransaction,
  encodeWatch,
  encodeWatchOf,
  range,
  TEXT_CHARACTERS_MAX,
  type Refusal,
  type Transaction,
  type TransactionAnswer,
  type WatchNews,
} from './wire.ts';

/** Where another endpoint may answer, waiting long for one would cost the leader its lease. */
const SILENCE_MS = { alone: 3_000, amongOthers: 1_000 };

const TRANSACTION_PATH = '/v3/kv/txn';
const WATCH_PATH = '/v3/watch';
const VERSION_PATH = '/version';
const STATUS_PATH = '/v3/maintenance/status';
const RANGE_PATH = '/v3/kv/range';
const COMPACTION_PATH = '/v3/kv/compaction';
const LOGIN_PATH = '/v3/auth/authenticate';
const VERSION_MIN = { major: 3, minor: 4 };

export interface EtcdClientOptions {
  readonly endpoints: readonly Endpoint[];
  readonly transport: EtcdTransport;
  /** Without a byte, after which an answer is given up. Default: as long as the leader of a cluster can wait for it. */
  readonly silenceMs?: number;
  /** As whom etcd is asked. Default: nobody. */
  readonly access?: Access | null;
}

export interface Access {
  /** As `readLogin` takes it. */
  readonly login: string;
  /** What its user must be granted. */
  readonly prefix: string;
}

/** How sure a client is that a question which fails did nothing. */
type Asks = 'reads' | 'writes';

export class EtcdClient {
  readonly #endpoints: readonly Endpoint[];
  readonly #transport: EtcdTransport;
  readonly #silenceMs: number;
  /** The endpoint that is asked first: the one that answered last. */
  #first = 0;
  readonly #access: Access | null;
  /** Null: none yet, or the last one was refused. '': etcd has no users. */
  #token: string | null = null;
  /** Who wants a token while one is asked for waits for that one. */
  #comingToken: Promise<string> | null = null;

  constructor({ endpoints, transport, silenceMs, access = null }: EtcdClientOptions) {
    this.#access = access;
    this.#endpoints = endpoints;
    this.#transport = transport;
    this.#silenceMs = silenceMs ?? (endpoints.length === 1 ? SILENCE_MS.alone : SILENCE_MS.amongOthers);
  }

  /** Rejects with an `EtcdFailure`. */
  transact(transaction: Transaction): Promise<TransactionAnswer> {
    const writes = [...transaction.success, ...transaction.failure].some(({ kind }) => kind !== 'response_range');
    const question = { path: TRANSACTION_PATH, body: encodeTransaction(transaction) };
    return this.#ask(question, writes ? 'writes' : 'reads', (text) => decodeTransaction(text, transaction));
  }

  /** Rejects with an `EtcdFailure`, which is final if no endpoint that answers is an etcd that this client knows. */
  async checkVersion(): Promise<string> {
    const version = await this.#ask({ path: VERSION_PATH, body: null }, 'reads', decodeVersion);
    const where = this.#names();
    if (version === null) throw new EtcdFailure(`${where} answers, and is no etcd`, { isFinal: true });
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major === VERSION_MIN.major && minor >= VERSION_MIN.minor) return version;
    throw new EtcdFailure(`etcd at ${where} is ${version}: its JSON gateway is known from 3.4 to 3.7`, {
      isFinal: true,
    });
  }

  /** Everything before this revision is forgotten, by all who use that etcd. Rejects with an `EtcdFailure`, unless it is forgotten already. */
  async compact(revision: number): Promise<void> {
    const question = { path: COMPACTION_PATH, body: JSON.stringify({ revision: String(revision) }) };
    try {
      await this.#ask(question, 'writes', JSON.parse);
    } catch (error) {
      if (!isCompacted(error)) throw error;
    }
  }

  /** The revision of the store, and whether its history was ever compacted. Rejects with an `EtcdFailure`. */
  async history(key: string): Promise<{ readonly revision: number; readonly isCompacted: boolean }> {
    const { revision } = await this.transact({ compare: [], success: [range(key)], failure: [] });
    const question = { path: RANGE_PATH, body: encodeRangeAt(key, 1) };
    try {
      await this.#ask(question, 'reads', JSON.parse);
      return { revision, isCompacted: false };
    } catch (error) {
      if (!isCompacted(error)) throw error;
      return { revision, isCompacted: true };
    }
  }

  /** What each endpoint says of itself, whatever the others do; of one that fails, why. */
  statuses(): Promise<
    readonly { readonly endpoint: string; readonly status: unknown; readonly failure: string | null }[]
  > {
    const question = { path: STATUS_PATH, body: '{}' };
    return Promise.all(
      this.#endpoints.map(async (endpoint) => {
        const where = formatEndpoint(endpoint);
        try {
          const status = await this.#askAt(endpoint, question, (text): unknown => JSON.parse(text));
          return { endpoint: where, status, failure: null };
        } catch (error) {
          return { endpoint: where, status: null, failure: (error as Error).message };
        }
      }),
    );
  }

  /**
   * Tells what happens to a key from a revision on. Behind `compacted` and `lost` nothing comes.
   *
   * @returns what ends it
   */
  watch(key: string, startRevision: number, onNews: (news: WatchNews) => void): () => void {
    const at = this.#first;
    const question = this.#signed({ path: WATCH_PATH, body: encodeWatch(key, startRevision) });
    const end = this.#transport.listen(this.#endpoints[at] as Endpoint, question, {
      onLine(line) {
        const news = decodeWatchLine(line);
        if (news === 'lost' || news === 'compacted') end();
        onNews(news);
      },
      onEnd: () => {
        this.#passOver(at);
        onNews('lost');
      },
    });
    return end;
  }

  /**
   * All that happens to keys with a prefix from a revision on, as lines for `decodeEvents`; null: nothing comes any more.
   *
   * @returns what ends it
   */
  watchPrefix(prefix: string, startRevision: number, onLine: (line: string | null) => void): () => void {
    const question = this.#signed({ path: WATCH_PATH, body: encodeWatchOf(prefix, startRevision) });
    return this.#transport.listen(this.#endpoints[this.#first] as Endpoint, question, {
      onLine,
      onEnd: () => onLine(null),
    });
  }

  close(): void {
    this.#transport.close();
  }

  // ---- One endpoint after the other

  async #ask<T>(question: Question, asks: Asks, decode: (text: string) => T): Promise<T> {
    const failures: EtcdFailure[] = [];
    const begin = this.#first;
    for (let turn = 0; turn < this.#endpoints.length; turn++) {
      const at = (begin + turn) % this.#endpoints.length;
      try {
        const answer = await this.#askAt(this.#endpoints[at] as Endpoint, question, decode);
        this.#first = at;
        return answer;
      } catch (error) {
        const failure = error as EtcdFailure;
        this.#passOver(at);
        if (failure.isFinal || (asks === 'writes' && failure.outcome === 'unknown')) throw failure;
        failures.push(failure);
      }
    }
    throw allFailed(failures);
  }

  /** Rejects with an `EtcdFailure` alone; `unknown` where the endpoint may have done what it was asked for. */
  async #askAt<T>(endpoint: Endpoint, question: Question, decode: (text: string) => T): Promise<T> {
    const where = `etcd at ${formatEndpoint(endpoint)}`;
    const reply = await this.#replyFrom(endpoint, question);
    if (reply.status !== 200) throw refusalOf(where, reply, this.#access);
    try {
      return decode(reply.text);
    } catch (error) {
      const text = JSON.stringify(reply.text.slice(0, TEXT_CHARACTERS_MAX));
      throw new EtcdFailure(`${where}: half an answer, ${text}: ${(error as Error).message}`, { outcome: 'unknown' });
    }
  }

  /** With a token, and with a new one where that is over: etcd refuses such a question before it does anything. */
  async #replyFrom(endpoint: Endpoint, question: Question): Promise<Reply> {
    if (this.#access === null || question.body === null) return this.#hear(endpoint, question);
    const token = this.#token ?? (await this.#takeToken(endpoint, this.#access));
    const reply = await this.#hear(endpoint, signed(question, token));
    if (reply.status === 200 || !wantsLogin(decodeRefusal(reply.text))) return reply;
    if (this.#token === token) this.#token = null;
    return this.#hear(endpoint, signed(question, this.#token ?? (await this.#takeToken(endpoint, this.#access))));
  }

  async #hear(endpoint: Endpoint, question: Question): Promise<Reply> {
    try {
      return await this.#transport.ask(endpoint, question, this.#silenceMs);
    } catch (error) {
      const { isSent, message } = error as NoReply;
      const where = `etcd at ${formatEndpoint(endpoint)}`;
      throw new EtcdFailure(`${where}: ${message}`, { outcome: isSent ? 'unknown' : 'not-applied', cause: error });
    }
  }

  // ---- The user

  #signed(question: Question): Question {
    return signed(question, this.#token ?? '');
  }

  #takeToken(endpoint: Endpoint, access: Access): Promise<string> {
    this.#comingToken ??= this.#askForToken(endpoint, access).finally(() => (this.#comingToken = null));
    return this.#comingToken;
  }

  /** Whatever fails here, what the token is for was not asked. No sentence has a word of the answer: it may hold a token. */
  async #askForToken(endpoint: Endpoint, { login: file }: Access): Promise<string> {
    const where = `etcd at ${formatEndpoint(endpoint)}`;
    const login = loginIn(file, where);
    const body = JSON.stringify(login);
    let reply: Reply;
    try {
      reply = await this.#hear(endpoint, { path: LOGIN_PATH, body });
    } catch (error) {
      throw new EtcdFailure((error as Error).message, { cause: (error as EtcdFailure).cause });
    }
    if (reply.status !== 200) {
      const { code, message } = decodeRefusal(reply.text);
      if (/not enabled/.test(message)) return (this.#token = '');
      if (code === 3)
        throw new EtcdFailure(`${where} refuses the user "${login.name}" of login=${file}: ${message}`, {
          isFinal: true,
        });
      throw refusalOf(where, reply, null);
    }
    const token = decodeToken(reply.text);
    if (token === null) throw new EtcdFailure(`${where}: half an answer to a user who logs in`);
    return (this.#token = token);
  }

  /** Others are asked first from now on. */
  #passOver(at: number): void {
    if (this.#first === at) this.#first = (at + 1) % this.#endpoints.length;
  }

  #names(): string {
    return this.#endpoints.map(formatEndpoint).join(',');
  }
}

function allFailed(failures: readonly EtcdFailure[]): EtcdFailure {
  const [first] = failures;
  if (first === undefined) throw new Error('a client has an endpoint');
  if (failures.length === 1) return new EtcdFailure(first.message, { cause: first.cause });
  return new EtcdFailure(failures.map(({ message }) => message).join('; '), { cause: first.cause });
}

function isCompacted(error: unknown): boolean {
  return error instanceof EtcdFailure && /revision has been compacted/.test(error.message);
}

// ---- Refusals

/** Codes of gRPC with which etcd refuses before it does anything. */
const REFUSED: ReadonlySet<number> = new Set([3, 5, 6, 7, 8, 9, 11, 12, 16]);
/** What the gateway says before it looks at a token. */
const COMMON_NAME = /CommonName of client/;

const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;

/** What makes room in a database that is full. */
export const ROOM =
  'have its history compacted (etcdctl compact), give the room back (etcdctl defrag), then etcdctl alarm disarm';

const FINAL: ReadonlySet<number> = new Set([7, 12, 16]); // permission denied, unimplemented, unauthenticated
/** What etcd with users says to one who is none, with the code of a bad argument. */
const NO_USER = /user name is empty|auth/i;

function refusalOf(where: string, { status, text }: Reply, access: Access | null): EtcdFailure {
  const refusal = decodeRefusal(text);
  const { code, message } = refusal;
  if (wantsLogin(refusal))
    return access === null
      ? new EtcdFailure(`${where} wants a user (${message}): name a file with NAME:PASSWORD, ?login=FILE`, {
          isFinal: true,
        })
      : new EtcdFailure(`${where} does not take the user of login=${access.login}: ${message}`);
  if (code === PERMISSION_DENIED && access !== null)
    return new EtcdFailure(
      `${where}: the user of login=${access.login} may not do that (${message}): a role of it must be granted all below the prefix, as by etcdctl role grant-permission ROLE readwrite ${access.prefix}/ --prefix`,
      { isFinal: true },
    );
  if (code === RESOURCE_EXHAUSTED && /space exceeded/.test(message))
    return new EtcdFailure(`${where}: its database is full (${message}): ${ROOM}`);
  if (code === null && COMMON_NAME.test(text))
    return new EtcdFailure(
      `${where} has users, and its gateway takes no client whose certificate has a CommonName (${message}): sign cert=FILE without one`,
      { isFinal: true },
    );
  if (code === null) {
    const isNone = status >= 400 && status < 500; // a web server, or an etcd without a gateway: whoever answers for etcd has its codes
    return new EtcdFailure(
      `${where} answers ${status} ${message}: ${isNone ? 'that is no etcd' : 'etcd does not serve'}`,
      {
        outcome: isNone ? 'not-applied' : 'unknown',
        isFinal: isNone,
      },
    );
  }
  return new EtcdFailure(`${where}: ${message} (code ${code}, status ${status})`, {
    outcome: REFUSED.has(code) ? 'not-applied' : 'unknown',
    isFinal: FINAL.has(code),
  });
}

/** The token is over or missing, or one from before users were changed. */
function wantsLogin({ code, message }: Refusal): boolean {
  return (code === 3 || code === 7 || code === 16) && NO_USER.test(message);
}

function signed(question: Question, token: string): Question {
  return token === '' ? question : { ...question, token };
}

function loginIn(file: string, where: string): Login {
  try {
    return readLogin(file);
  } catch (error) {
    throw new EtcdFailure(`${where}: ${(error as Error).message}`, { isFinal: true });
  }
}
