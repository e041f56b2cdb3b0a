// A machine of a user's, watched while it is checked: what no machine may do ends the run with a sentence that says where. The types forbid most
// of it, but a file runs without having been compiled, and a cast forbids nothing.
import type { Input, Machine, Vocabulary } from '../../core/base/machine.ts';
import type { Effect, Outbox } from '../../core/base/outbox.ts';
import { checkTree } from '../../core/base/state.ts';
import { BrokenContract } from '../broken-contract.ts';
import { kindOfInput } from '../search/way-to-fail.ts';
import type { HostedMachine } from '../world-types.ts';
import { describeNonData } from './non-data.ts';

/** What the machines of a run may say, and to whom. */
export interface Contract {
  /** In front of a sentence: the file of the scenario with a colon, or nothing. */
  readonly file: string;
  readonly messages: ReadonlySet<string>;
  readonly addresses: ReadonlySet<string>;
  /** Kinds of requests that some service serves. */
  readonly requests: ReadonlySet<string>;
  /** Told before each call of a machine. */
  readonly lastCall: { what: string };
}

export function guardedMachine(address: string, machine: HostedMachine, contract: Contract): HostedMachine {
  let event = 'create'; // of the step that is being made: worlds step one machine at a time, forks included
  const broken = (what: string): never => {
    throw new BrokenContract(`${contract.file}${address} breaks the contract of a machine at ${event}: ${what}`);
  };
  return {
    role: machine.role,
    create: () => machine.create() as unknown,
    step(state: unknown, input: Input<Vocabulary>, out: Outbox) {
      event = kindOfInput(input);
      contract.lastCall.what = `step of ${address} at ${event}`;
      const returned: unknown = (machine as Machine<unknown>).step(state, input, out);
      if (returned instanceof Promise) broken('its step returns a promise, and a step must be synchronous');
      const stateFlaw = checkTree(state);
      if (stateFlaw !== null) empty(state as object, stateFlaw);
      const flaw = stateFlaw ?? effectFlaw(out.effects, contract);
      if (flaw !== null) broken(flaw);
    },
    wakeAt(state: unknown) {
      const at: unknown = machine.wakeAt(state);
      if (typeof at !== 'number' || Number.isNaN(at))
        broken(`its wakeAt returns ${String(at)}, and not a time in ms or NEVER`);
      return at as number;
    },
    hasWork(state: unknown) {
      const work: unknown = machine.hasWork(state);
      if (typeof work !== 'boolean') broken(`its hasWork returns ${String(work)}, and not true or false`);
      return work as boolean;
    },
    checkInvariants: (state: unknown) => machine.checkInvariants(state),
    ...(machine.relative === undefined ? {} : { relative: machine.relative }),
  };
}

/** What is no data cannot be hashed, nor shown: what is left of the state says what was wrong with it. */
function empty(state: object, broken: string): void {
  if (state instanceof Map || state instanceof Set) state.clear();
  for (const field of Reflect.ownKeys(state)) Reflect.deleteProperty(state, field);
  Object.assign(state, { broken });
}

/** The first thing that is wrong with the effects of a step, in words. */
function effectFlaw(effects: readonly Effect[], contract: Contract): string | null {
  for (const [at, effect] of effects.entries()) {
    const flaw = flawOf(effect, contract);
    if (flaw !== null) return flaw;
    const behind = effects[at + 1];
    if (effect.effect === 'halt' && behind !== undefined)
      return `it halts, and then still wants to ${nameOf(behind)}: an effect after halt never happens`;
  }
  return null;
}

function flawOf(effect: Effect, { messages, addresses, requests }: Contract): string | null {
  switch (effect.effect) {
    case 'send':
      if (!messages.has(effect.kind))
        return `it sends a message "${effect.kind}", a kind that \`messages\` does not name`;
      if (!addresses.has(effect.to)) return `it sends ${effect.kind} to "${effect.to}", and no node has that address`;
      return nonData(`the body of its message ${effect.kind}`, effect.body);
    case 'request':
      return requestFlaw(effect.id, effect.request as { readonly kind?: unknown } | null, requests);
    case 'note':
      return nonData('its note', effect.note);
    case 'halt':
      return haltFlaw(effect.reason);
  }
}

function haltFlaw(reason: unknown): string | null {
  const isReason =
    typeof reason === 'string' || typeof (reason as { readonly kind?: unknown } | null)?.kind === 'string';
  return isReason
    ? nonData('the reason of its halt', reason)
    : 'it halts without a reason: a few words, or data with a kind';
}

function requestFlaw(
  id: unknown,
  request: { readonly kind?: unknown } | null,
  served: ReadonlySet<string>,
): string | null {
  if (typeof id !== 'number' || !Number.isSafeInteger(id))
    return `the id of its request is ${String(id)}, and not a whole number`;
  const kind = request?.kind;
  if (typeof kind !== 'string') return 'its request has no kind';
  if (!served.has(kind)) return `it makes a request "${kind}", which no service serves`;
  return nonData(`its request ${kind}`, request);
}

function nonData(what: string, value: unknown): string | null {
  const flaw = describeNonData(value);
  return flaw === null ? null : `${what} is not data: ${flaw}`;
}

function nameOf(effect: Effect): string {
  if (effect.effect === 'send') return `send ${effect.kind}`;
  return effect.effect === 'request' ? 'make a request' : effect.effect;
}
