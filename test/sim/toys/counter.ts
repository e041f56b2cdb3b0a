// A service with one number: add to it, read it, or wait until it is above a bound.
import type { Caller, Completion, Service } from '../../../src/sim/service.ts';
import type { Note } from './recorder.ts';

export interface Counter {
  total: number;
  readonly waiting: { readonly above: number; readonly caller: Caller }[];
}

export const counter: Service<Counter, Note['request']> = {
  name: 'counter',
  serves: ['add', 'get', 'await'],
  create: () => ({ total: 0, waiting: [] }),
  apply(state, request, caller) {
    if (request.kind === 'await') state.waiting.push({ above: request.above, caller });
    if (request.kind === 'add') state.total += request.n;
    const answered = takeAnswered(state);
    return request.kind === 'await' ? answered : [answer(state, caller), ...answered];
  },
  forget(state, node, incarnation) {
    const isDead = ({ caller }: { readonly caller: Caller }): boolean =>
      caller.node === node && caller.incarnation === incarnation;
    state.waiting.splice(0, state.waiting.length, ...state.waiting.filter((waiter) => !isDead(waiter)));
  },
  sizeOf: () => 8,
  writes: (request) => request.kind === 'add',
};

function takeAnswered(state: Counter): Completion<Note['answer']>[] {
  const due = state.waiting.filter(({ above }) => state.total > above);
  state.waiting.splice(0, state.waiting.length, ...state.waiting.filter(({ above }) => state.total <= above));
  return due.map(({ caller }) => answer(state, caller));
}

function answer(state: Counter, caller: Caller): Completion<Note['answer']> {
  return { caller, answer: { kind: 'total', total: state.total } };
}
