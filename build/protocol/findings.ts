// What the sources declare and nothing uses: a state that no code enters, a message that nobody sends or takes, a timer that nobody sets.
import type { Protocol } from './protocol.ts';
import type { Table } from './read-tables.ts';
import { story } from './story.ts';

/** Found, and right so: each with the reason, which the page says. One that is not found any more is a finding itself. */
export const KNOWN: Readonly<Record<string, string>> = {
  'process-died: nobody sends it': 'The host of a TaskManager says it, from its own address.',
  'process-stops: nobody sends it': 'The host of a JobManager or TaskManager says it, from its own address.',
  'memory-short: nobody sends it': 'The host of a TaskManager says it, from its own address.',
  'taskTransitions: no code enters SCHEDULED': 'A TaskManager hears of an attempt with its deployment.',
};

/** One sentence for each. */
export function findingsIn(protocol: Protocol): readonly string[] {
  const found = [
    ...protocol.tables.flatMap(inTable),
    ...protocol.messages.flatMap(({ kind, sentBy, takenBy, between }) => [
      ...(between === '' ? [`${kind}: no heading says who speaks with whom`] : []),
      ...(sentBy.length === 0 ? [`${kind}: nobody sends it`] : []),
      ...(takenBy.length === 0 ? [`${kind}: nobody takes it`] : []),
    ]),
    ...protocol.timers.flatMap(({ name, setBy }) => (setBy.length === 0 ? [`timer ${name}: nobody sets it`] : [])),
    ...[...protocol.purposes, ...protocol.taskPurposes].flatMap(({ kind, usedBy }) =>
      usedBy.length === 0 ? [`purpose ${kind}: nothing is asked for it`] : [],
    ),
  ];
  const gone = Object.keys(KNOWN).filter((sentence) => !found.includes(sentence));
  return [
    ...found.filter((sentence) => KNOWN[sentence] === undefined),
    ...gone.map((sentence) => `it is excused, and not so: ${sentence}`),
  ];
}

function inTable({ name, about, first, states }: Table): string[] {
  const isTold = story.some(({ tables }) => tables.includes(name));
  const targets = new Set(states.flatMap(({ next }) => next));
  return [
    ...(isTold ? [] : [`${name}: the page does not say of which machine it is`]),
    ...(about === '' ? [`${name}: it has no comment`] : []),
    ...(first.length === 0 ? [`${name}: nothing is created in a state of it`] : []),
    ...states.flatMap((state) => {
      const isFirst = first.includes(state.name);
      return [
        ...(state.about === '' ? [`${name}: ${state.name} has no comment`] : []),
        ...(isFirst || state.enteredBy.length > 0 ? [] : [`${name}: no code enters ${state.name}`]),
        ...(isFirst || state.enteredBy.length === 0 || targets.has(state.name)
          ? []
          : [`${name}: no transition leads to ${state.name}, which ${state.enteredBy[0]?.name} enters`]),
      ];
    }),
  ];
}
