// It beats for ever, and is never done: something can always happen, so that nothing stands still.
import { defineMachines, type Machine } from 'millrace/sim';

interface Words {
  readonly bodies: object;
  readonly request: never;
  readonly answer: never;
}

const BEAT_MS = 10;

const heart: Machine<{ at: number }, Words> = {
  role: 'heart',
  create: () => ({ at: 0 }),
  step: (state, input) => void (state.at = input.now + BEAT_MS),
  wakeAt: ({ at }) => at,
  hasWork: () => false,
  checkInvariants: () => {},
};

export const scenario = defineMachines({
  name: 'never-done',
  about: 'A heart beats, and nobody says that it is enough.',
  messages: [],
  nodes: [{ address: 'heart', machine: heart }],
  isOver: () => false,
  runMs: 200,
});
