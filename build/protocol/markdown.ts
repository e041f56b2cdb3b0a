// The protocol as one Markdown page: what docs/protocol.md holds. Diagrams are mermaid, which the usual viewers of Markdown draw.
import { KNOWN } from './findings.ts';
import type { Protocol, Used } from './protocol.ts';
import type { InvariantGroup } from './read-invariants.ts';
import type { Field, MessageKind, Part } from './read-messages.ts';
import type { Table, TableState } from './read-tables.ts';
import type { Timer } from './read-timers.ts';
import type { Variant } from './read-unions.ts';
import type { Place } from './sources.ts';
import { story } from './story.ts';
import type { Chapter } from './story.ts';

const INTRODUCTION = `Made from the sources of \`src/core\` by \`npm run docs\`; do not edit. A test finds it current, and fails for a state that no code enters, a message that nobody sends or takes, and a timer that nobody sets.

A cluster is made of three kinds of processes. A **client** submits a job and asks about it. A **JobManager** leads: of several one holds the leader key in the HA service, under an epoch that rises with each leader. A **TaskManager** has slots, and runs **tasks** in them: each runs one attempt of one subtask of a job. Each process is a machine: a plain state and a synchronous step that takes one input (a message, a due timer, the answer of a port) and leaves messages and requests behind. Nothing else happens between machines than what stands on this page.

How to read it: an arrow of a diagram is a transition that the code allows; any other one is a bug, and ends the process. "Entered by" names the functions that make it. The epoch in a message is that of the leader, the incarnation counts the starts of a TaskManager, the attempt those of a subtask: whatever is not current is ignored, with a reason.`;

export function renderProtocol(protocol: Protocol): string {
  return (
    [
      '# The protocol',
      INTRODUCTION,
      '- [Machines](#machines): ' + story.map(({ role }) => `[${role}](#${anchor(title(role))})`).join(', '),
      '- [Messages](#messages): ' +
        betweens(protocol)
          .map((name) => `[${name}](#${anchor(name)})`)
          .join(', '),
      '- [What messages are made of](#what-messages-are-made-of)',
      '- [Ports](#ports)',
      '- [States that no code enters](#states-that-no-code-enters)',
      '## Machines',
      ...story.flatMap((chapter) => renderChapter(chapter, protocol)),
      '## Messages',
      ...betweens(protocol).flatMap((between) => renderMessages(between, protocol.messages)),
      '## What messages are made of',
      ...protocol.parts.flatMap(renderPart),
      '### Element',
      'What travels in a channel from task to task.',
      renderVariants(protocol.elements),
      '## Ports',
      'A machine reaches everything outside of the cluster (the HA service, checkpoint storage, sources, sinks, code) by a request; its answer comes as an input. A port may also answer `failed`, with the outcome `not-done` or `unknown`.',
      '### Requests',
      renderVariants(protocol.portRequests),
      '### Answers',
      renderVariants(protocol.portAnswers),
      '### What a JobManager asks for',
      renderPurposes(protocol.purposes),
      '### What a task asks for',
      renderPurposes(protocol.taskPurposes),
      '## States that no code enters',
      Object.entries(KNOWN)
        .map(([sentence, why]) => `- \`${sentence.replace(': no code enters ', '` ')}: ${why}`)
        .join('\n'),
    ].join('\n\n') + '\n'
  );
}

const title = (role: string): string => `The ${role}`;
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

function betweens({ messages }: Protocol): readonly string[] {
  return [...new Set(messages.map(({ between }) => between))];
}

// ---- Machines

function renderChapter({ role, about, tables }: Chapter, protocol: Protocol): string[] {
  const timers = protocol.timers.filter((timer) => timer.role === role);
  const invariants = protocol.invariants.filter((group) => group.role === role);
  return [
    `### ${title(role)}`,
    about,
    ...tables.flatMap((name) => protocol.tables.filter((table) => table.name === name).flatMap(renderStates)),
    ...(timers.length === 0 ? [] : [`#### Timers of the ${role}`, renderTimers(timers)]),
    ...(role === 'task' ? renderTask(protocol) : []),
    ...(invariants.length === 0 ? [] : [`#### What always holds in the ${role}`, ...renderInvariants(invariants)]),
  ];
}

function renderStates(table: Table): string[] {
  const rows = table.states.map((state) => `| \`${state.name}\` | ${state.about} | ${entriesOf(table, state)} |`);
  return [
    `#### ${table.about.replace(/\.$/, '')}`,
    diagramOf(table),
    ['| state | what it means | entered by |', '|---|---|---|', ...rows].join('\n'),
    `The table is \`${table.name}\` in \`${table.file}\`.`,
  ];
}

function entriesOf({ first }: Table, { name, enteredBy }: TableState): string {
  const beginning = first.includes(name) ? ['the beginning'] : [];
  const all = [...beginning, ...enteredBy.map((place) => `\`${place.name}\``)];
  return all.length === 0 ? 'nobody ([why](#states-that-no-code-enters))' : all.join(', ');
}

/** How a diagram names a state: a stroke is no letter there. */
const id = (name: string): string => name.replaceAll('-', '_');

function diagramOf({ states, first }: Table): string {
  const lines = [
    'stateDiagram-v2',
    ...states.filter(({ name }) => id(name) !== name).map(({ name }) => `  state "${name}" as ${id(name)}`),
    ...first.map((name) => `  [*] --> ${id(name)}`),
    ...states.flatMap(({ name, next }) => next.map((to) => `  ${id(name)} --> ${id(to)}`)),
    ...states.filter(({ next }) => next.length === 0).map(({ name }) => `  ${id(name)} --> [*]`),
  ];
  return `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\``;
}

function places(all: readonly Place[]): string {
  return all.map(({ name }) => `\`${name}\``).join(', ');
}

function renderTimers(timers: readonly Timer[]): string {
  const rows = timers.map(({ name, setBy, cancelledBy }) => {
    const sets = [...new Set(setBy.map(({ name: by, at }) => `\`${by}\` to \`${at}\``))];
    return `| \`${name}\` | ${sets.join('<br>')} | ${places(cancelledBy)} |`;
  });
  return ['| timer | set by | ended by |', '|---|---|---|', ...rows].join('\n');
}

function renderTask({ taskInputs, moments }: Protocol): string[] {
  return [
    '#### What reaches a task',
    renderVariants(taskInputs),
    '#### When a task is woken',
    'A task has no timers with names, but fields that are moments; the earliest of them wakes it.',
    ['| field | when |', '|---|---|', ...moments.map(({ name, about }) => `| \`${name}\` | ${cell(about)} |`)].join(
      '\n',
    ),
  ];
}

/** As sentences: what is said when it does not hold. */
function renderInvariants(groups: readonly InvariantGroup[]): string[] {
  const rows = groups.flatMap(({ invariants }) =>
    invariants.map(({ number, text, condition }) => `| ${number} | ${cell(text)} | ${code(cell(condition))} |`),
  );
  return [
    'Checked after every step of a simulated run. The middle column is the complaint if it does not hold.',
    ['| | complaint | condition |', '|---|---|---|', ...rows].join('\n'),
  ];
}

// ---- Messages

function renderMessages(between: string, messages: readonly MessageKind[]): string[] {
  const rows = messages
    .filter((message) => message.between === between)
    .map(
      ({ kind, about, fields, sentBy, takenBy }) =>
        `| \`${kind}\` | ${sentBy.map(({ role, name }) => `${role}: \`${name}\``).join('<br>')} | ${takenBy.map(({ role, handler }) => (handler === '' ? role : `${role}: \`${handler}\``)).join('<br>')} | ${fieldsCell(fields)} | ${cell(about)} |`,
    );
  return [
    `### ${between}`,
    ['| message | sent by | taken by | carries | about |', '|---|---|---|---|---|', ...rows].join('\n'),
  ];
}

function fieldsCell(fields: readonly Field[]): string {
  return fields.map(({ name, type }) => `\`${cell(`${name}: ${type}`)}\``).join('<br>');
}

/** Code that may hold such marks itself. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** A stroke would end a cell, also in code. */
function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

function renderPart({ name, about, fields }: Part): string[] {
  const rows = fields.map((field) => `| \`${field.name}\` | \`${cell(field.type)}\` | ${cell(field.about)} |`);
  return [
    `### ${name}`,
    ...(about === '' ? [] : [about]),
    ['| field | type | about |', '|---|---|---|', ...rows].join('\n'),
  ];
}

function renderVariants(variants: readonly Variant[]): string {
  const rows = variants.map(
    ({ kind, fields, about }) =>
      `| \`${kind}\` | ${fields.map((field) => `\`${cell(field)}\``).join('<br>')} | ${cell(about)} |`,
  );
  return ['| kind | carries | about |', '|---|---|---|', ...rows].join('\n');
}

function renderPurposes(purposes: readonly Used[]): string {
  const rows = purposes.map(
    ({ kind, fields, usedBy }) =>
      `| \`${kind}\` | ${fields.map((field) => `\`${cell(field)}\``).join('<br>')} | ${places(usedBy)} |`,
  );
  return ['| purpose | says | asked in |', '|---|---|---|', ...rows].join('\n');
}
