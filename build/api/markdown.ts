// The API as one Markdown page: what docs/api.md holds.
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import type { OptionTable } from '../../src/core/base/options.ts';
import { simOptionTable } from '../../src/scenario/sim-options.ts';
import { fieldByField } from './complete.ts';
import { exampleNames } from './examples.ts';
import { readFaultKinds } from './read-api.ts';
import type { ApiMember, ApiName, Comment, EntryPoint } from './read-api.ts';

const about: Readonly<Record<string, string>> = {
  millrace: 'The job API: what the author of a job needs.',
  'millrace/scenario':
    'A scenario: a job, its input, a cluster, faults, and what must hold. All of `millrace` can be imported from here too.',
  'millrace/sim': 'Machines of your own in a simulated world.',
  'millrace/testing': 'Property tests, with your own fast-check (a peer dependency).',
};

export function renderApi(entryPoints: readonly EntryPoint[]): string {
  return (
    [
      '# The API',
      'Made from the doc comments of the sources by `npm run docs`; do not edit. A test compiles and runs every example: ' +
        exampleNames,
      contentsOf(entryPoints),
      ...entryPoints.flatMap(renderEntryPoint),
      '## Faults',
      readFaultKinds()
        .map(([kind, what]) => `- \`${kind}\`: ${what}`)
        .join('\n'),
      '## Options',
      'Whole numbers. `--set NAME=VALUE` of the command line goes before what a scenario says.',
      '### Options of the cluster',
      renderTable(clusterOptionTable),
      '### Options of the simulated world',
      renderTable(simOptionTable),
    ].join('\n\n') + '\n'
  );
}

function contentsOf(entryPoints: readonly EntryPoint[]): string {
  return entryPoints
    .map(
      ({ name, names }) => `- \`${name}\`: ${names.map((one) => `[${one.name}](#${anchorOf(one.name)})`).join(', ')}`,
    )
    .join('\n');
}

function anchorOf(name: string): string {
  return name.toLowerCase();
}

function renderEntryPoint({ name, names }: EntryPoint): string[] {
  return [`## ${name}`, about[name] ?? '', ...names.flatMap(renderName)].filter((text) => text !== '');
}

function renderName(one: ApiName): string[] {
  return [
    `### ${one.name}`,
    code(one.signature),
    ...renderComment(one.comment),
    ...(fieldByField.includes(one.name)
      ? one.members.flatMap((member) => renderMember(one.name, member))
      : [renderList(one.members)].filter((text) => text !== '')),
  ];
}

function renderMember(owner: string, { name, signature, comment }: ApiMember): string[] {
  return [`#### ${owner}.${name}`, code(signature), ...renderComment(comment)];
}

/** Members in a line each. */
function renderList(members: readonly ApiMember[]): string {
  return members
    .map(({ signature, comment: { text } }) => `- \`${signature}\`${text === '' ? '' : `: ${text}`}`)
    .join('\n');
}

function renderComment({ text, unit, default: byDefault, parameters, examples }: Comment): string[] {
  const facts = [
    ...parameters.map(([name, what]) => `- \`${name}\`: ${what}`),
    ...(unit === null ? [] : [`- unit: ${unit}`]),
    ...(byDefault === null ? [] : [`- default: ${byDefault}`]),
  ];
  return [text, facts.join('\n'), ...examples.map(code)].filter((part) => part !== '');
}

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

function renderTable(table: OptionTable): string {
  const rows = Object.entries(table).map(
    ([name, spec]) => `| \`${name}\` | ${spec.default} | ${spec.unit} | ${spec.min} | ${spec.max} | ${spec.about} |`,
  );
  return ['| name | default | unit | least | most | what |', '|---|---|---|---|---|---|', ...rows].join('\n');
}
