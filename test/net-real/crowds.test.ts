// What others can make a process hold: peers that begin frames and do not end them, and crowds of whoever is no peer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { joinFrames } from '../../src/net-real/frames.ts';
import { OpenerGreeting } from '../../src/net-real/greeting.ts';
import { networkLimits, type Network, type NetworkLimits } from '../../src/net-real/network.ts';
import { Strangers } from '../../src/net-real/strangers.ts';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { greet, TOY_PEER, toyHello } from './greet.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

const MEBIBYTE = 1_048_576;

const PATIENCE = { timeout: 30_000 }; // the machine may be busy with something else

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function open(limits: Partial<NetworkLimits> = {}) {
  const [heard, logged]: [string[], string[]] = [[], []];
  const network: Network = await createTcpNetwork({
    secret: toySecret,
    listen: '127.0.0.1:0',
    incarnation: 1,
    codec: plainCodec,
    limits,
    log: (line) => logged.push(line.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')),
  });
  ends.push(() => network.destroy());
  network.deliverTo({ onMessage: ({ body }) => heard.push(String(body)), onConnectionLost: () => {} });
  return { network, heard, logged };
}

function connect(listening: string, bytes: Uint8Array): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port: Number(listening.split(':')[1]) });
  ends.push(() => socket.destroy());
  socket.on('error', () => {});
  socket.resume();
  return new Promise((resolve) => socket.once('connect', () => socket.write(bytes, () => resolve(socket))));
}

const closed = (socket: Socket): Promise<unknown> => (socket.closed ? Promise.resolve() : once(socket, 'close'));

/** Of a frame of so many bytes, half. */
function halfFrame(bytes: number): Uint8Array {
  const header = joinFrames([new Uint8Array(0)]);
  header.writeUInt32BE(bytes, 0);
  header.writeInt32BE(~bytes, 4);
  return Buffer.concat([header, new Uint8Array(bytes - 1).fill(7)]);
}

async function speaks(network: Network, heard: readonly string[]): Promise<void> {
  const { address: to, listening } = network;
  const envelope = { effect: 'send', streamClass: 'control', from: TOY_PEER, to, kind: 'letter', body: 'served' };
  const letter = joinFrames([plainCodec.encode(envelope as never)]);
  const peer = await greet(listening, { to }, [letter]);
  ends.push(() => peer.destroy());
  await vi.waitFor(() => expect(heard).toContain('served'), PATIENCE);
}

test('60 half frames of 31 MiB cost what all incomplete frames may cost, and not 1.9 GB', async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('half-frames.ts', import.meta.url))]);
  ends.push(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const listening = (await lines.next()).value as string;
  const half = halfFrame(31 * MEBIBYTE);
  for (let count = 0; count < 60; count++) {
    const socket = await greet(listening, { to: listening, from: `127.0.0.1:${count + 1}` }, [half]);
    ends.push(() => socket.destroy());
  }
  child.stdin.write('\n');
  const grown = Number((await lines.next()).value);
  expect(grown).toBeGreaterThan(100 * MEBIBYTE); // they came
  expect(grown).toBeLessThan(networkLimits.partialBytesMax * 1.5);
});

describe('strangers', () => {
  test('in crowds: the oldest goes, the newest is heard, and a peer is served', async () => {
    const { network, heard, logged } = await open({ strangersMax: 20 });
    const idle = await Promise.all(Array.from({ length: 100 }, () => connect(network.listening, new Uint8Array(0))));
    await vi.waitFor(() => expect(idle.filter((socket) => socket.closed).length).toBe(80), PATIENCE);
    await speaks(network, heard);
    expect(logged[0]).toBe('dropped HOST: it has not said who it is, and there are more than 20 such connections');
    expect(logged.length).toBeLessThan(3);
  });

  test('that say a hello and no proof: they are bounded as well', async () => {
    const { network, heard } = await open({ strangersMax: 20 });
    const { listening, address: to } = network;
    const hello = (): Uint8Array => new OpenerGreeting(toySecret, toyHello({ to })).first();
    const begun = await Promise.all(Array.from({ length: 50 }, () => connect(listening, hello())));
    await vi.waitFor(() => expect(begun.filter((socket) => socket.closed).length).toBe(30), PATIENCE);
    await speaks(network, heard);
  });

  test('that say their hello byte by byte: the time is that of all of it', async () => {
    const { network } = await open({ helloMs: 60 });
    const hello = new OpenerGreeting(toySecret, toyHello({ to: network.address })).first();
    const socket = await connect(network.listening, new Uint8Array(0));
    let at = 0;
    const drip = setInterval(() => socket.write(hello.subarray(at, ++at)), 5);
    ends.push(() => clearInterval(drip));
    await closed(socket);
    expect(at).toBeLessThan(hello.length);
  });

  test('that announce more than a hello: nothing of it is waited for', async () => {
    const { network, logged } = await open();
    await closed(await connect(network.listening, halfFrame(1_025)));
    expect(logged).toEqual(['dropped HOST: a frame of 1025 bytes is announced, at most 1024 are taken']);
  });

  test('500 connections of garbage are one line, and the process serves its peer', async () => {
    const { network, heard, logged } = await open();
    const garbage = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    for (let count = 0; count < 500; count++) await closed(await connect(network.listening, garbage));
    await speaks(network, heard);
    expect(logged[0]).toBe('dropped HOST: no frame begins with the bytes 474554202f204854');
    expect(logged.length).toBeLessThan(3); // the second tells how many there were
  });

  test('of many hosts share a line', () => {
    const logged: string[] = [];
    const strangers = new Strangers(networkLimits, (line) => logged.push(line));
    ends.push(() => strangers.close());
    for (let host = 0; host < 1_000; host++) strangers.complain(`10.0.0.${host}`, 'dropped', `dropped 10.0.0.${host}`);
    expect(logged).toHaveLength(17);
  });
});
