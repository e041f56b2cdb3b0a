// The driver of one machine in a real process: one loop, which gives it one input at a time and carries out what it asks for. The host rules
// (src/core/base/README.md) are kept here: a due wake goes before any other input, and work comes only when no other input waits.
import { assert } from '../core/base/assert.ts';
import { NEVER, type Input, type Machine } from '../core/base/machine.ts';
import { Outbox, type Chance, type Effect, type RequestEffect } from '../core/base/outbox.ts';
import { wordsOf } from '../core/base/reasons.ts';
import { createRing, pushRing, ringSize, takeRing } from '../core/base/ring.ts';
import type { Address, Envelope, Failed, NoteOf, StreamClass, Vocabulary } from '../core/base/vocabulary.ts';
import { describeAnyInput } from '../run/describe-any.ts';
import type { StopKind } from '../run/observation.ts';
import type { Network, Receiver } from './network.ts';
import { leaveChecksumsToNode } from './node-checksums.ts';
import { TraceLines, type TraceOptions } from './trace-lines.ts';

/** A port (port.ts) of any vocabulary. */
export interface HostPort<V extends Vocabulary> {
  readonly serves: readonly V['request']['kind'][];
  request(request: V['request'], id?: number): Promise<V['answer'] | Failed>;
  close(): Promise<void>;
}

export interface Clock {
  /** Monotonic, in ms, with parts of one. */
  now(): number;
  wallTime(): number;
}

export interface HostOptions<S, V extends Vocabulary> {
  readonly machine: Machine<S, V>;
  readonly network: Network;
  readonly ports: readonly HostPort<V>[];
  readonly incarnation: number;
  readonly clock?: Clock;
  /** Answers what the machine picks. Default: `Math.random`. */
  readonly chance?: Chance;
  readonly trace?: TraceOptions;
  /** Hears what the machine notes, behind the step. Without it, and without a trace, the machine makes no notes. */
  readonly onNote?: (note: NoteOf<V>) => void;
  /** How an input reads at which the machine threw. Default: its kind and fields. */
  readonly describeInput?: (input: Input<Vocabulary>) => string;
  /** Checks the machine's invariants after each step. */
  readonly isChecked?: boolean;
  /** Behind each step, when its effects were carried out: whoever waits for a state looks at it then. */
  readonly onStep?: () => void;
}

export interface Host<S> {
  /** To be looked at, never changed. */
  state(): S;
  /** Why the machine halted, or `stopped`. Rejects when it threw: then nothing that it holds can be trusted. */
  readonly halted: Promise<string>;
  load(): HostLoad;
  /** What the host's process knows, as a message from the machine's own address. */
  tell(kind: string, body: unknown): void;
  /** Ends it in good order: what it sent leaves, network and ports are closed. */
  stop(): Promise<void>;
  /** The same, behind a step in which the machine is told this, as by `tell`. What it asks its ports for in that step is waited for, for a while. */
  stopBehind(last: LastWord): Promise<void>;
}

/** What a machine is told as the last thing: the answer to it still leaves. */
export interface LastWord {
  readonly kind: string;
  readonly body: unknown;
}

/** What a host has done, and what waits for it. */
export interface HostLoad {
  readonly steps: number;
  /** Inputs. */
  readonly waiting: number;
  readonly waitingBytes: Readonly<Record<StreamClass, number>>;
}

/** Takes network and ports over, and closes them at its end. */
export function startHost<S, V extends Vocabulary>(options: HostOptions<S, V>): Host<S> {
  leaveChecksumsToNode();
  return new MachineHost(options);
}

/** The host returns to its event loop after so long, to read sockets and answers. */
const SLICE_MS = 0.2;
/** A slice that took longer has a slow step in it, of user code mostly, and the next one will too: nothing that was sent should wait for that one's end. */
const SHORT_SLICE_MS = 4;
/** More than this waiting in the inbox, in bytes of messages, and streams of the class are not read until half of it is gone. */
const INBOX_BYTES_MAX: Readonly<Record<StreamClass, number>> = { data: 262_144, control: 8_388_608 };
/** So long ports may take for what the last step asked of them. */
const LAST_REQUESTS_MS = 2_000;
const TIMEOUT_MS_MAX = 0x7fff_ffff; // of setTimeout; a later deadline is looked at again then

/** What waits for a step. */
type Waiting<V extends Vocabulary> =
  | { readonly kind: 'start' }
  | { readonly kind: 'message'; readonly message: Envelope; readonly sizeBytes: number }
  | { readonly kind: 'completed'; readonly request: number; readonly answer: V['answer'] | Failed }
  | { readonly kind: 'connection-lost'; readonly peer: Address; readonly streamClass: StreamClass };

const randomChance: Chance = (_, n) => Math.floor(Math.random() * n);
const systemClock: Clock = { now: () => performance.now(), wallTime: () => Date.now() };

class MachineHost<S, V extends Vocabulary> implements Host<S>, Receiver {
  readonly halted: Promise<string>;
  readonly #options: HostOptions<S, V>;
  readonly #machine: Machine<S, V>;
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #trace: TraceLines | null;
  readonly #ports = new Map<string, HostPort<V>>();
  readonly #out: Outbox<V>;
  readonly #state: S;
  readonly #inbox = createRing<Waiting<V>>();
  readonly #inboxBytes: Record<StreamClass, number> = { control: 0, data: 0 };
  readonly #paused = new Set<StreamClass>();
  #steps = 0;
  #isRunning = true;
  #isTurnPending = false;
  #timer: NodeJS.Timeout | null = null;
  /** When the timer comes, on the clock; NEVER if there is none. */
  #timerAt = NEVER;
  #closing: Promise<void> | null = null;
  /** What the last step asked of ports; null: it is not taken yet. */
  #last: Promise<unknown>[] | null = null;
  #settle: { readonly resolve: (why: string) => void; readonly reject: (error: unknown) => void };

  constructor(options: HostOptions<S, V>) {
    const { machine, network, ports, incarnation, clock = systemClock, trace } = options;
    this.#options = options;
    this.#machine = machine;
    this.#network = network;
    this.#clock = clock;
    this.#trace = trace === undefined ? null : new TraceLines(trace, network.address, incarnation);
    const isNoted = this.#trace !== null || options.onNote !== undefined;
    this.#out = new Outbox<V>(isNoted, options.chance ?? randomChance);
    this.#state = machine.create();
    const { promise, ...settle } = Promise.withResolvers<string>();
    this.halted = promise;
    this.#settle = settle;
    for (const port of ports) this.#addPort(port);
    this.#trace?.started();
    this.#await({ kind: 'start' });
    network.deliverTo(this);
  }

  #addPort(port: HostPort<V>): void {
    for (const kind of port.serves) {
      assert(!this.#ports.has(kind), () => `two ports serve ${kind}`);
      this.#ports.set(kind, port);
    }
  }

  state(): S {
    return this.#state;
  }

  load(): HostLoad {
    return { steps: this.#steps, waiting: ringSize(this.#inbox), waitingBytes: { ...this.#inboxBytes } };
  }

  tell(kind: string, body: unknown): void {
    this.#await({ kind: 'message', message: this.#fromItself({ kind, body }), sizeBytes: 0 });
  }

  #fromItself({ kind, body }: LastWord): Envelope {
    const { address } = this.#network;
    return { effect: 'send', streamClass: 'control', from: address, to: address, kind, body };
  }

  stop(): Promise<void> {
    return this.#end('stop', 'stopped');
  }

  stopBehind(last: LastWord): Promise<void> {
    if (this.#isRunning) this.#sayLast(last);
    return this.stop();
  }

  /** What waits is not looked at any more; a wake that is due goes before any input. */
  #sayLast(last: LastWord): void {
    const [now, wallTime] = [Math.floor(this.#clock.now()), this.#clock.wallTime()];
    if (this.#machine.wakeAt(this.#state) <= now) this.#step({ kind: 'wake', now, wallTime });
    const message = this.#fromItself(last);
    this.#last = [];
    if (this.#isRunning) this.#step({ kind: 'message', now, wallTime, message: message as never });
  }

  // ---- What comes in

  onMessage(message: Envelope, sizeBytes: number): void {
    const { streamClass } = message;
    this.#inboxBytes[streamClass] += sizeBytes;
    if (this.#inboxBytes[streamClass] > INBOX_BYTES_MAX[streamClass] && !this.#paused.has(streamClass)) {
      this.#paused.add(streamClass);
      this.#network.pause(streamClass);
    }
    this.#await({ kind: 'message', message, sizeBytes });
  }

  onConnectionLost(peer: Address, streamClass: StreamClass): void {
    this.#await({ kind: 'connection-lost', peer, streamClass });
  }

  #await(waiting: Waiting<V>): void {
    if (!this.#isRunning) return;
    pushRing(this.#inbox, waiting);
    this.#takeTurn();
  }

  #takeTurn(): void {
    if (this.#isTurnPending) return;
    this.#isTurnPending = true;
    setImmediate(() => this.#slice()); // right behind the reading of sockets, and before they are read again
  }

  // ---- The loop

  /** Steps until nothing is left to do, or the slice is over: then sockets, answers and timers of others have their turn. */
  #slice(): void {
    this.#isTurnPending = false;
    const beganAt = this.#clock.now();
    let now = 0;
    do {
      now = this.#clock.now();
      if (!this.#isRunning) return;
      if (!this.#stepOnce(Math.floor(now))) return this.#sleep(now);
    } while (now < beganAt + SLICE_MS);
    this.#network.endTurn(this.#clock.now() - beganAt <= SHORT_SLICE_MS);
    this.#takeTurn();
  }

  /** One input, by the host rules; false if there is none. */
  #stepOnce(now: number): boolean {
    const wallTime = this.#clock.wallTime();
    if (this.#machine.wakeAt(this.#state) <= now) this.#step({ kind: 'wake', now, wallTime });
    else if (ringSize(this.#inbox) > 0) this.#step(this.#takeInput(now, wallTime));
    else if (this.#machine.hasWork(this.#state)) this.#step({ kind: 'work', now, wallTime });
    else return false;
    return true;
  }

  #takeInput(now: number, wallTime: number): Input<V> {
    const waiting = takeRing(this.#inbox) as Waiting<V>;
    switch (waiting.kind) {
      case 'start':
        return { kind: 'start', now, wallTime, incarnation: this.#options.incarnation };
      case 'message':
        this.#makeRoom(waiting.message.streamClass, waiting.sizeBytes);
        return { kind: 'message', now, wallTime, message: waiting.message as never };
      case 'completed':
        return { kind: 'completed', now, wallTime, request: waiting.request, answer: waiting.answer };
      case 'connection-lost':
        return { kind: 'connection-lost', now, wallTime, peer: waiting.peer, streamClass: waiting.streamClass };
    }
  }

  #makeRoom(streamClass: StreamClass, sizeBytes: number): void {
    this.#inboxBytes[streamClass] -= sizeBytes;
    if (!this.#paused.has(streamClass) || this.#inboxBytes[streamClass] > INBOX_BYTES_MAX[streamClass] / 2) return;
    this.#paused.delete(streamClass);
    this.#network.resume(streamClass);
  }

  /** Nothing to do before the next deadline. A timer that comes too early is left alone: it looks, and is set again. */
  #sleep(now: number): void {
    this.#network.endTurn(false);
    const wakeAt = this.#machine.wakeAt(this.#state);
    assert(!Number.isNaN(wakeAt), 'wakeAt is not a number');
    if (wakeAt >= this.#timerAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = wakeAt;
    const delayMs = Math.min(TIMEOUT_MS_MAX, Math.ceil(wakeAt - now));
    this.#timer = setTimeout(() => this.#onTimer(), delayMs);
  }

  #onTimer(): void {
    this.#timer = null;
    this.#timerAt = NEVER;
    this.#takeTurn();
  }

  // ---- A step and what it asks for

  #step(input: Input<V>): void {
    const at = this.#trace?.now() ?? 0;
    const out = this.#out;
    this.#steps += 1;
    out.address = this.#network.address;
    try {
      this.#machine.step(this.#state, input, out);
      if (this.#options.isChecked === true) this.#machine.checkInvariants(this.#state);
      this.#trace?.stepped(at, input as never, out.effects);
      this.#carryOut(out.effects);
      this.#options.onStep?.();
    } catch (error) {
      const { describeInput = describeAnyInput } = this.#options;
      const text = `${this.#machine.role} ${this.#network.address} threw at ${describeInput(input as never)}`;
      this.#fail(text, error);
    }
    out.clear();
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.effect === 'send') this.#send(effect);
      else if (effect.effect === 'request') this.#request(effect);
      else if (effect.effect === 'note') this.#options.onNote?.(effect.note as NoteOf<V>);
      else if (effect.effect === 'halt') return void this.#end('halt', wordsOf(effect.reason));
    }
  }

  /** No network lies between a process and itself: such a message is never lost while the process lives. */
  #send(message: Envelope): void {
    if (message.to === this.#network.address) this.#await({ kind: 'message', message, sizeBytes: 0 });
    else this.#network.send(message);
  }

  #request({ id, request }: RequestEffect): void {
    const { kind } = request as V['request'];
    const port = this.#ports.get(kind);
    assert(port !== undefined, () => `no port serves ${kind}`);
    const answered = port.request(request as V['request'], id).then(
      (answer) => this.#await({ kind: 'completed', request: id, answer }),
      (error: unknown) => this.#fail(`the port of ${kind} broke its contract and rejected`, error),
    );
    this.#last?.push(answered);
  }

  // ---- Ends

  /** A bug: it ends at once, and what it did not send yet stays unsent. */
  #fail(text: string, cause: unknown): void {
    if (!this.#isRunning) return;
    this.#network.destroy();
    this.#closing = this.#stopAll('threw').catch(() => {}); // its first failure is told, none that follows from it
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#settle.reject(new Error(`${text}: ${reason}`, { cause }));
  }

  #end(why: StopKind, reason: string): Promise<void> {
    this.#closing ??= this.#stopAll(why).then(() => this.#settle.resolve(reason));
    return this.#closing;
  }

  async #stopAll(why: StopKind): Promise<void> {
    this.#isRunning = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#trace?.stopped(why);
    if (this.#last !== null && this.#last.length > 0) await atMost(LAST_REQUESTS_MS, Promise.all(this.#last));
    await Promise.all([this.#network.close(), ...this.#options.ports.map((port) => port.close())]);
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
