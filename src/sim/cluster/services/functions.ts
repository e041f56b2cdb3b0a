// The process of a TaskManager where functions of `mapAsync` run: each call is made when it is asked for, to its end, and its answer comes when it has taken as
// long as it did on its own clock. No state, also none that counts: what a call comes to depends on nothing but what it is given, and states of a run that
// differ in earlier calls alone are one.
import type { PortAnswer, PortRequest } from '../../../core/protocol/ports.ts';
import type { Called } from '../../../scenario/code/function-calls.ts';
import type { TimeUs } from '../../observation.ts';
import type { Service } from '../../service.ts';

export type FunctionRequest = Extract<PortRequest, { readonly kind: 'function-call' }>;

/** @param callOf what a call comes to that begins at this time */
export function functionService(
  callOf: (request: FunctionRequest, now: TimeUs) => Called,
): Service<null, FunctionRequest> {
  return {
    name: 'functions',
    serves: ['function-call'],
    isLocal: true,
    create: () => null,
    apply(_, request, caller, now) {
      const called = callOf(request, now);
      return [{ caller, answer: answerOf(called), afterUs: Math.round(1_000 * called.durationMs) }];
    },
    forget: () => {},
    sizeOf: () => 0,
    writes: () => false,
  };
}

function answerOf(called: Called): PortAnswer {
  if (called.kind === 'returned') return { kind: 'function-returned', value: called.value };
  return { kind: 'function-failed', problem: called.problem, stack: null };
}
