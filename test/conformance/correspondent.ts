// A machine for conformance tests: it writes down every input in a few words, and does what its script says. Unlike the simulator's recorder
// it sends values of any size.
import { assert } from '../../src/core/base/assert.ts';
import { crc32 } from '../../src/core/base/crc32.ts';
import { NEVER } from '../../src/core/base/machine.ts';
import type { Input, Machine } from '../../src/core/base/machine.ts';
import type { Outbox } from '../../src/core/base/outbox.ts';
import { isValue, type Value } from '../../src/core/base/value.ts';

export interface Letters {
  readonly bodies: { readonly letter: Value };
  readonly request: never;
  readonly answer: never;
}

export interface Written {
  readonly log: string[];
  wakeAt: number;
  /** Free for scripts. */
  count: number;
}

export type Script = (state: Written, input: Input<Letters>, out: Outbox<Letters>) => void;

export function correspondent(script: Script): Machine<Written, Letters> {
  return {
    role: 'correspondent',
    create: () => ({ log: [], wakeAt: NEVER, count: 0 }),
    step(state, input, out) {
      state.log.push(describe(input));
      if (input.kind === 'wake') state.wakeAt = NEVER;
      script(state, input, out);
    },
    wakeAt: (state) => state.wakeAt,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

function describe(input: Input<Letters>): string {
  switch (input.kind) {
    case 'message': {
      const { streamClass, body, from } = input.message;
      return `${streamClass} ${describeBody(body)} from ${from}`;
    }
    case 'connection-lost':
      return `lost ${input.streamClass} with ${input.peer}`;
    default:
      return input.kind;
  }
}

/** What arrives is a value, as what was sent: bytes are plain ones. */
function describeBody(body: Value): string {
  assert(isValue(body), 'what arrived is no value');
  return body instanceof Uint8Array ? `${body.length} bytes ${crc32(body)}` : JSON.stringify(body);
}
