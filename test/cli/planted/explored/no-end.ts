// It says one word to itself, and nobody says when it is over.
import { defineMachines, NEVER, type Machine, type Oracle } from 'millrace/sim';

interface Words {
  readonly bodies: { readonly word: null };
  readonly request: never;
  readonly answer: never;
}

const speaker: Machine<object, Words> = {
  role: 'speaker',
  create: () => ({}),
  step(_, input, out) {
    if (input.kind === 'start') out.send(out.address, 'word', null);
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};

const content: Oracle<object> = { name: 'content', create: () => ({}), observe: () => {}, finish: () => {} };

export const scenario = defineMachines({
  name: 'no-end',
  about: 'One word, and no end.',
  messages: ['word'],
  nodes: [{ address: 'speaker', machine: speaker }],
  oracles: [content],
  runMs: 200,
});
