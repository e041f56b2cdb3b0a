// Streams whose other end vanished without a word: nothing is refused, nothing is reset, nothing comes.
import { execFile, spawnSync } from 'node:child_process';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Network, NetworkLimits } from '../../src/net-real/network.ts';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { plainTransport, type Transport } from '../../src/net-real/transport.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

const SILENCE_MS = 240;

interface Party {
  readonly network: Network;
  readonly heard: string[];
  readonly logged: string[];
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Passes what comes from either side, or swallows it; never says so. */
class Hole {
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  #isSwallowing = false;
  target = 0;

  static async open(): Promise<Hole> {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return new Hole(server);
  }

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (front) => this.#join(front, createConnection(this.target, '127.0.0.1')));
    closers.push(() => this.#close());
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sockets.length / 2;
  }

  /** What was connected by then stays dead for ever, as far as it can tell. */
  swallow(isSwallowing: boolean): void {
    this.#isSwallowing = isSwallowing;
    if (isSwallowing) for (const socket of this.#sockets) socket.removeAllListeners('data').resume();
  }

  #join(front: Socket, back: Socket): void {
    this.#sockets.push(front, back);
    const isDead = this.#isSwallowing;
    for (const [from, to] of [
      [front, back],
      [back, front],
    ] as const) {
      from.on('error', () => {});
      if (isDead) from.resume();
      else from.on('data', (chunk) => to.write(chunk));
    }
  }

  #close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function party(
  hole: Hole | null,
  limits: Partial<NetworkLimits>,
  connect?: Transport['connect'],
): Promise<Party> {
  const [heard, logged]: [string[], string[]] = [[], []];
  const network = await createTcpNetwork({
    secret: toySecret,
    listen: '127.0.0.1:0',
    ...(hole === null ? {} : { advertise: hole.address }),
    incarnation: 1,
    codec: plainCodec,
    log: (line) => logged.push(line),
    limits,
    transport: { ...plainTransport, ...(connect === undefined ? {} : { connect }) },
  });
  closers.push(() => network.destroy());
  network.deliverTo({
    onMessage: ({ body }) => heard.push(String(body)),
    onConnectionLost: (_, streamClass) => heard.push(`lost ${streamClass}`),
  });
  if (hole !== null) hole.target = Number(network.listening.split(':')[1]);
  return { network, heard, logged };
}

function send(from: Party, to: string, body: number): void {
  from.network.send({ effect: 'send', streamClass: 'data', from: from.network.address, to, kind: 'letter', body });
}

const heardBy = ({ heard }: Party, ...lines: string[]) =>
  vi.waitFor(() => expect(heard).toEqual(lines), { timeout: 10_000, interval: 5 });

const passes = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

let from: Party = null!;
let to: Party = null!;
let hole: Hole = null!;
beforeEach(async () => {
  hole = await Hole.open();
  to = await party(hole, { streamSilenceMs: SILENCE_MS });
  from = await party(null, { streamSilenceMs: SILENCE_MS });
  send(from, hole.address, 1);
  await heardBy(to, '1');
});

test('both ends give up a stream that fell silent, and the next send opens another', async () => {
  hole.swallow(true);
  const since = performance.now();
  send(from, hole.address, 2);
  await Promise.all([heardBy(from, 'lost data'), heardBy(to, '1', 'lost data')]);
  expect(performance.now() - since).toBeGreaterThan(SILENCE_MS);
  expect(from.logged).toEqual([
    `broke the data stream to ${hole.address}: nothing was heard of it for more than ${SILENCE_MS} ms`,
  ]);
  expect(to.logged).toEqual([expect.stringContaining(`: it fell silent for more than ${SILENCE_MS} ms`)]);
  hole.swallow(false);
  send(from, hole.address, 3);
  await heardBy(to, '1', 'lost data', '3');
});

test('a stream on which nothing is sent stays, as both ends say that they live', async () => {
  await passes(4 * SILENCE_MS);
  send(from, hole.address, 2);
  await heardBy(to, '1', '2');
  expect([hole.connections, from.heard, from.logged, to.logged]).toEqual([1, [], [], []]);
});

test('a process that stood still reads what came meanwhile before it gives up anybody', async () => {
  for (let round = 0; round < 3; round++) {
    standStill(2 * SILENCE_MS);
    await passes(SILENCE_MS / 4);
  }
  send(from, hole.address, 2);
  await heardBy(to, '1', '2');
  expect([hole.connections, from.heard, to.heard]).toEqual([1, [], ['1', '2']]);
});

test('a stream that is not read is not given up, as nothing can be heard on it', async () => {
  to.network.pause('data');
  send(from, hole.address, 2);
  await passes(4 * SILENCE_MS);
  to.network.resume('data');
  await heardBy(to, '1', '2');
  expect([hole.connections, from.heard]).toEqual([1, []]);
});

test('an attempt to connect that is not answered is given up, of which the sender hears', async () => {
  const attempts: Socket[] = [];
  const never: Transport['connect'] = () => {
    const socket = createConnection({ host: 'peer.invalid', port: 1, lookup: () => {} }); // it is looked up for ever
    attempts.push(socket);
    return socket;
  };
  const lonely = await party(null, { connectMs: 50 }, never);
  const since = performance.now();
  for (const round of [1, 2, 3]) {
    send(lonely, '127.0.0.1:1', round);
    await heardBy(lonely, ...Array.from({ length: round }, () => 'lost data'));
  }
  expect(attempts.map((socket) => socket.destroyed)).toEqual([true, true, true]);
  expect(performance.now() - since).toBeLessThan(2_000);
  expect(lonely.logged).toEqual([]);
});

// In a network namespace of its own, whose loopback drops all packets for a while: there TCP itself waits longer and longer.
const lab = spawnSync('unshare', ['-rn', 'sh', '-c', 'ip link set lo up && tc qdisc add dev lo root blackhole'], {
  encoding: 'utf8',
});
const lack = lab.status === 0 ? null : (lab.error?.message ?? lab.stderr.trim());

test.skipIf(lack !== null)(
  `behind a network that dropped everything for 8 s, streams are there again before TCP repeats what was lost${lack === null ? '' : ` (skipped, as there is no such network here: ${lack})`}`,
  async () => {
    const words = ['-rn', process.execPath, join(import.meta.dirname, 'black-hole.ts'), '8000'];
    const { stdout } = await promisify(execFile)('unshare', words);
    const { lostWithinMs, backAfterMs } = JSON.parse(stdout) as Record<string, number>;
    expect(lostWithinMs).toBeLessThan(5_000);
    expect(backAfterMs).toBeLessThan(3_500); // 0.1 s where nothing else runs, 4.6 s if TCP alone repeated
  },
);
