// A machine that is a table: what it does at an input, by the kind of the input and its mode. Tables are data, so that a test can draw them.
import { assert } from '../../../../../src/core/base/assert.ts';
import { NEVER, type Input, type Machine } from '../../../../../src/core/base/machine.ts';
import { REQUESTS } from '../../../../../src/core/base/relative.ts';
import type { Outbox } from '../../../../../src/core/base/outbox.ts';
import type { KeyValueAnswer, KeyValueRequest } from '../../../../../src/sim/services/key-value-store.ts';
import type { LogAnswer, LogRequest } from '../../../../../src/sim/services/durable-log.ts';
import type { SlowAnswer, SlowRequest } from './slow-service.ts';

export interface TableVocabulary {
  readonly bodies: { readonly m0: number; readonly m1: number; readonly m2: number };
  readonly request: KeyValueRequest<number> | LogRequest<number> | SlowRequest;
  readonly answer: KeyValueAnswer<number> | LogAnswer<number> | SlowAnswer;
  readonly note: { readonly kind: 'said'; readonly word: number };
}

export const MESSAGES = ['m0', 'm1', 'm2'] as const;

/** One thing that a step does. */
export type Action =
  | { readonly do: 'mode'; readonly mode: number }
  | { readonly do: 'count'; readonly by: number }
  /** Keeps who or what it was, in the order in which they came or without one. */
  | { readonly do: 'list' }
  | { readonly do: 'collect' }
  | {
      readonly do: 'send';
      readonly kind: (typeof MESSAGES)[number];
      readonly to: string | null;
      readonly isData: boolean;
    }
  | { readonly do: 'request'; readonly request: TableVocabulary['request'] }
  | { readonly do: 'timer'; readonly ms: number | null }
  | { readonly do: 'note'; readonly word: number }
  | { readonly do: 'pick'; readonly n: number }
  | { readonly do: 'work'; readonly times: number }
  | { readonly do: 'halt' };

/** At an input of this kind, in this mode (null: in any). */
export interface TableRule {
  readonly on: string;
  readonly mode: number | null;
  readonly actions: readonly Action[];
}

export interface Table {
  readonly rules: readonly TableRule[];
  /** So many sends, requests and timers an incarnation. */
  readonly actsMax: number;
  /** Its first deadline, which `create` has already. */
  readonly firstTimerMs: number | null;
}

export interface TableState {
  mode: number;
  count: number;
  acts: number;
  requests: number;
  timerAt: number;
  works: number;
  listed: string[];
  readonly collected: Set<string>;
}

type Out = Outbox<TableVocabulary>;

/** @param wrongCount what is said against a count, the same always: then it breaks the invariant of the machine. Default: nothing is */
export function tableMachine(
  role: string,
  table: Table,
  wrongCount: (count: string) => string | null = () => null,
): Machine<TableState, TableVocabulary> {
  return {
    role,
    create: () => ({
      mode: 0,
      count: 0,
      acts: table.actsMax,
      requests: 0,
      timerAt: table.firstTimerMs ?? NEVER,
      works: 0,
      listed: [],
      collected: new Set(),
    }),
    step(state, input, out) {
      if (input.kind === 'wake') state.timerAt = NEVER;
      if (input.kind === 'work') state.works -= 1;
      const on = kindOf(input);
      const rule = table.rules.find((one) => one.on === on && (one.mode === null || one.mode === state.mode));
      for (const action of rule?.actions ?? []) act(state, action, input, out);
    },
    wakeAt: ({ timerAt }) => timerAt,
    hasWork: ({ works }) => works > 0,
    checkInvariants({ count }) {
      const wrong = wrongCount(`${count}`);
      assert(wrong === null, `counted: ${wrong}`);
    },
    relative: {
      counters: ({ requests }) => ({ [REQUESTS]: requests }),
      shift(state, by) {
        state.requests = by.request(state.requests);
        state.timerAt = by.moment(state.timerAt);
      },
    },
  };
}

/** A message by its kind, an answer as `answered` or `refused`, everything else by the kind of the input. */
function kindOf(input: Input<TableVocabulary>): string {
  if (input.kind === 'message') return input.message.kind;
  if (input.kind !== 'completed') return input.kind;
  return ['failed', 'kv-conflict', 'log-refused'].includes(input.answer.kind) ? 'refused' : 'answered';
}

function act(state: TableState, action: Action, input: Input<TableVocabulary>, out: Out): void {
  switch (action.do) {
    case 'mode':
      state.mode = action.mode;
      return;
    case 'count':
      state.count += action.by;
      return;
    case 'list':
      if (state.listed.length < 3) state.listed.push(nameOf(input));
      return;
    case 'collect':
      state.collected.add(nameOf(input));
      return;
    case 'pick':
      state.count += out.pick('how many', action.n);
      return;
    case 'note':
      out.note({ kind: 'said', word: action.word });
      return;
    default:
      if (state.acts === 0) return;
      state.acts -= 1;
      actOut(state, action, input, out);
  }
}

type Act = Extract<Action, { readonly do: 'send' | 'request' | 'timer' | 'work' | 'halt' }>;

/** What is not for nothing. */
function actOut(state: TableState, action: Act, input: Input<TableVocabulary>, out: Out): void {
  switch (action.do) {
    case 'send': {
      const to = action.to ?? (input.kind === 'message' ? input.message.from : out.address);
      if (action.isData) out.sendData(to, action.kind, state.mode);
      else out.send(to, action.kind, state.mode);
      return;
    }
    case 'request':
      state.requests += 1;
      out.request(state.requests, action.request);
      return;
    case 'timer':
      state.timerAt = action.ms === null ? NEVER : input.now + action.ms;
      return;
    case 'work':
      state.works = action.times;
      return;
    case 'halt':
      if (out.effects.every(({ effect }) => effect !== 'halt')) out.halt('it had enough');
  }
}

function nameOf(input: Input<TableVocabulary>): string {
  return input.kind === 'message' ? `${input.message.kind}/${input.message.from}/${input.message.body}` : input.kind;
}
