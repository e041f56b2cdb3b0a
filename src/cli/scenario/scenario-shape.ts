// What a compiler would have said of a scenario file, for those who run one without compiling it first. The names and numbers in it
// are judged by scenarios/mistakes.ts, which needs the shape to be right.

/** What is wrong with the shape of what a file exports as `scenario`, as a sentence, or null. */
export function findWrongShape(scenario: unknown): string | null {
  if (scenario === undefined) return 'it exports no "scenario"';
  if (!isObject(scenario)) return '"scenario" is not an object';
  const wrong = shape.find(({ field, isRight }) => !isRight(scenario[field]));
  return wrong === undefined ? null : `"${wrong.field}" must be ${wrong.must}`;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const shape: readonly {
  readonly field: string;
  readonly must: string;
  readonly isRight: (value: unknown) => boolean;
}[] = [
  {
    field: 'name',
    must: 'a word of letters, digits, dots and dashes, as files are named after it',
    isRight: (name) => typeof name === 'string' && /^\w[\w.-]*$/.test(name),
  },
  { field: 'about', must: 'a sentence', isRight: (about) => typeof about === 'string' },
  {
    field: 'cluster',
    must: '{ jobManagers, taskManagers, slotsPerTaskManager }',
    isRight: (cluster) =>
      isObject(cluster) &&
      ['jobManagers', 'taskManagers', 'slotsPerTaskManager'].every((part) => typeof cluster[part] === 'number'),
  },
  {
    field: 'job',
    must: 'what defineJob returns',
    isRight: (job) => isObject(job) && isObject(job['graph']) && isObject(job['program']),
  },
  { field: 'input', must: 'a function that returns the topics', isRight: (input) => typeof input === 'function' },
  { field: 'faults', must: 'how often each kind is asked for ({} for none)', isRight: isObject },
];
