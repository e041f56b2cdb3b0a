// HTTP to one member of etcd: a question with one whole answer, or a stream of lines. It knows neither keys nor what an answer means.
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Endpoint } from '../endpoint.ts';
import { tlsFilesOf, type TlsFiles } from './access.ts';
import type { EtcdTls } from './place.ts';
import { wordsOfTls, type Phase } from './tls-words.ts';

export interface Question {
  readonly path: string;
  /** Null: a GET. */
  readonly body: string | null;
  /** Of the user who asks. */
  readonly token?: string;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** No whole answer came. `isSent`: the question may have reached somebody. */
export class NoReply extends Error {
  override readonly name = 'NoReply';
  readonly isSent: boolean;

  constructor(isSent: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.isSent = isSent;
  }
}

/** Who hears a stream. */
export interface Listener {
  onLine(text: string): void;
  /** Nothing comes behind it. */
  onEnd(): void;
}

export interface EtcdTransport {
  /** Rejects with a `NoReply` alone: also when nothing comes for `silenceMs`. */
  ask(endpoint: Endpoint, question: Question, silenceMs: number): Promise<Reply>;
  /** @returns what ends it, without a word to the listener */
  listen(endpoint: Endpoint, question: Question, listener: Listener): () => void;
  close(): void;
}

const SOCKETS_MAX = 32; // to each endpoint; further questions wait
const ANSWER_BYTES_MAX = 268_435_456;
const LINE_BYTES_MAX = 16_777_216;

/** @param tls null: none */
export function httpTransport(tls: EtcdTls | null = null): EtcdTransport {
  const wire = wireOf(tls);
  return {
    ask: (endpoint, question, silenceMs) => ask(wire, { endpoint, question, silenceMs }),
    listen: (endpoint, question, listener) => listen(wire, endpoint, question, listener),
    close: () => wire.agent.destroy(),
  };
}

/** Over what questions go. */
interface Wire {
  readonly tls: EtcdTls | null;
  readonly agent: Agent;
  /** Throws a sentence. */
  readonly files: () => TlsFiles;
}

function wireOf(tls: EtcdTls | null): Wire {
  const options = { keepAlive: true, maxSockets: SOCKETS_MAX };
  if (tls === null) return { tls, agent: new Agent(options), files: () => ({}) };
  return { tls, agent: new TlsAgent(options), files: tlsFilesOf(tls) };
}

interface Asking {
  readonly endpoint: Endpoint;
  readonly question: Question;
  readonly silenceMs: number;
}

async function ask(wire: Wire, { endpoint, question, silenceMs }: Asking): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  let asked: ClientRequest;
  try {
    asked = open(wire, wire.agent, endpoint, question);
  } catch (error) {
    throw new NoReply(false, wordsOfTls(error as Error, wire.tls, 'begins'), { cause: error });
  }
  let isSent = false;
  let silence: NodeJS.Timeout | undefined;
  const lose = (error: Error): void => {
    clearTimeout(silence);
    reject(new NoReply(isSent, wordsOfTls(error, wire.tls, phaseOf(asked, isSent)), { cause: error }));
  };
  asked.once('socket', (socket) => {
    silence = setTimeout(() => asked.destroy(new Error(`no answer for ${silenceMs} ms`)), silenceMs);
    if (socket.connecting) socket.once(wire.tls === null ? 'connect' : 'secureConnect', () => (isSent = true));
    else isSent = true;
  });
  asked.once('error', lose);
  asked.once('response', (response) => {
    silence?.refresh();
    whole(response, () => silence?.refresh()).then((text) => {
      clearTimeout(silence);
      resolve({ status: response.statusCode ?? 0, text });
    }, lose);
  });
  return promise;
}

function phaseOf({ reusedSocket }: ClientRequest, isSent: boolean): Phase {
  if (reusedSocket) return 'used';
  return isSent ? 'fresh' : 'begins';
}

/** Throws a sentence if a file of TLS cannot be read, or is none. */
function open(
  { tls, files }: Wire,
  agent: Agent | false,
  { host, port }: Endpoint,
  { path, body, token }: Question,
): ClientRequest {
  const headers = {
    ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    ...(token === undefined ? {} : { authorization: token }),
  };
  const options = { host, port, path, agent, method: body === null ? 'GET' : 'POST', headers };
  const asked = tls === null ? request(options) : tlsRequest({ ...options, ...files() });
  asked.end(body ?? '');
  return asked;
}

/** Rejects if the stream ends before its end. */
async function whole(response: IncomingMessage, onChunk: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    onChunk();
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('half an answer');
  return Buffer.concat(chunks).toString('utf8');
}

/** On a connection of its own. A status that is not 200, and a line without end, end it. */
function listen(wire: Wire, endpoint: Endpoint, question: Question, listener: Listener): () => void {
  let asked: ClientRequest;
  try {
    asked = open(wire, false, endpoint, question);
  } catch {
    const soon = setImmediate(() => listener.onEnd());
    return () => clearImmediate(soon);
  }
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    asked.destroy();
    listener.onEnd();
  };
  asked.once('error', end);
  asked.once('close', end);
  asked.once('response', (response) => {
    if (response.statusCode !== 200) return end();
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (!isOver && line !== '') listener.onLine(line);
      if (rest.length > LINE_BYTES_MAX) end();
    });
    response.once('error', end);
    response.once('end', end);
  });
  return () => {
    isOver = true;
    asked.destroy();
  };
}
