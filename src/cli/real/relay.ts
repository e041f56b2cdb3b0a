// Stands between the processes of a run: each process is known under the address of a relay of its own, and listens elsewhere. So it can be
// started again at the same address, be cut off, and miss a single frame. A relay adds nothing: what breaks on one side breaks on the other.
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Address } from '../../core/base/machine.ts';
import { parseEndpoint } from '../../net-real/endpoint.ts';
import { FrameDecoder, joinFrames } from '../../net-real/frames.ts';
import { decodeHello } from '../../net-real/hello.ts';
import { networkLimits } from '../../net-real/network.ts';

/** What all relays of a run obey. */
export interface RelayRules {
  /** Nothing may pass between these two for now; it waits, and nobody is told. */
  isCut(from: Address, to: Address): boolean;
  /** Whatever is connected between these two while it is so hangs, now and for ever. */
  isHung(from: Address, to: Address): boolean;
  /** This frame disappears, as if its stream had lost it. */
  isTakenOut(content: Uint8Array, from: Address, to: Address): boolean;
}

/** One connection of a peer, and the one behind it. */
interface Link {
  readonly front: Socket;
  readonly decoder: FrameDecoder;
  /** Null until its hello came. */
  from: Address | null;
  back: Socket | null;
  /** Frames that came while the link was cut. */
  held: Uint8Array[];
  /** What came from behind meanwhile: an answer to a hello, or signs of life. */
  heldBack: Uint8Array[];
  /** It swallows what comes from either side. Neither hears of the other any more, nor that it ended. */
  isHung: boolean;
}

/** A connection that begins while streams hang ends after this time: its opener would not have got it, and would have given it up (`connectMs`). */
const UNCONNECTED_MS = 1_000;

export class Relay {
  /** Under which the process behind it is known. */
  readonly address: Address;
  readonly #server: Server;
  readonly #rules: RelayRules;
  readonly #links = new Set<Link>();
  /** Where the process behind it listens; null: there is none. */
  #target: string | null = null;

  private constructor(server: Server, rules: RelayRules) {
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#server = server;
    this.#rules = rules;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', () => {}); // no more file handles: who connected hears of it
  }

  static async listen(rules: RelayRules): Promise<Relay> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Relay(server, rules);
  }

  /** The process behind it, from now on. Links to the one before end with that process. */
  pointTo(listening: string | null): void {
    this.#target = listening;
  }

  /** Lets pass what waited, where nothing is cut any more. */
  release(): void {
    for (const link of this.#links) this.#pass(link);
  }

  /** What hangs by now hangs for ever. */
  hang(): void {
    for (const link of this.#links) link.isHung ||= this.#hangs(link);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const link of this.#links) this.#drop(link);
    await closed;
  }

  #accept(front: Socket): void {
    const link: Link = {
      front,
      decoder: new FrameDecoder(networkLimits.frameBytesMax),
      from: null,
      back: null,
      held: [],
      heldBack: [],
      isHung: false,
    };
    this.#links.add(link);
    front.on('error', () => {}); // `close` follows
    front.on('data', (chunk: Buffer) => this.#onChunk(link, chunk));
    front.on('end', () => this.#pass(link));
    front.on('close', () => this.#pass(link));
  }

  #onChunk(link: Link, chunk: Uint8Array): void {
    if (link.isHung) return;
    const { decoder } = link;
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
      if (link.from === null && !this.#greet(link, frame)) return;
      link.held.push(frame.slice()); // it is valid until the next chunk
    }
    if (decoder.failure !== null) this.#drop(link);
    else this.#pass(link);
  }

  /** Whoever does not say who it is has nobody behind it. */
  #greet(link: Link, frame: Uint8Array): boolean {
    const hello = decodeHello(frame);
    if (hello.ok) link.from = hello.value.from;
    else this.#drop(link);
    if (hello.ok && this.#hangs(link)) this.#hangUnconnected(link);
    return hello.ok && !link.isHung;
  }

  #hangs({ from }: Link): boolean {
    return from !== null && this.#rules.isHung(from, this.address);
  }

  #hangUnconnected(link: Link): void {
    link.isHung = true;
    setTimeout(() => this.#drop(link), UNCONNECTED_MS).unref();
  }

  /** Hands on what came, and the end behind it, unless the link is cut: then both wait. */
  #pass(link: Link): void {
    const { from, front, held } = link;
    if (!this.#links.has(link)) return; // dropped
    if (link.isHung) return void ((front.readableEnded || front.destroyed) && this.#endSilently(link, front));
    if (this.#isHeld(link)) return void front.pause();
    front.resume();
    for (const chunk of link.heldBack.splice(0)) front.write(chunk);
    if (from !== null && held.length > 0) {
      link.back ??= this.#connect(link);
      if (link.back === null) return this.#drop(link);
      link.held = [];
      const passed = held.filter((frame) => !this.#rules.isTakenOut(frame, from, this.address));
      if (passed.length > 0 && !link.back.write(joinFrames(passed))) front.pause();
    }
    if (!front.readableEnded && !front.destroyed) return;
    if (link.back === null) this.#drop(link);
    else link.back.end();
  }

  /** One side of a link that hangs has ended; the other one does not hear of it. */
  #endSilently(link: Link, ended: Socket): void {
    ended.destroy();
    if (link.front.destroyed && link.back?.destroyed !== false) this.#links.delete(link);
  }

  #isHeld(link: Link): boolean {
    return link.from !== null && this.#rules.isCut(link.from, this.address);
  }

  #connect(link: Link): Socket | null {
    const endpoint = this.#target === null ? null : parseEndpoint(this.#target);
    if (endpoint === null || !endpoint.ok) return null;
    const back = createConnection({ ...endpoint.value, noDelay: true });
    back.on('error', () => {});
    back.on('drain', () => this.#isHeld(link) || link.front.resume());
    back.on('close', () => (link.isHung ? this.#endSilently(link, back) : this.#drop(link)));
    back.on('data', (chunk: Buffer) => this.#passBack(link, chunk));
    return back;
  }

  #passBack(link: Link, chunk: Uint8Array): void {
    if (link.isHung) return;
    if (this.#isHeld(link)) link.heldBack.push(chunk);
    else link.front.write(chunk);
  }

  #drop(link: Link): void {
    this.#links.delete(link);
    link.front.destroy();
    link.back?.destroy();
  }
}
