// Examples of doc comments as modules that can be compiled and run. An example with an import is a module as it stands; one of a scenario's field is
// put into a scenario that is whole without it; one of the job API is a stream, which is given a source and a sink.
import type { ApiName, EntryPoint } from './read-api.ts';

export const exampleNames =
  "in those of the job API, `payments` is a `DataStream<Payment>` with `type Payment = { account: string; cents: number; at: number }`; those of a scenario's fields are of one that reads a topic `payments` of such records; those of `MachinesScenario`, of the example of `defineMachines`.";

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

const PAYMENTS =
  "  const payments = env.fromSource<Payment>('payments', { topic: 'payments', splits: 2, timestamp: ({ at }) => at });\n";

function moduleOf({ name, file }: ApiName, text: string): string {
  if (/^import /m.test(text)) return text;
  if (file === 'src/core/columns/schema.ts') return declarationsWith(text);
  if (name === 'MachinesScenario') return machinesWith(text);
  if (name === 'RealRun' || file.startsWith('src/scenario/')) return scenarioWith(text);
  const readsAlone = text.startsWith('env.'); // another source of the topic would have to say the same of its records
  return scenarioWith(`job: defineJob('example', (env) => {
${readsAlone ? '' : PAYMENTS}  const stream = ${text.replace(/^payments\.sinkTo/, "payments.map('same', (one) => one).sinkTo")};
  ${text.startsWith('payments.sinkTo') ? 'void stream' : "stream.sinkTo('example', { sink: 'example' })"};
${readsAlone || text.startsWith('payments') ? '' : "  payments.sinkTo('rest', { sink: 'rest' });\n"}}, { parallelism: 2 }),
  input: () => ({ payments: { splits: [splitOf(0), splitOf(1)] } }),`);
}

/** Of schemas: what is declared is exported, so that it counts as used. */
function declarationsWith(text: string): string {
  return `import { boolean, float64, int32, list, nullable, schema, string, timestamp, type TypeOf } from 'millrace';

${text.replace(/^(const|type) /gm, 'export $1 ')}
export const types = [boolean, float64, int32, list, nullable, schema, string, timestamp];
export type Of<D> = TypeOf<D>;
`;
}

/** What the fragment says goes before what stands here. */
function scenarioWith(fragment: string): string {
  return `import { DAY_MS, defineJob, defineScenario, MINUTE_MS, mix, SECOND_MS, tumblingEventTime } from 'millrace/scenario';
import { avg, count, countDistinct, first, last, max, maxBy, min, minBy, sum } from 'millrace/scenario';
import { boolean, float64, int32, list, nullable, schema, string, timestamp } from 'millrace/scenario';
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
export const types = [boolean, float64, int32, list, nullable, schema, string, timestamp];
export const aggregates = [avg, count, countDistinct, first, last, max, maxBy, min, minBy, sum];
`;
}

function machinesWith(fragment: string): string {
  return `import { defineMachines, invariant, keyValueStore, leaseService, NEVER } from 'millrace/sim';
import type { Machine, MachinesScenario } from 'millrace/sim';

interface Greeting {
  readonly bodies: { readonly hello: { readonly name: string }; readonly welcome: null };
  readonly request: never;
  readonly answer: never;
}

const host: Machine<{ greeted: string[] }, Greeting> = {
  role: 'host',
  create: () => ({ greeted: [] }),
  step(state, input, out) {
    if (input.kind !== 'message' || input.message.kind !== 'hello') return;
    state.greeted.push(input.message.body.name);
    out.send(input.message.from, 'welcome', null);
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
};

const guest: Machine<{ isWelcome: boolean; retryAt: number }, Greeting> = {
  role: 'guest',
  create: () => ({ isWelcome: false, retryAt: NEVER }),
  step(state, input, out) {
    if (input.kind === 'message') state.isWelcome = true;
    state.retryAt = state.isWelcome ? NEVER : input.now + 100;
    if (!state.isWelcome) out.send('host', 'hello', { name: out.address });
  },
  wakeAt: ({ retryAt }) => retryAt,
  hasWork: () => false,
  checkInvariants: () => {},
};

const base: MachinesScenario = {
  name: 'example',
  about: 'What a doc comment shows.',
  messages: ['hello', 'welcome'],
  nodes: [
    { address: 'host', machine: host },
    { address: 'guest-1', machine: guest },
  ],
  faults: { crash: 1 },
  isOver: (view) =>
    view.nodes().every(({ role, state }) => role === 'host' || (state as { isWelcome: boolean }).isWelcome),
  runMs: 2_000,
};

const fragment: Partial<MachinesScenario> = {
${fragment}
};

export const scenario = defineMachines({ ...base, ...fragment });
export const used = [invariant, keyValueStore, leaseService];
`;
}
