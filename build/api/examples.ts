// Examples of doc comments as modules that can be compiled and run. An example with an import is a module as it stands; one of a scenario's field is
// put into a scenario that is whole without it; one of the job API is a stream, which is given a source and a sink.
import type { ApiName, EntryPoint } from './read-api.ts';

export const exampleNames =
  "in those of the job API, `payments` is a `DataStream<Payment>` with `type Payment = { account: string; cents: number; at: number }`; those of a scenario's fields are of one that reads a topic `payments` of such records.";

export interface Example {
  /** Of its module, without an extension. */
  readonly name: string;
  readonly text: string;
}

export function examplesOf(entryPoints: readonly EntryPoint[]): Example[] {
  return entryPoints.flatMap(({ names }) => names.flatMap(examplesOfName));
}

function examplesOfName(one: ApiName): Example[] {
  const own = one.comment.examples.map((text, at) => ({ name: `${one.name}-${at}`, text: moduleOf(one, text) }));
  const ofMembers = one.members.flatMap((member) =>
    member.comment.examples.map((text, at) => ({
      name: `${one.name}-${member.name}-${at}`,
      text: moduleOf(one, text),
    })),
  );
  return [...own, ...ofMembers];
}

function moduleOf({ name, file }: ApiName, text: string): string {
  if (/^import /m.test(text)) return text;
  if (name === 'RealRun' || file.startsWith('src/scenario/')) return scenarioWith(text);
  return scenarioWith(`job: defineJob('example', (env) => {
  const payments = env.fromSource<Payment>('payments', { topic: 'payments', splits: 2, timestamp: ({ at }) => at });
  const stream = ${text.replace(/^payments\.sinkTo/, "payments.map('same', (one) => one).sinkTo")};
  ${text.startsWith('payments.sinkTo') ? 'void stream' : "stream.sinkTo('example', { sink: 'example' })"};
${text.startsWith('payments') ? '' : "  payments.sinkTo('rest', { sink: 'rest' });\n"}}, { parallelism: 2 }),
  input: () => ({ payments: { splits: [splitOf(0), splitOf(1)] } }),`);
}

/** What the fragment says goes before what stands here. */
function scenarioWith(fragment: string): string {
  return `import { DAY_MS, defineJob, defineScenario, MINUTE_MS, mix, SECOND_MS, tumblingEventTime } from 'millrace/scenario';
import type { Scenario } from 'millrace/scenario';

type Payment = { readonly account: string; readonly cents: number; readonly at: number };
type Flight = { readonly origin: string; readonly delay: number };

const splitOf = (split: number): Payment[] =>
  Array.from({ length: 30 }, (_, index) => ({ account: \`\${split}-\${index % 3}\`, cents: index * 10, at: index * 500 }));

const base: Scenario = {
  name: 'example',
  about: 'What a doc comment shows.',
  cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 1 },
  job: defineJob('example', (env) =>
    env
      .fromSource<Payment>('payments', { topic: 'payments', splits: 1 })
      .map('account', ({ account, cents, at }) => ({ account, cents, at }))
      .sinkTo('ledger', { sink: 'ledger' }),
  ),
  input: () => ({ payments: { splits: [splitOf(0)] } }),
  faults: { 'tm-crash': 1 },
  reference: true,
};

const fragment: Partial<Scenario> = {
${fragment}
};

export const scenario = defineScenario({ ...base, ...fragment });
export const used = [DAY_MS, MINUTE_MS, SECOND_MS, mix, tumblingEventTime, null as Flight | null];
`;
}
