// A real etcd for a test: one member, on a port of its own, in a folder that goes with it. It can be stopped, killed and started again. The program is
// that of $ETCD, or `etcd` of the path (Debian: etcd-server); where there is none, tests that need one are skipped with that reason.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freeze } from '../freeze.ts';

const program = process.env['ETCD'] ?? 'etcd';

/** Why there is no etcd; null: there is one. */
export const noEtcd: string | null =
  spawnSync(program, ['--version']).status === 0
    ? null
    : `there is no program ${program}: install etcd-server, or set ETCD`;

if (noEtcd !== null) console.error(`tests of etcd are skipped: ${noEtcd}`);

export interface EtcdServer {
  /** `127.0.0.1:port` of its clients. */
  readonly address: string;
  readonly port: number;
  /** Asks its gateway by hand. */
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly answer: Record<string, unknown> }>;
  /** SIGSTOP; returns when all its threads stand still. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Resolves when it serves; with the data that it had. */
  start(): Promise<void>;
  /** Ends it, and removes its data. */
  close(): Promise<void>;
}

export interface EtcdOptions {
  /** Files in PEM; `clientCa`: of those who sign for its clients, who must have a certificate then. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** Further words of its command line. */
  readonly words?: readonly string[];
}

/** One member alone. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdServer> {
  const [only] = await startMembers(1, options);
  return only as EtcdServer;
}

/** Members of one etcd. */
export async function startMembers(count: number, options: EtcdOptions = {}): Promise<readonly EtcdServer[]> {
  const peers = await Promise.all(Array.from({ length: count }, freePort));
  const cluster = peers.map((port, index) => `etcd-${index}=http://127.0.0.1:${port}`).join(',');
  const started = peers.map((_, index) => startMember(index, { peers, cluster, ...options }));
  return Promise.all(started);
}

interface MemberOptions extends EtcdOptions {
  readonly peers: readonly number[];
  readonly cluster: string;
}

async function startMember(
  index: number,
  { peers, cluster, tls, words: further = [] }: MemberOptions,
): Promise<EtcdServer> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-etcd-'));
  const port = await freePort();
  const [url, peer] = [`http${tls === undefined ? '' : 's'}://127.0.0.1:${port}`, `http://127.0.0.1:${peers[index]}`];
  const words = [
    '--name',
    `etcd-${index}`,
    '--data-dir',
    join(folder, 'data'),
    '--listen-client-urls',
    url,
    '--advertise-client-urls',
    url,
    '--listen-peer-urls',
    peer,
    '--initial-advertise-peer-urls',
    peer,
    '--initial-cluster',
    cluster,
    '--heartbeat-interval',
    '20',
    '--election-timeout',
    '200',
    '--log-level',
    'error',
    ...(tls === undefined ? [] : ['--cert-file', tls.cert, '--key-file', tls.key]),
    ...(tls?.clientCa === undefined ? [] : ['--client-cert-auth', '--trusted-ca-file', tls.clientCa]),
    ...further,
  ];
  let child: ChildProcess | null = null;

  async function post(path: string, body: unknown): ReturnType<EtcdServer['post']> {
    const { status, text } = await ask(`${url}${path}`, JSON.stringify(body), tls);
    return { status, answer: JSON.parse(text) as Record<string, unknown> };
  }

  async function serves(): Promise<boolean> {
    try {
      const { status, answer } = await post('/v3/kv/range', { key: 'AA==' });
      return status === 200 || /user name is empty/.test(String(answer['message'])); // of one with users
    } catch {
      return false;
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'exit');
    ending.kill(signal);
    await gone;
  }

  const server: EtcdServer = {
    address: `127.0.0.1:${port}`,
    port,
    post,
    freeze() {
      if (child?.pid !== undefined) freeze(child.pid);
    },
    thaw: () => void child?.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    async start() {
      child = spawn(program, words, { stdio: 'ignore' });
      for (let looks = 0; looks < 1_500; looks++) {
        if (await serves()) return;
        if (child.exitCode !== null) throw new Error(`etcd ended with exit code ${child.exitCode}`);
        await sleep(20);
      }
      throw new Error('etcd does not serve');
    },
    async close() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
  await server.start();
  return server;
}

/** As a client with the certificate of the server, which proves nothing to it. */
function ask(url: string, body: string, tls: EtcdOptions['tls']): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const files =
    tls === undefined ? {} : { cert: readFileSync(tls.cert), key: readFileSync(tls.key), rejectUnauthorized: false };
  const open = tls === undefined ? httpRequest : httpsRequest;
  const asked = open(url, { method: 'POST', agent: false, ...files }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    response.once('error', reject);
  });
  asked.once('error', reject);
  asked.end(body);
  return promise;
}

/** Of this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
