// What every doc comment must say. An exported name has one; the job API and a scenario, field by field, say unit, default and an example too.
import type { ApiMember, ApiName, EntryPoint } from './read-api.ts';

/** Where users write: each member has a doc comment, and these an example. */
const withExamples: readonly string[] = [
  'JobEnvironment',
  'DataStream',
  'KeyedStream',
  'WindowedStream',
  'Scenario',
  'RealRun',
  'MachinesScenario',
];
const functionsWithExamples: readonly string[] = [
  'defineJob',
  'defineScenario',
  'tumblingEventTime',
  'mix',
  'defineMachines',
];
/** Each member of these has a section of its own. */
export const fieldByField: readonly string[] = [
  ...withExamples,
  'SubmittedJob',
  'FaultAim',
  'Topic',
  'JobSettings',
  'OperatorSettings',
  'SourceSettings',
  'SinkSettings',
  'ProcessFunctions',
  'AggregateFunctions',
  'RecordContext',
  'ProcessContext',
  'WindowContext',
  'ValueState',
  'WindowAssigner',
  'JobDefinition',
];

/** One sentence for each doc comment that is missing, or lacks something. */
export function missingIn(entryPoints: readonly EntryPoint[]): string[] {
  return entryPoints.flatMap(({ names }) => names.flatMap(missingOf));
}

function missingOf(one: ApiName): string[] {
  const own = [
    ...(one.comment.text === '' ? ['it has no doc comment'] : []),
    ...(functionsWithExamples.includes(one.name) && one.comment.examples.length === 0 ? ['it has no example'] : []),
  ];
  const members = fieldByField.includes(one.name)
    ? one.members.flatMap((member) => missingOfMember(one.name, member))
    : [];
  return [...own.map((what) => `${one.file}: ${one.name}: ${what}`), ...members.map((what) => `${one.file}: ${what}`)];
}

function missingOfMember(owner: string, { name, signature, isOptional, comment }: ApiMember): string[] {
  const isNumber = /: (number|Partial<\w*Options>)$/.test(signature) || signature.startsWith('readonly timestamp');
  const wanted: readonly (readonly [boolean, string])[] = [
    [comment.text === '', 'it has no doc comment'],
    [isOptional && comment.default === null, 'it has no @default'],
    [isNumber && comment.unit === null, 'it has no @unit'],
    [withExamples.includes(owner) && comment.examples.length === 0, 'it has no @example'],
  ];
  return wanted.flatMap(([isMissing, what]) => (isMissing ? [`${owner}.${name}: ${what}`] : []));
}
