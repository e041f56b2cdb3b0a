// A machine that writes down every input in a few words, and does what its script says. Tests read the log.
import { NEVER } from '../../../src/core/base/machine.ts';
import type { Input, Machine } from '../../../src/core/base/machine.ts';
import type { Outbox } from '../../../src/core/base/outbox.ts';
import type { Failed } from '../../../src/core/base/vocabulary.ts';

export interface Note {
  readonly bodies: { readonly note: number; readonly other: number };
  readonly request:
    | { readonly kind: 'add'; readonly n: number }
    | { readonly kind: 'get' }
    | { readonly kind: 'await'; readonly above: number };
  readonly answer: { readonly kind: 'total'; readonly total: number };
}

export interface Recorded {
  readonly log: string[];
  wakeAt: number;
  work: number;
  /** Free for scripts. */
  memory: number;
}

export type Script = (state: Recorded, input: Input<Note>, out: Outbox<Note>) => void;

export function recorder(script: Script = () => {}): Machine<Recorded, Note> {
  return {
    role: 'recorder',
    create: () => ({ log: [], wakeAt: NEVER, work: 0, memory: 0 }),
    step(state, input, out) {
      state.log.push(`${input.now} ${describe(input)}`);
      if (input.kind === 'wake') state.wakeAt = NEVER;
      if (input.kind === 'work') state.work -= 1;
      script(state, input, out);
    },
    wakeAt: (state) => state.wakeAt,
    hasWork: (state) => state.work > 0,
    checkInvariants(state) {
      if (state.work < 0) throw new Error('less than no work');
    },
  };
}

function describe(input: Input<Note>): string {
  switch (input.kind) {
    case 'message':
      return `${input.message.kind} ${input.message.body} from ${input.message.from}`;
    case 'completed':
      return `answer ${input.request} ${describeAnswer(input.answer)}`;
    case 'connection-lost':
      return `lost ${input.peer} ${input.streamClass}`;
    case 'start':
      return `start ${input.incarnation}`;
    default:
      return input.kind;
  }
}

function describeAnswer(answer: Note['answer'] | Failed): string {
  return answer.kind === 'failed' ? `failed ${answer.outcome}` : `total ${answer.total}`;
}
