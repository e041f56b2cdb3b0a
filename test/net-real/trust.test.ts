// Who is a peer: whoever has the secret of the cluster, and shows it for this connection. Nothing that was recorded, reflected or claimed opens anything.
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ClusterSecret } from '../../src/net-real/cluster-secret.ts';
import { FrameDecoder, joinFrames } from '../../src/net-real/frames.ts';
import { OpenerGreeting } from '../../src/net-real/greeting.ts';
import { decodeHello, drawNonce, encodeAnswer, encodeHello, proofOf, type Hello } from '../../src/net-real/hello.ts';
import { clusterCodec, type TcpOptions } from '../../src/net-real/tcp-network.ts';
import { greet, TOY_PEER, toyHello } from './greet.ts';
import { party as createParty, type Party } from './party.ts';
import { plainCodec } from './plain-codec.ts';
import { toySecret } from './toy-secret.ts';

const PATIENCE = { timeout: 30_000 }; // the machine may be busy with something else

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const otherSecret: ClusterSecret = { key: new TextEncoder().encode('of another cluster'), place: 'other-secret' };

async function party(given: Partial<TcpOptions> = {}): Promise<Party> {
  const made = await createParty({ incarnation: 5, ...given });
  ends.push(() => made.network.destroy());
  return made;
}

function send(from: Party, to: string, body: unknown): void {
  const { address } = from.network;
  from.network.send({ effect: 'send', streamClass: 'control', from: address, to, kind: 'letter', body });
}

function letter(to: Party, body: unknown, from = TOY_PEER): Uint8Array {
  const envelope = { effect: 'send', streamClass: 'control', from, to: to.network.address, kind: 'letter', body };
  return joinFrames([plainCodec.encode(envelope as never)]);
}

async function connectTo(listening: string): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port: Number(listening.split(':')[1]) });
  ends.push(() => socket.destroy());
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

/** What comes meanwhile is thrown away. */
function closed(socket: Socket): Promise<unknown> {
  socket.resume();
  return new Promise((resolve) => (socket.closed ? resolve(null) : socket.once('close', resolve)));
}

/** A server in the hands of the test, which does with each connection what it says. */
async function impostor(onConnection: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    ends.push(() => socket.destroy());
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** All frames that come, each once. */
function framesOf(socket: Socket, onFrame: (frame: Uint8Array) => void): void {
  const decoder = new FrameDecoder(100_000);
  socket.on('data', (chunk: Buffer) => {
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) onFrame(frame.slice());
  });
}

/** Passes everything on, and keeps what the opener said. */
async function recorder(to: () => string): Promise<{ address: string; said: Buffer[] }> {
  const said: Buffer[] = [];
  const address = await impostor((front) => {
    const back = createConnection({ host: '127.0.0.1', port: Number(to().split(':')[1]) });
    back.on('error', () => {});
    ends.push(() => back.destroy());
    front.on('data', (chunk: Buffer) => {
      said.push(Buffer.from(chunk));
      back.write(chunk);
    });
    back.on('data', (chunk) => front.write(chunk));
    front.on('close', () => back.destroy());
    back.on('close', () => front.destroy());
  });
  return { address, said };
}

describe('what was recorded opens nothing', () => {
  test('bytes that opened a stream once, and what followed them', async () => {
    let listening = '';
    const tape = await recorder(() => listening);
    const to = await party({ advertise: tape.address });
    listening = to.network.listening;
    const from = await party();
    send(from, tape.address, 'once');
    await vi.waitFor(() => expect(to.heard).toEqual(['once']), PATIENCE);
    from.network.destroy();
    await vi.waitFor(() => expect(to.heard).toEqual(['once', 'lost control']), PATIENCE);

    const replayed = await connectTo(listening);
    replayed.write(Buffer.concat(tape.said));
    await closed(replayed);
    expect(to.heard).toEqual(['once', 'lost control']);
    expect(to.logged).toEqual([
      'dropped HOST: it says that it is HOST, and does not prove that it has the secret in toy-secret.ts: all processes of a cluster need the same, which --secret-file names',
    ]);
  });

  test('an answer of the receiver to another hello', async () => {
    const to = await party();
    const { address } = to.network;
    const recorded = await connectTo(to.network.listening);
    recorded.write(new OpenerGreeting(toySecret, toyHello({ to: address })).first());
    const answer = await new Promise<Uint8Array>((resolve) => framesOf(recorded, resolve));

    const from = await party();
    const heard: Uint8Array[] = [];
    const fake = await impostor((socket) => {
      socket.write(joinFrames([answer]));
      framesOf(socket, (frame) => heard.push(frame));
    });
    send(from, fake, 'secret words');
    await vi.waitFor(() => expect(from.heard).toEqual(['lost control']), PATIENCE);
    expect(heard.length).toBeLessThanOrEqual(2); // its hello and its proof
    expect(Buffer.concat(heard).includes('secret words')).toBe(false);
  });
});

describe('a hello that was changed on its way opens nothing', () => {
  test.each<[string, (hello: Hello, listening: string) => Hello]>([
    ['the opener', (hello) => ({ ...hello, from: '127.0.0.1:2' })],
    ['the cluster', (hello) => ({ ...hello, cluster: 'b' })],
    ['the incarnation', (hello) => ({ ...hello, incarnation: hello.incarnation + 1 })],
    ['the class', (hello) => ({ ...hello, streamClass: 'data' })],
    ['the number of the stream', (hello) => ({ ...hello, stream: hello.stream + 1 })],
    ['the nonce', (hello) => ({ ...hello, nonce: drawNonce() })],
    ['the receiver', (hello, listening) => ({ ...hello, to: listening })],
  ])('%s', async (what, change) => {
    let listening = '';
    const meddler = await impostor((front) => {
      const back = createConnection({ host: '127.0.0.1', port: Number(listening.split(':')[1]) });
      back.on('error', () => {});
      ends.push(() => back.destroy());
      let isChanged = false;
      framesOf(front, (frame) => {
        const hello = isChanged ? null : decodeHello(frame);
        isChanged = true;
        back.write(joinFrames([hello?.ok === true ? encodeHello(change(hello.value, listening)) : frame]));
      });
      back.on('data', (chunk) => front.write(chunk));
      front.on('close', () => back.destroy());
      back.on('close', () => front.destroy());
    });
    const to = await party({
      cluster: what === 'the cluster' ? 'b' : 'a',
      ...(what === 'the receiver' ? {} : { advertise: meddler }),
    });
    listening = to.network.listening;
    const from = await party({ cluster: 'a' });
    send(from, meddler, 'secret words');
    await vi.waitFor(() => expect(from.heard).toEqual(['lost control']), PATIENCE);
    await vi.waitFor(() => expect(to.logged).toHaveLength(1), PATIENCE);
    expect(to.logged[0]).toMatch(/does not prove that it has the secret/);
    expect(to.heard).toEqual([]);
  });
});

describe('neither side takes its own words for those of the other', () => {
  test('a hello that is sent back to its opener', async () => {
    const from = await party();
    const reflected: string[] = [];
    const mirror = await impostor((socket) =>
      framesOf(socket, (hello) => {
        void connectTo(from.network.listening).then((back) => {
          back.write(joinFrames([hello]));
          framesOf(back, () => reflected.push('answered'));
          back.on('close', () => reflected.push('closed'));
        });
      }),
    );
    send(from, mirror, 1);
    await vi.waitFor(() => expect(reflected).toContain('closed'), PATIENCE);
    expect(reflected).not.toContain('answered');
    expect(from.logged).toContain('dropped HOST: it looks for HOST, this is HOST');
  });

  test('a challenge that is sent on to its maker, as if it were of somebody else', async () => {
    // The impostor wants the proof of `from` for the nonce that `to` gave to it: `from` proves its own hello alone.
    const [from, to] = [await party(), await party()];
    const refused = Promise.withResolvers<void>();
    const impostors = await impostor((socket) => {
      void connectTo(to.network.listening).then((toTarget) => {
        toTarget.write(new OpenerGreeting(toySecret, toyHello({ to: to.network.address })).first());
        framesOf(toTarget, (answer) => socket.write(joinFrames([answer])));
        let frames = 0;
        framesOf(socket, (frame) => {
          frames += 1;
          if (frames === 2) toTarget.write(joinFrames([frame])); // the proof of `from`
        });
        toTarget.on('close', () => refused.resolve());
      });
    });
    send(from, impostors, 'secret words');
    await refused.promise;
    expect(to.heard).toEqual([]);
    expect(to.logged[0]).toMatch(/^dropped HOST: it says that it is HOST, and does not prove that it has the secret/);
  });

  test('a proof of the receiver is none of the opener', () => {
    const exchange = { hello: new Uint8Array([1, 2]), nonce: drawNonce(), channel: new Uint8Array(0) };
    expect(proofOf('opener', toySecret.key, exchange)).not.toEqual(proofOf('receiver', toySecret.key, exchange));
  });

  test.each(['hello', 'nonce', 'channel'] as const)('another %s has another proof', (part) => {
    const exchange = { hello: new Uint8Array([1, 2]), nonce: drawNonce(), channel: new Uint8Array([3]) };
    const changed = { ...exchange, [part]: new Uint8Array(exchange[part]).map((byte) => byte ^ 1) };
    expect(proofOf('opener', toySecret.key, changed)).not.toEqual(proofOf('opener', toySecret.key, exchange));
  });
});

describe('a secret that does not fit', () => {
  const sentence = (place: string): string =>
    `does not prove that it has the secret in ${place}: all processes of a cluster need the same, which --secret-file names`;

  test('is told on both sides with the address of the other, and nothing passes', async () => {
    const to = await party();
    const from = await party({ secret: otherSecret });
    const again = setInterval(() => send(from, to.network.address, 'x'), 20);
    ends.push(() => clearInterval(again));
    await vi.waitFor(() => expect(from.logged).toHaveLength(1), PATIENCE);
    expect(from.logged[0]?.replace(/tried \d+ times in [\d.]+ s/, 'tried')).toBe(
      `HOST cannot be reached: it ${sentence('other-secret')}; tried (control stream)`,
    );
    expect(to.logged).toEqual([`dropped HOST: it says that it is HOST, and ${sentence('toy-secret.ts')}`]);
    expect(to.heard).toEqual([]);
  });

  test('a receiver without it gets no message, whatever it answers', async () => {
    const from = await party();
    const heard: Uint8Array[] = [];
    const fake = await impostor((socket) => {
      framesOf(socket, (frame) => {
        heard.push(frame);
        if (heard.length > 1) return;
        const nonce = drawNonce();
        const exchange = { hello: frame, nonce, channel: new Uint8Array(0) };
        socket.write(joinFrames([encodeAnswer({ nonce, proof: proofOf('receiver', otherSecret.key, exchange) })]));
      });
    });
    send(from, fake, 'secret words');
    await vi.waitFor(() => expect(from.heard).toEqual(['lost control']), PATIENCE);
    expect(Buffer.concat(heard).includes('secret words')).toBe(false);
    expect(decodeHello(heard[0] as Uint8Array).ok).toBe(true);
  });

  test('a receiver that answers something else is told as that', async () => {
    const from = await party();
    const fake = await impostor((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const again = setInterval(() => send(from, fake, 'x'), 20);
    ends.push(() => clearInterval(again));
    await vi.waitFor(() => expect(from.logged).toHaveLength(1), PATIENCE);
    expect(from.logged[0]).toMatch(
      /^HOST cannot be reached: it is no peer: no frame begins with the bytes 485454502f312e31;/,
    );
  });
});

describe('whoever knows the name of a cluster, and has not its secret', () => {
  const stranger = { secret: otherSecret };

  test('locks nobody out: no incarnation of it is remembered', async () => {
    const to = await party({ cluster: 'name' });
    const hello = { cluster: 'name', to: to.network.address, from: TOY_PEER };
    for (const incarnation of [2 ** 53 - 1, 7])
      await closed(await greet(to.network.listening, { ...hello, incarnation }, [], stranger.secret));
    await greet(to.network.listening, { ...hello, incarnation: 6 }, [letter(to, 'of the real one')]);
    await vi.waitFor(() => expect(to.heard).toEqual(['of the real one']), PATIENCE);
  });

  test('says nothing that is heard: no frame behind its hello reaches a machine', async () => {
    const to = await party({ cluster: 'name' });
    const hello = encodeHello({ ...toyHello({ cluster: 'name', to: to.network.address }), nonce: drawNonce() });
    const socket = await connectTo(to.network.listening);
    socket.write(Buffer.concat([joinFrames([hello]), letter(to, 'deposed')]));
    await closed(socket);
    expect(to.heard).toEqual([]);
    expect(to.logged).toEqual(['dropped HOST: not a millrace-hello-proof: its format is "toy-message"']);
  });

  test('puts nothing into the log that is no address', async () => {
    const to = await party();
    const hello = encodeHello({
      ...toyHello({ to: to.network.address, from: 'a\n2026 ERROR jm-1' }),
      nonce: drawNonce(),
    });
    const socket = await connectTo(to.network.listening);
    socket.write(joinFrames([hello]));
    await closed(socket);
    expect(to.logged).toEqual(['dropped HOST: millrace-hello: "a\\n2026 ERROR jm-1" is no address']);
  });
});

describe('a claim of a peer is bounded', () => {
  test.each([
    [
      'incarnation',
      { incarnation: 2 ** 53 - 1 },
      /^dropped HOST: incarnation 9007199254740991 of HOST is none that it can have: the newest of all is 5$/,
    ],
    ['incarnation, just', { incarnation: 106 }, /^dropped HOST: incarnation 106 of HOST is none that it can have/],
    [
      'stream number',
      { stream: 2 ** 53 - 1 },
      /^dropped HOST: the number 9007199254740991 of a stream of HOST is none/,
    ],
  ])('%s', async (_, claim, sentence) => {
    const to = await party({ limits: { aheadMax: 100 } });
    await closed(await greet(to.network.listening, { to: to.network.address, ...claim }));
    expect(to.logged).toEqual([expect.stringMatching(sentence)]);
    await greet(to.network.listening, { to: to.network.address }, [letter(to, 'not locked out')]);
    await vi.waitFor(() => expect(to.heard).toEqual(['not locked out']), PATIENCE);
  });

  test('it moves with what was believed', async () => {
    const to = await party({ limits: { aheadMax: 100 } });
    const { listening, address } = to.network;
    await greet(listening, { to: address, from: '127.0.0.1:2', incarnation: 105 }, [letter(to, 'a', '127.0.0.1:2')]);
    await vi.waitFor(() => expect(to.heard).toEqual(['a']), PATIENCE);
    await greet(listening, { to: address, incarnation: 205 }, [letter(to, 'b')]);
    await vi.waitFor(() => expect(to.heard).toEqual(['a', 'b']), PATIENCE);
  });
});

test('a TaskManager registers as the incarnation of its stream alone: a higher one would lock it out behind its restart', async () => {
  const to = await party({ codec: clusterCodec });
  const register = (incarnation: number): Uint8Array => {
    const body = { epoch: 1, incarnation, slots: 1, death: null };
    const envelope = { effect: 'send', streamClass: 'control', from: TOY_PEER, to: to.network.address, body };
    return joinFrames([clusterCodec.encode({ ...envelope, kind: 'register-task-manager' } as never)]);
  };
  const { listening, address } = to.network;
  await closed(await greet(listening, { to: address, incarnation: 7 }, [register(7), register(2 ** 53 - 1)]));
  expect(to.heard).toEqual(['[object Object]', 'lost control']);
  expect(to.logged).toEqual([
    'dropped the control stream of HOST (HOST): it says that it is incarnation 9007199254740991 of HOST, and its stream is of incarnation 7',
  ]);
});
