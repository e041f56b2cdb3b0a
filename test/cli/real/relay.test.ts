// A relay between two networks: what it passes, holds back and takes out; and that it adds nothing to what breaks.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Envelope } from '../../../src/core/base/vocabulary.ts';
import { Relay } from '../../../src/cli/real/relay.ts';
import type { Network } from '../../../src/net-real/network.ts';
import { createTcpNetwork } from '../../../src/net-real/tcp-network.ts';
import { toySecret } from '../../net-real/toy-secret.ts';

/** A network behind a relay, and what it heard. */
interface Party {
  readonly relay: Relay;
  readonly network: Network;
  readonly heard: string[];
}

const SILENCE_MS = 1_500; // longer than a connection that begins while streams hang is kept

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const cut = new Set<string>();
const hung = new Set<string>();
let takenOut: (content: Uint8Array) => boolean = () => false;

async function open(incarnation = 1, relay?: Relay, streamSilenceMs = 3_000): Promise<Party> {
  const own = relay ?? (await openRelay());
  const heard: string[] = [];
  const network = await createTcpNetwork({
    secret: toySecret,
    listen: '127.0.0.1:0',
    advertise: own.address,
    incarnation,
    log: () => {},
    limits: { streamSilenceMs, connectMs: 60_000 },
  });
  network.deliverTo({
    onMessage: (message) => void heard.push((message.body as { jobId: string }).jobId),
    onConnectionLost: (_, streamClass) => void heard.push(`lost ${streamClass}`),
  });
  own.pointTo(network.listening);
  closers.push(() => network.close());
  return { relay: own, network, heard };
}

async function openRelay(): Promise<Relay> {
  const relay = await Relay.listen({
    isCut: (from, to) => cut.has(from) || cut.has(to),
    isHung: (from, to) => hung.has(from) || hung.has(to),
    isTakenOut: (content) => takenOut(content),
  });
  closers.push(() => relay.close());
  return relay;
}

function send(from: Party, to: Party, jobId: string): void {
  const { address } = from.network;
  const message = { effect: 'send', streamClass: 'control', from: address, to: to.relay.address } as const;
  from.network.send({ ...message, kind: 'request-job-status', body: { jobId } } satisfies Envelope);
}

const hears = (party: Party, ...heard: string[]) => vi.waitFor(() => expect(party.heard).toEqual(heard), 10_000);

describe('a relay', () => {
  test('passes messages on, in order, in both directions', async () => {
    const [one, other] = [await open(), await open()];
    for (const text of ['a', 'b', 'c']) send(one, other, text);
    send(other, one, 'd');
    await hears(other, 'a', 'b', 'c');
    await hears(one, 'd');
  });

  test('holds back what is cut off, for as long as it is, and loses nothing of it', async () => {
    const [one, other, third] = [await open(), await open(), await open()];
    send(one, other, 'before');
    await hears(other, 'before');
    cut.add(other.relay.address);
    send(one, other, 'held');
    send(other, third, 'held too');
    send(one, third, 'passes');
    await hears(third, 'passes'); // so what was sent before it would have come as well
    expect(other.heard).toEqual(['before']);
    cut.clear();
    for (const { relay } of [one, other, third]) relay.release();
    await hears(other, 'before', 'held');
    await hears(third, 'passes', 'held too');
  });

  test('hangs for ever what was connected, tells neither end, and lets new connections through when it is over', async () => {
    const [one, other] = [await open(1, undefined, SILENCE_MS), await open(1, undefined, SILENCE_MS)];
    send(one, other, 'before');
    await hears(other, 'before');
    hung.add(other.relay.address);
    other.relay.hang();
    send(one, other, 'swallowed');
    await hears(one, 'lost control'); // it gave the stream up itself, and so does the other end
    await hears(other, 'before', 'lost control');
    const since = performance.now();
    send(one, other, 'never connected');
    await hears(one, 'lost control', 'lost control');
    expect(performance.now() - since).toBeGreaterThan(900); // and nobody said so before its second was over
    hung.clear();
    send(one, other, 'behind');
    await hears(other, 'before', 'lost control', 'behind');
  });

  test('of what hangs neither end hears of the other', async () => {
    const [one, other] = [await open(), await open()];
    send(one, other, 'before');
    await hears(other, 'before');
    hung.add(other.relay.address);
    other.relay.hang();
    hung.clear();
    one.network.destroy();
    other.relay.release();
    const next = await open();
    send(next, other, 'behind');
    await hears(other, 'before', 'behind'); // and no loss, of which there was time to hear
  });

  test('takes out a single frame', async () => {
    const [one, other] = [await open(), await open()];
    takenOut = (content) => Buffer.from(content).includes('second');
    for (const text of ['first', 'second', 'third']) send(one, other, text);
    await hears(other, 'first', 'third');
    takenOut = () => false;
  });

  test('tells the sender when the process behind it dies, and finds the next one at the same address', async () => {
    const [one, other] = [await open(), await open()];
    send(one, other, 'a');
    await hears(other, 'a');
    other.relay.pointTo(null);
    other.network.destroy();
    await hears(one, 'lost control');
    const next = await open(2, other.relay);
    await vi.waitFor(() => {
      if (next.heard.length === 0) send(one, next, 'b');
      expect(next.heard.length).toBeGreaterThan(0);
    }, 10_000);
    expect(next.heard[0]).toBe('b');
  });

  test('has nobody behind it: whoever connects is told so', async () => {
    const one = await open();
    const nobody = await openRelay();
    const gone: Party = { ...one, relay: nobody };
    send(one, gone, 'a');
    await hears(one, 'lost control');
  });

  test('tells the receiver when the sender dies', async () => {
    const [one, other] = [await open(), await open()];
    send(one, other, 'a');
    await hears(other, 'a');
    one.network.destroy();
    await hears(other, 'a', 'lost control');
  });
});
