// Which clients may forget what they were told. Whoever asks again is answered as before, for as long as the cluster knows what became of the request.
// Where that can be removed meanwhile, the client's memory is the last copy: it would have the same done twice.
import { clusterOptionTable, type ClusterOptions } from '../core/protocol/cluster-options.ts';
import type { Address } from '../core/base/vocabulary.ts';
import { clusterClientsOf, jobsOf, type JobOfRun } from './jobs.ts';
import type { Scenario } from './scenario.ts';

/** Addresses of clients that may die and ask again. */
export function forgetfulClients(scenario: Scenario): readonly Address[] {
  const jobs = jobsOf(scenario);
  const dropsResults = jobs.length > optionOf(scenario, 'retainedResults') || hasOwn(scenario, 'resultRetentionMs');
  return [...jobs.flatMap((job) => ofJob(job, dropsResults)), ...clusterClientsOf(scenario)].map(
    ({ address }) => address,
  );
}

/** A job whose result is gone would be submitted as a new one, and a savepoint that was disposed be taken anew. */
function ofJob({ clients, others }: JobOfRun, dropsResults: boolean): readonly { readonly address: Address }[] {
  const isRemoved = dropsResults || others.some(({ wants }) => wants === 'remove');
  const disposed = new Set(others.flatMap(({ wants, savepointId }) => (wants === 'dispose' ? [savepointId] : [])));
  const asking = others.filter(({ wants, savepointId }) => wants !== 'savepoint' || !disposed.has(savepointId));
  return isRemoved ? asking : [...clients, ...asking];
}

function optionOf({ options }: Scenario, name: keyof ClusterOptions): number {
  return options?.[name] ?? clusterOptionTable[name].default;
}

function hasOwn({ options = {}, draw = {} }: Scenario, name: keyof ClusterOptions): boolean {
  return Object.hasOwn(options, name) || Object.hasOwn(draw, name);
}
