// Code of a job that does not give the same result each time: what a scenario says of it.
import { unknownName } from '../core/base/options.ts';
import type { JobGraph, OperatorKind } from '../core/graph/job-graph.ts';
import { jobsOf } from './jobs.ts';
import type { Scenario, VaryingCode } from './scenario.ts';

/** Whether all that a source reads goes to the code, and to nobody else. */
function feedsAlone({ edges }: JobGraph, source: string, operator: string): boolean {
  const behind = edges.filter(({ from }) => from === source);
  return behind.length > 0 && behind.every(({ to }) => to === operator);
}

function sourcesOf({ operators, edges }: JobGraph, operator: string): readonly string[] {
  const before = edges.filter(({ to }) => to === operator).map(({ from }) => from);
  return operators.filter(({ id, kind }) => kind === 'source' && before.includes(id)).map(({ id }) => id);
}

/** Topics whose records go to the code, in each job that reads them. */
export function varyingTopics(graphs: readonly JobGraph[], varies: VaryingCode | undefined): ReadonlySet<string> {
  if (varies === undefined) return new Set();
  const [varying, others] = [new Set<string>(), new Set<string>()];
  for (const graph of graphs) {
    for (const operator of graph.operators) {
      if (operator.kind !== 'source') continue;
      (feedsAlone(graph, operator.id, varies.operator) ? varying : others).add(operator.topic);
    }
  }
  return new Set([...varying].filter((topic) => !others.has(topic)));
}

/** Kinds whose functions make records of records and keep nothing: what varies is what they give, and nothing else. */
const MAY_VARY: { readonly [K in OperatorKind]: boolean } = {
  source: false,
  map: true,
  'flat-map': true,
  filter: false,
  'map-async': false,
  reduce: false,
  aggregate: false,
  process: false,
  window: false,
  'window-aggregate': false,
  sink: false,
};

/** What is wrong with it, as sentences. */
export function varyingMistakes(scenario: Scenario): readonly string[] {
  const { varies } = scenario;
  if (varies === undefined) return [];
  const graphs = jobsOf(scenario).map(({ job }) => job.graph);
  const all = graphs.flatMap(({ operators }) => operators);
  const found = all.find(({ id }) => id === varies.operator);
  if (found === undefined)
    return [
      unknownName(
        'operator in varies',
        varies.operator,
        all.map(({ id }) => id),
      ),
    ];
  if (!MAY_VARY[found.kind]) return [`varies.operator "${found.id}" is a ${found.kind}: expected a map or a flatMap`];
  const isBehindSource = graphs.every((graph) => {
    const sources = sourcesOf(graph, found.id);
    const inputs = graph.edges.filter(({ to }) => to === found.id).length;
    return inputs === sources.length && sources.every((source) => feedsAlone(graph, source, found.id));
  });
  return isBehindSource
    ? []
    : [
        `varies.operator "${found.id}" does not stand directly behind its sources, or not alone: expected one that does`,
      ];
}
