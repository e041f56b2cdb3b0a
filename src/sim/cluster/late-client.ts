// A client that begins at a moment of its own picking: whoever tries all picks tries all moments.
import { NEVER } from '../../core/base/machine.ts';
import type { Machine } from '../../core/base/machine.ts';
import type { ClientState } from '../../core/client/client.ts';
import type { ClusterOutbox, ClusterVocabulary } from '../../core/protocol/ports.ts';
import type { Lateness } from '../../scenario/clients/client-starts.ts';

interface Late {
  /** In ms on the node's clock; NEVER: it has begun, or its process has not. */
  beginsAt: number;
  /** Of its process. */
  startedAs: number;
}

/** Digits in turn, as an explorer tries each value of a small pick. */
const BASE = 8;

/** @param stream of these picks */
export function pickBelow(count: number, out: Pick<ClusterOutbox, 'pick'>, stream: string): number {
  let [picked, digits] = [0, 0];
  for (let range = 1; range < count; range *= BASE) {
    picked += range * out.pick(`${stream}/${digits}`, BASE);
    digits += 1;
  }
  return picked % count;
}

/** It begins as late as it picks. */
export function lateClient<S extends ClientState>(
  machine: Machine<S, ClusterVocabulary>,
  { steps, stepMs }: Lateness,
): Machine<S & Late, ClusterVocabulary> {
  const { relative, ...inner } = machine;
  return {
    ...inner,
    create: () => ({ ...machine.create(), beginsAt: NEVER, startedAs: 0 }),
    step(state, input, out) {
      if (input.kind === 'start') {
        state.startedAs = input.incarnation;
        state.beginsAt = input.now + stepMs * pickBelow(steps + 1, out, 'begin');
      }
      if (state.beginsAt === NEVER) return machine.step(state, input, out);
      if (state.beginsAt > input.now) return;
      state.beginsAt = NEVER;
      machine.step(
        state,
        { kind: 'start', now: input.now, wallTime: input.wallTime, incarnation: state.startedAs },
        out,
      );
    },
    wakeAt: (state) => Math.min(state.beginsAt, machine.wakeAt(state)),
    ...(relative === undefined
      ? {}
      : {
          relative: {
            ...relative,
            shift(state: S & Late, by) {
              relative.shift(state, by);
              state.beginsAt = by.moment(state.beginsAt);
            },
          },
        }),
  };
}
