// A machine that is an instance of a class, and one that a function makes around a counter.
import { NEVER, type Machine } from 'millrace/sim';

interface Vocabulary {
  readonly bodies: { readonly add: { readonly list: number[] } };
  readonly request: never;
  readonly answer: never;
}
type State = { list: number[]; at: number };
type Step = Machine<State, Vocabulary>['step'];

let electionMs = 100;
const bodies: object[] = [];

class Server implements Machine<State, Vocabulary> {
  readonly role = 'server';
  #steps = 0;

  create(): State {
    return { list: [], at: Date.now() }; // !clock
  }

  step(state: State, input: Parameters<Step>[1], out: Parameters<Step>[2]): void {
    this.#steps += 1; // !outside-state
    if (input.kind !== 'message') return;
    const { body, from } = input.message;
    body.list.push(this.#steps); // !mutation
    bodies.push(body); // !module-state
    electionMs *= 2; // !module-state
    const reply = { list: [electionMs] };
    out.send(from, 'add', reply);
    reply.list.push(2); // !mutation
    this.#touch(state);
  }

  #touch(state: State): void {
    state.list.push(Math.log(2)); // !mathematics
  }

  wakeAt(state: State): number {
    state.at += 1; // !mutation
    return state.at;
  }

  hasWork(): boolean {
    return process.uptime() > 3; // !clock
  }

  checkInvariants(state: State): void {
    state.list.sort((a, b) => a - b); // !mutation
  }
}

export const server = new Server();

export function counting(): Machine<State, Vocabulary> {
  const inner = { count: 0 };
  const machine: Machine<State, Vocabulary> = {
    role: 'counting',
    create: () => ({ list: [], at: NEVER }),
    step(state) {
      inner.count += 1; // !closure-state
      state.at = inner.count;
    },
    wakeAt: (state) => state.at,
    hasWork: () => false,
    checkInvariants: () => undefined,
  };
  return machine;
}
