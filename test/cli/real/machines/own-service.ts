// Machines that ask a service of the author's own, which no real process has.
import { defineMachines, NEVER, type Machine, type Service } from 'millrace/sim';

const oracleOfDelphi: Service<object, { readonly kind: 'ask-delphi' }> = {
  name: 'delphi',
  serves: ['ask-delphi'],
  create: () => ({}),
  apply: (_, __, caller) => [{ caller, answer: { kind: 'words' } }],
  forget: () => {},
  sizeOf: () => 0,
  writes: () => false,
};

const asker: Machine<object> = {
  role: 'asker',
  create: () => ({}),
  step: () => {},
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};

export const scenario = defineMachines({
  name: 'delphi',
  about: 'Somebody asks.',
  messages: [],
  nodes: [{ address: 'asker', machine: asker }],
  services: [oracleOfDelphi],
  isOver: () => true,
  runMs: 100,
});
