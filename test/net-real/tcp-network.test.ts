// What only TCP has: strangers, half frames, bytes that wait, addresses that cannot be reached. The process lives, and says it in one line.
import { createConnection, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { sealBlob } from '../../src/core/base/blob.ts';
import type { StreamClass } from '../../src/core/base/vocabulary.ts';
import { joinFrames } from '../../src/net-real/frames.ts';
import { drawNonce, encodeHello } from '../../src/net-real/hello.ts';
import type { Network } from '../../src/net-real/network.ts';
import { createTcpNetwork, type TcpOptions } from '../../src/net-real/tcp-network.ts';
import { plainCodec } from './plain-codec.ts';
import { greet, TOY_PEER, toyHello, type ToyHello } from './greet.ts';
import { toySecret } from './toy-secret.ts';

interface Listener {
  readonly network: Network;
  /** What it was told, and what it logged, without port numbers of strangers. */
  readonly heard: string[];
  readonly logged: string[];
  readonly until: (isSo: () => boolean) => Promise<void>;
}

let networks: Network[] = [];
let sockets: Socket[] = [];
afterEach(() => {
  for (const network of networks) network.destroy();
  for (const socket of sockets) socket.destroy();
  networks = [];
  sockets = [];
});

async function listener(given: Partial<TcpOptions> = {}): Promise<Listener> {
  const heard: string[] = [];
  const logged: string[] = [];
  let check = (): void => {};
  const note = (list: string[], line: string): void => {
    list.push(line);
    check();
  };
  const log = (line: string): void => note(logged, line.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST'));
  const network = await createTcpNetwork({
    secret: toySecret,
    listen: '127.0.0.1:0',
    incarnation: 5,
    codec: plainCodec,
    log,
    ...given,
  });
  networks.push(network);
  network.deliverTo({
    onMessage: ({ body }) => note(heard, typeof body === 'string' ? `${body.length} characters` : String(body)),
    onConnectionLost: (peer, streamClass) => note(heard, `lost ${streamClass} with ${peer}`),
  });
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      check = () => {
        if (isSo()) resolve();
      };
      check();
    });
  return { network, heard, logged, until };
}

/** A stranger who says these bytes; resolves with the socket when they are on their way. */
function speak(to: Listener, ...bytes: readonly Uint8Array[]): Promise<Socket> {
  return new Promise((resolve) => {
    const [host, port] = to.network.listening.split(':');
    const socket = createConnection({ host: host as string, port: Number(port) }, () => {
      socket.write(Buffer.concat(bytes), () => resolve(socket));
    });
    sockets.push(socket);
    socket.on('error', () => {});
    socket.resume();
  });
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => void (socket.closed ? resolve() : socket.once('close', () => resolve())));

const PEER = TOY_PEER;

/** A peer that proves itself, and says these bytes behind that. */
async function speakAs(to: Listener, given: Partial<ToyHello>, ...bytes: readonly Uint8Array[]): Promise<Socket> {
  const socket = await greet(to.network.listening, { to: to.network.address, ...given }, bytes);
  sockets.push(socket);
  return socket;
}

/** As it is on the wire. */
function helloTo(to: Listener): Buffer {
  const hello = toyHello({ to: to.network.address });
  return joinFrames([encodeHello({ ...hello, nonce: drawNonce() })]);
}

function letter(to: Listener, body: string | number, streamClass: StreamClass = 'control', from = PEER): Buffer {
  const message = { effect: 'send', streamClass, from, to: to.network.address, kind: 'letter', body } as const;
  return joinFrames([plainCodec.encode(message)]);
}

/** A letter whose length lost a bit on its way: whatever follows it, for a megabyte, would be part of it. */
function lengthened(to: Listener): Buffer {
  const bytes = letter(to, 2);
  bytes[1] = 0x10;
  return bytes;
}

function send(from: Listener, to: string, body: unknown, streamClass: StreamClass = 'control'): void {
  from.network.send({ effect: 'send', streamClass, from: from.network.address, to, kind: 'letter', body });
}

describe('a stranger is dropped with one line', () => {
  const noHello = joinFrames([sealBlob('something-else', 1, null)]);
  test.each([
    [
      'that speaks HTTP',
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      'no frame begins with the bytes 474554202f204854',
    ],
    ['whose first frame is no hello', noHello, 'not a millrace-hello: its format is "something-else"'],
    [
      'of another version',
      joinFrames([sealBlob('millrace-hello', 5, null)]),
      'millrace-hello has version 5, this Millrace reads version 6: it runs another version of Millrace, and all processes of a cluster must run the same',
    ],
    ['whose hello is empty', joinFrames([new Uint8Array(0)]), 'not a millrace-hello: ends at byte 0'],
    ['whose hello is damaged', joinFrames([Buffer.alloc(60, 7)]), 'not a millrace-hello'],
  ])('%s', async (_, bytes, sentence) => {
    const to = await listener();
    await closed(await speak(to, bytes));
    expect(to.logged).toHaveLength(1);
    expect(to.logged[0]).toMatch(`dropped HOST: ${sentence}`);
    expect(to.heard).toEqual([]);
  });

  test('who looks for somebody else', async () => {
    const to = await listener();
    await closed(await speakAs(to, { to: '10.0.0.7:80' }, letter(to, 1)));
    expect([to.heard, to.logged]).toEqual([[], ['dropped HOST: it looks for 10.0.0.7:80, this is HOST']]);
  });

  test('who belongs to another cluster, and has this address from a process that is gone', async () => {
    const to = await listener({ cluster: 'a' });
    await closed(await speakAs(to, { cluster: 'b' }, letter(to, 1)));
    expect(to.heard).toEqual([]);
    expect(to.logged).toEqual(['dropped HOST: HOST belongs to another cluster, with an HA service of its own']);
    await speakAs(to, { cluster: 'a' }, letter(to, 2));
    await to.until(() => to.heard.length === 1);
  });

  test('who says nothing, or half a hello, for too long', async () => {
    const to = await listener({ limits: { helloMs: 20 } });
    const strangers = await Promise.all([speak(to, new Uint8Array(0)), speak(to, helloTo(to).subarray(0, 9))]);
    await Promise.all(strangers.map(closed));
    expect(to.logged).toEqual(['dropped HOST: it says no hello']); // of both: a crowd of them is no news
  });

  test('who comes again and again, with one line for all of them', async () => {
    const to = await listener();
    for (let count = 0; count < 50; count++) await closed(await speak(to, Buffer.from('GET / HTTP/1.1\r\n\r\n')));
    expect(to.logged).toHaveLength(1);
  });

  test('who leaves in the middle of a hello', async () => {
    const to = await listener();
    const stranger = await speak(to, helloTo(to).subarray(0, 9));
    stranger.end();
    await to.until(() => to.logged.length === 1);
    expect(to.logged).toEqual(['HOST left in the middle of its hello']);
  });
});

test('a scan of ports is not worth a line, and peers are served as before', async () => {
  const to = await listener();
  const scanners = await Promise.all(Array.from({ length: 20 }, () => speak(to)));
  for (const scanner of scanners) scanner.destroy();
  await Promise.all(scanners.map(closed));
  const from = await listener();
  send(from, to.network.address, 1);
  await to.until(() => to.heard.length === 1);
  expect([to.heard, to.logged]).toEqual([['1'], []]);
});

describe('a peer that goes wrong is dropped with one line, and its loss is told', () => {
  const lost = [`1`, `lost control with ${PEER}`];

  test.each([
    ['garbage', () => joinFrames([Buffer.from('garbage')]), /^not a toy-message/],
    [
      'a frame that is too long',
      () => Uint8Array.of(0x7f, 0, 0, 0, 0x80, 0xff, 0xff, 0xff),
      /^a frame of 2130706432 bytes is announced/,
    ],
    ['a length that is damaged: a megabyte more', lengthened, /^no frame begins with the bytes 0010/],
    [
      'a message of another class',
      (to: Listener) => letter(to, 2, 'data'),
      /^a data message .* came in another stream$/,
    ],
    [
      'a message of somebody else',
      (to: Listener) => letter(to, 2, 'control', 'x:1'),
      /^a control message from x:1 .* came in another stream$/,
    ],
  ] as const)('%s', async (_, harm, sentence) => {
    const to = await listener();
    await closed(await speakAs(to, {}, letter(to, 1), harm(to), letter(to, 3)));
    await to.until(() => to.heard.length === 2);
    expect(to.heard).toEqual(lost);
    expect(to.logged).toHaveLength(1);
    expect(to.logged[0]?.replace('dropped the control stream of HOST (HOST): ', '')).toMatch(sentence);
  });

  test.each([
    ['half a frame, and then silence', (to: Listener) => letter(to, 2).subarray(0, 10), ' in the middle of a frame'],
    ['silence', () => new Uint8Array(0), ''],
  ])('%s', async (_, last, where) => {
    const to = await listener({ limits: { streamSilenceMs: 20 } });
    await closed(await speakAs(to, {}, letter(to, 1), last(to)));
    await to.until(() => to.heard.length === 2);
    expect(to.heard).toEqual(lost);
    const sentence = `it fell silent${where} for more than 20 ms`;
    expect(to.logged).toEqual([`dropped the control stream of HOST (HOST): ${sentence}`]);
  });
});

describe('of one address', () => {
  test('a newer incarnation takes the place of an older one: what that one still says is not heard', async () => {
    const to = await listener();
    const older = await speakAs(to, {}, letter(to, 1));
    const olderData = await speakAs(to, { streamClass: 'data' }, letter(to, 2, 'data'));
    await to.until(() => to.heard.length === 2);
    for (const streamClass of ['control', 'data'] as const) to.network.pause(streamClass); // so that it comes too late
    older.write(letter(to, 4));
    olderData.write(letter(to, 5, 'data'));
    await speakAs(to, { incarnation: 2 }, letter(to, 3));
    await to.until(() => to.heard.includes('3'));
    for (const streamClass of ['control', 'data'] as const) to.network.resume(streamClass);
    await Promise.all([closed(older), closed(olderData)]);
    expect([...to.heard].sort()).toEqual(['1', '2', '3', `lost control with ${PEER}`, `lost data with ${PEER}`]);
    expect(to.heard.at(-1)).toBe('3');
    expect(to.logged).toEqual([]);
  });

  test('an older incarnation is refused, also when the newer one is gone', async () => {
    const to = await listener();
    (await speakAs(to, { incarnation: 2 })).destroy();
    await to.until(() => to.heard.length === 1);
    await closed(await speakAs(to, {}, letter(to, 9)));
    expect(to.heard).toEqual([`lost control with ${PEER}`]);
    expect(to.logged).toEqual(['dropped HOST: incarnation 1 of HOST is over, the newest is 2']);
  });

  test('an older stream of the same incarnation that arrives late is refused', async () => {
    const to = await listener();
    await speakAs(to, { stream: 2 }, letter(to, 1));
    await to.until(() => to.heard.length === 1);
    await closed(await speakAs(to, { stream: 1 }, letter(to, 9)));
    expect([to.heard, to.logged]).toEqual([['1'], ['dropped HOST: a newer control stream of HOST is there']]);
  });
});

describe('bytes that wait', () => {
  test('a peer that takes nothing costs its stream, not the memory', async () => {
    const to = await listener();
    const from = await listener({ limits: { unsentBytesMax: 1_000_000 } });
    to.network.pause('data');
    const { address } = to.network;
    send(from, address, 'first', 'data');
    while (from.logged.length === 0) {
      send(from, address, 'x'.repeat(100_000), 'data');
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(from.logged[0]).toMatch(/^broke the data stream to HOST: \d+ bytes wait for it$/);
    await from.until(() => from.heard.length === 1);
    expect(from.heard).toEqual([`lost data with ${address}`]);
    to.network.resume('data');
    await to.until(() => to.heard.includes(`lost data with ${from.network.address}`));
    send(from, address, 7, 'data');
    await to.until(() => to.heard.includes('7'));
  });

  test('a stream that is paused is not read, while one of the other class is', async () => {
    const to = await listener();
    const from = await listener();
    send(from, to.network.address, 0, 'data');
    await to.until(() => to.heard.length === 1);
    to.network.pause('data');
    send(from, to.network.address, 1, 'data');
    for (let n = 0; n < 3; n++) {
      send(from, to.network.address, 10 + n);
      await to.until(() => to.heard.includes(String(10 + n)));
    }
    expect(to.heard).toEqual(['0', '10', '11', '12']);
    to.network.resume('data');
    await to.until(() => to.heard.includes('1'));
  });

  test('frames that never end cost the longest of them its stream, not the memory', async () => {
    const to = await listener({ limits: { partialBytesMax: 100_000 } });
    const half = (bytes: number): Buffer => letter(to, 'x'.repeat(90_000)).subarray(0, bytes);
    const from = (port: number): Partial<ToyHello> => ({ from: `127.0.0.1:${port}` });
    const short = await speakAs(to, from(1), half(30_000));
    const long = await speakAs(to, from(2), half(60_000));
    const other = await speakAs(to, from(3), half(30_000));
    await closed(long);
    expect(to.logged).toEqual([
      expect.stringMatching(
        /^dropped the control stream of HOST \(HOST\): \d+ bytes of a frame have come, and more than 100000 of all such frames$/,
      ),
    ]);
    expect([short.destroyed, other.destroyed]).toEqual([false, false]);
    await speakAs(to, from(4), half(30_000)); // the room of the one that went is free again
    await speakAs(to, from(5), letter(to, 7, 'control', '127.0.0.1:5'));
    await to.until(() => to.heard.includes('7'));
    expect(to.logged).toHaveLength(1);
  });

  test('a message over the limit breaks its stream', async () => {
    const to = await listener();
    const from = await listener({ limits: { frameBytesMax: 1_000 } });
    send(from, to.network.address, 1);
    send(from, to.network.address, 'x'.repeat(2_000));
    await from.until(() => from.heard.length === 1);
    expect(from.logged[0]).toMatch(
      /^broke the control stream to HOST: a message of 2\d{3} bytes is too long, 1000 are allowed$/,
    );
  });

  test('what was sent before a network is closed still arrives', async () => {
    const to = await listener();
    const from = await listener();
    for (let n = 0; n < 5; n++) send(from, to.network.address, 'x'.repeat(200_000));
    await from.network.close();
    await to.until(() => to.heard.length === 6);
    expect(to.heard[5]).toBe(`lost control with ${from.network.address}`);
  });
});

describe('while turns follow each other', () => {
  const batch = 'x'.repeat(3_000);
  const twoBatches = ['3000 characters', '3000 characters'];

  /** With a data stream that is open, and a host that goes on. */
  async function busyPair(): Promise<{ readonly from: Listener; readonly to: Listener }> {
    const to = await listener();
    const from = await listener();
    send(from, to.network.address, 0, 'data');
    send(from, to.network.address, 0);
    await to.until(() => to.heard.length === 2);
    to.heard.length = 0;
    from.network.endTurn(true);
    return { from, to };
  }

  test('batches wait for each other, and not for long', async () => {
    const { from, to } = await busyPair();
    send(from, to.network.address, batch, 'data');
    send(from, to.network.address, batch, 'data');
    await new Promise((resolve) => void setTimeout(resolve, 50));
    expect(to.heard).toEqual([]);
    from.network.endTurn(true);
    await to.until(() => to.heard.length === 2);
    expect(to.heard).toEqual(twoBatches);
  });

  test('they leave at once when no turn follows', async () => {
    const { from, to } = await busyPair();
    send(from, to.network.address, batch, 'data');
    from.network.endTurn(false);
    await to.until(() => to.heard.length === 1);
    send(from, to.network.address, batch, 'data');
    await to.until(() => to.heard.length === 2);
    expect(to.heard).toEqual(twoBatches);
  });

  test('they leave with whatever is short', async () => {
    const { from, to } = await busyPair();
    send(from, to.network.address, batch, 'data');
    send(from, to.network.address, 1, 'data');
    await to.until(() => to.heard.length === 2);
    expect(to.heard).toEqual(['3000 characters', '1']);
  });

  test('they leave when they are many', async () => {
    const { from, to } = await busyPair();
    for (let sent = 0; sent < 3; sent++) send(from, to.network.address, batch, 'data');
    await to.until(() => to.heard.length === 3);
  });

  test('control waits for nothing', async () => {
    const { from, to } = await busyPair();
    send(from, to.network.address, batch, 'data');
    send(from, to.network.address, batch);
    await to.until(() => to.heard.length === 1);
    await from.network.close();
    await to.until(() => to.heard.includes(`lost data with ${from.network.address}`));
    expect(to.heard.filter((line) => line === '3000 characters')).toEqual(twoBatches);
  });
});

describe('addresses', () => {
  test('nobody there: the loss is told, and who comes later is reached', async () => {
    const gone = await listener();
    const { address } = gone.network;
    await gone.network.close();
    const from = await listener();
    for (const round of [1, 2, 3]) {
      send(from, address, round);
      await from.until(() => from.heard.length === round);
    }
    expect(from.heard).toEqual([1, 2, 3].map(() => `lost control with ${address}`));
    const back = await listener({ listen: address });
    send(from, address, 4);
    await back.until(() => back.heard.length === 1);
    expect([back.heard, from.logged]).toEqual([['4'], []]);
  });

  test('something that is no address is told in a line, and as a loss', async () => {
    const from = await listener();
    send(from, 'tm-1', 1);
    await from.until(() => from.heard.length === 1);
    expect(from.heard).toEqual(['lost control with tm-1']);
    expect(from.logged[0]).toMatch('broke the control stream to tm-1: "tm-1" is not an address');
  });

  test('connections wait until there is somebody to take what they bring', async () => {
    const network = await createTcpNetwork({
      secret: toySecret,
      listen: '127.0.0.1:0',
      incarnation: 1,
      codec: plainCodec,
      log: () => {},
    });
    networks.push(network);
    const from = await listener();
    send(from, network.address, 3);
    const body = await new Promise((resolve) =>
      setImmediate(() =>
        network.deliverTo({ onMessage: (message) => resolve(message.body), onConnectionLost: () => {} }),
      ),
    );
    expect(body).toBe(3);
  });

  test.each([
    [{ listen: 'nowhere' }, '"nowhere" is not an address: expected HOST:PORT'],
    [{ listen: '0.0.0.0:0' }, 'no peer can reach "0.0.0.0:'],
    [{ listen: '127.0.0.1:0', advertise: 'me' }, 'no peer can reach "me"'],
  ])('%j is refused', async (given, sentence) => {
    const log = (): void => {};
    await expect(createTcpNetwork({ secret: toySecret, ...given, incarnation: 1, log })).rejects.toThrow(sentence);
  });

  test('a port that is taken is refused', async () => {
    const { network } = await listener();
    const again = createTcpNetwork({ secret: toySecret, listen: network.listening, incarnation: 1, log: () => {} });
    await expect(again).rejects.toThrow(`cannot listen on ${network.listening}: the port is in use`);
  });
});
