// A JobManager or TaskManager whose process somebody ends in good order, as with SIGTERM: its host tells it so, it takes that last step, and another
// process comes in its place.
import { NEVER, type Machine } from '../../core/base/machine.ts';
import type { Outbox } from '../../core/base/outbox.ts';
import { ENDED_IN_ORDER } from '../../core/protocol/describe-death.ts';
import type { Kinded } from '../../core/base/vocabulary.ts';
import type { HostedMachine } from '../world-types.ts';
import { pickBelow } from './late-client.ts';

interface Leaving {
  /** In ms on the node's clock; NEVER: it has not started, or is not its first process. */
  leavesAt: number;
  /** When it halts, behind its last step; NEVER: that was not taken. */
  haltsAt: number;
}

/** What it sent or asked for last leaves meanwhile: a process that halts takes with it what is on its way. */
const LINGERS_MS = 50;

/** When the process is ended, behind its start: from `atMs` on, each of so many ms is possible. */
export interface Leave {
  readonly atMs: number;
  readonly spreadMs: number;
}

const WHY = 'SIGTERM';

/** A process that died before that is not ended any more, nor is one that came in its place. */
export function leavingProcess(hosted: HostedMachine, { atMs, spreadMs }: Leave): HostedMachine {
  const machine = hosted as Machine<object>;
  const leaving: Machine<object & Leaving> = {
    role: machine.role,
    create: () => ({ ...machine.create(), leavesAt: NEVER, haltsAt: NEVER }),
    step(state, input, out) {
      if (input.kind === 'start' && input.incarnation === 1)
        state.leavesAt = input.now + atMs + pickBelow(spreadMs + 1, out, 'leave');
      if (state.haltsAt !== NEVER) return halt(state, input.now, out);
      if (input.now < state.leavesAt || input.kind === 'start') return machine.step(state, input, out);
      leave(machine, state, input, out);
    },
    wakeAt: (state) => (state.haltsAt === NEVER ? Math.min(state.leavesAt, machine.wakeAt(state)) : state.haltsAt),
    hasWork: (state) => state.haltsAt === NEVER && machine.hasWork(state),
    checkInvariants: (state) => machine.checkInvariants(state),
  };
  return leaving;
}

/** What else came in is not looked at any more. */
function leave(
  machine: Machine<object>,
  state: object & Leaving,
  { now, wallTime }: { readonly now: number; readonly wallTime: number },
  out: Outbox,
): void {
  state.leavesAt = NEVER;
  const { address } = out;
  const told = { effect: 'send', streamClass: 'control', from: address, to: address } as const;
  const message = { ...told, kind: 'process-stops', body: { why: WHY } } as const;
  if (machine.wakeAt(state) <= now) machine.step(state, { kind: 'wake', now, wallTime }, out);
  machine.step(state, { kind: 'message', now, wallTime, message: message as never }, out);
  state.haltsAt = now + LINGERS_MS;
}

function halt(state: Leaving, now: number, out: Outbox): void {
  if (now >= state.haltsAt) out.halt({ kind: ENDED_IN_ORDER } satisfies Kinded);
}
