// A stand-in for systemd: units of one machine, as docs/deployment.md tells them, started, stopped, killed, and started again when they end.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Machine } from './three-machines.ts';

export interface Unit {
  readonly execStart: string;
  readonly environmentFile: string;
  readonly restartSec: number | null;
  readonly timeoutStopSec: number;
  /** On its output, when it is up. */
  readonly isUp: RegExp;
}

/** Of Debian, as far as it matters here. */
const ETCD: Unit = {
  execStart: 'etcd',
  environmentFile: '/etc/default/etcd',
  restartSec: null,
  timeoutStopSec: 20,
  isUp: /ready to serve client requests/,
};

/** In which each of them comes up, on a machine that is busy otherwise. */
const UP_MS = 60_000;

interface Running {
  child: ChildProcess;
  isWanted: boolean;
}

export class Units {
  readonly #machine: Machine;
  readonly #unitOf: (name: string) => Unit;
  readonly #running = new Map<string, Running>();

  /** @param unitOf what the page says of a unit of Millrace */
  constructor(machine: Machine, unitOf: (name: string) => Unit) {
    this.#machine = machine;
    this.#unitOf = (name) => (name === 'etcd' ? ETCD : unitOf(name));
  }

  /** `start UNIT…`, `stop UNIT…`, `kill --signal=KILL UNIT…` */
  async systemctl(words: readonly string[]): Promise<void> {
    const [verb = '', ...names] = words.filter((word) => word !== '--signal=KILL');
    const acts: Readonly<Record<string, (name: string) => Promise<void>>> = {
      start: (name) => this.#start(name),
      stop: (name) => this.#stop(name),
      kill: (name) => this.#kill(name),
    };
    const act = acts[verb];
    if (act === undefined) throw new Error(`no systemctl ${verb} here`);
    await Promise.all(names.map(act));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.#kill(name)));
  }

  async #start(name: string): Promise<void> {
    const up = { is: false, said: '' };
    const running: Running = { child: this.#spawn(name, up), isWanted: true };
    this.#running.set(name, running);
    const { restartSec } = this.#unitOf(name);
    const again = async (): Promise<void> => {
      while (running.isWanted) {
        await once(running.child, 'exit');
        await sleep((restartSec ?? 0) * 1_000);
        if (restartSec === null || !running.isWanted) return;
        running.child = this.#spawn(name, up);
      }
    };
    void again();
    await expect.poll(() => up.is || up.said, { timeout: UP_MS, interval: 20 }).toBe(true);
  }

  #spawn(name: string, up: { is: boolean; said: string }): ChildProcess {
    const { execStart, environmentFile, isUp } = this.#unitOf(name);
    const env = environmentOf(readFileSync(this.#machine.outside(environmentFile), 'utf8'));
    const child = this.#machine.start(`exec ${execStart}`, { env, isReadOnly: name !== 'etcd' });
    const hear = (chunk: Buffer): void => {
      if (up.is) return;
      up.said += chunk.toString();
      up.is = isUp.test(up.said);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    return child;
  }

  /** In good order, in its time. */
  async #stop(name: string): Promise<void> {
    const ended = await this.#end(name, 'SIGTERM');
    if (ended !== null) expect([name, ended]).toEqual([name, 0]);
  }

  async #kill(name: string): Promise<void> {
    await this.#end(name, 'SIGKILL');
  }

  /** Its exit code; null: it did not run, or a signal ended it. */
  async #end(name: string, signal: NodeJS.Signals): Promise<number | null> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    if (running === undefined) return null;
    running.isWanted = false;
    const { child } = running;
    if (child.exitCode !== null || child.signalCode !== null) return null;
    const exit = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    const late = sleep(this.#unitOf(name).timeoutStopSec * 1_000, null, { ref: false });
    const ended = await Promise.race([exit, late]);
    if (ended === null) child.kill('SIGKILL');
    expect(ended, `${name} ends in its time`).not.toBeNull();
    return ended?.[0] ?? null;
  }
}

export function environmentOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
