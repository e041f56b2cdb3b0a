// What the judges of a real run are told of its jobs: only these and their input matter to them.
import { withDefaults } from '../../core/base/options.ts';
import { asksHost } from '../../core/graph/kinds.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { guardGlobals } from '../../realm/globals.ts';
import type { FunctionCalls } from '../../scenario/code/function-calls.ts';
import { guardedProgram } from '../../scenario/code/guarded-program.ts';
import { createUserCode } from '../../scenario/code/user-code.ts';
import { jobsOf, type JobOfRun } from '../../scenario/jobs.ts';
import type { LastCall } from '../../scenario/last-call.ts';
import type { Scenario, Topic } from '../../scenario/scenario.ts';
import { simOptionTable } from '../../scenario/sim-options.ts';
import { createJobCalls } from '../../sim/cluster/function-calls.ts';
import { EPOCH_MS } from '../../sim/settings.ts';
import type { OracleContext } from '../../sim/oracles/context.ts';

/** In the order of the jobs. */
export function contextsOf(
  scenario: Scenario,
  topics: Readonly<Record<string, Topic>>,
  options: ClusterOptions,
  lastCall: LastCall,
  functions: FunctionCalls | null,
): readonly OracleContext[] {
  guardGlobals();
  const costs = withDefaults(simOptionTable);
  return jobsOf(scenario).map((one, number) => {
    const own = ofJob(one, lastCall);
    return { ...own, ...callOf(own, number, functions), topics, options, costs };
  });
}

/** What a function of `mapAsync` comes to, the judge finds out by itself. */
function callOf(
  { graph, code }: Pick<OracleContext, 'graph' | 'code'>,
  job: number,
  functions: FunctionCalls | null,
): Pick<OracleContext, 'call'> {
  if (functions === null || !asksHost(graph)) return {};
  const calls = createJobCalls({ functions, job, code: code ?? null, seed: 0 });
  const { parameters } = graph;
  return {
    call: (operator, value, timestamp) => calls.call('reference', operator, { value, timestamp, parameters }, EPOCH_MS),
  };
}

function ofJob(
  { jobId, job, clients, others, reference, check, ends }: JobOfRun,
  lastCall: LastCall,
): Omit<OracleContext, 'topics' | 'options' | 'costs'> {
  const code = createUserCode(lastCall);
  return {
    jobId,
    clients: [...clients, ...others].map(({ address }) => address),
    submitAtMs: 0,
    graph: job.graph,
    program: guardedProgram(job.program, code),
    code,
    reference,
    ends,
    ...(check === undefined ? {} : { check }),
  };
}
