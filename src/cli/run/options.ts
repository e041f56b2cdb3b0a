// The options of `millrace run`, and what they mean.
import { join } from 'node:path';
import { requiredSlots } from '../../core/graph/chaining.ts';
import type { JobGraph } from '../../core/graph/job-graph.ts';
import { isConnectorUrl, parseConnectorUrl } from '../../core/graph/connector-url.ts';
import type { Result } from '../../core/base/value.ts';
import { HA_FORMS } from '../../net-real/ha-service.ts';
import type { OptionRow } from '../arguments.ts';
import { sizeRows, withDefault } from '../cluster/read-cluster.ts';
import { configRow } from '../config/command.ts';
import { trustRows } from '../trust-options.ts';

export const runRows: readonly OptionRow[] = [
  {
    name: 'cluster',
    value: 'FOLDER',
    about: 'of a cluster that runs on this host: the job is submitted there; default: a cluster for this job alone',
  },
  ...trustRows,
  { ...withDefault('ha'), about: `of that cluster, if it is not in its folder: ${HA_FORMS}` },
  ...sizeRows.map((row) => (row.name === 'job-managers' ? row : { ...row, about: 'default: what the job needs' })),
  { name: 'job-id', value: 'ID', about: 'default: the name of the job, and six characters' },
  { name: 'output', value: 'FOLDER', about: 'of sinks that have a name; default millrace-out/<job id>' },
  { name: 'sources', value: 'FOLDER', about: 'of topics that have a name: <topic>/<split>.jsonl' },
  {
    name: 'rest-port',
    value: 'NUMBER',
    about: 'of 127.0.0.1, where its own cluster answers REST; default: any that is free',
  },
  { name: 'set', value: 'KEY=VALUE', about: 'set an option of the cluster; may be repeated', repeatable: true },
  withDefault('log-level'),
  configRow,
  { name: 'help', value: null, about: 'this text' },
];

export interface Size {
  readonly taskManagers: number;
  readonly slots: number;
}

/** Task managers and their slots for a job: what was asked for, or what it needs. */
export function sizeFor(graph: JobGraph, taskManagers: number | null, slots: number | null): Result<Size> {
  const needed = requiredSlots(graph);
  const count = taskManagers ?? (slots === null ? Math.min(2, needed) : Math.ceil(needed / slots));
  const each = slots ?? Math.ceil(needed / count);
  if (count * each >= needed) return { ok: true, value: { taskManagers: count, slots: each } };
  return {
    ok: false,
    reason: `job "${graph.name}" needs ${needed} slots, and ${count} TaskManagers with ${each} each have ${count * each}: give --slots ${Math.ceil(needed / count)}`,
  };
}

/** A sentence if the job reads a topic that has no folder, or null. */
export function missingSources({ operators }: JobGraph, sources: string | null): string | null {
  if (sources !== null) return null;
  const named = operators.find((one) => one.kind === 'source' && !isConnectorUrl(one.topic));
  return named?.kind === 'source'
    ? `source "${named.id}" reads the topic "${named.topic}", which is a folder of the cluster: name the folder around it with --sources FOLDER, or the input by a URL in the job`
    : null;
}

/** The folder of the output of each sink: that of its URL, or one in the folder of sinks. */
export function outputsOf(
  { operators }: JobGraph,
  sinks: string,
): readonly { readonly sink: string; readonly where: string }[] {
  return operators.flatMap((one) => (one.kind === 'sink' ? [{ sink: one.id, where: placeOf(one.sink, sinks) }] : []));
}

function placeOf(sink: string, sinks: string): string {
  return parseConnectorUrl(sink)?.place ?? join(sinks, sink);
}

export function hasNamedSink({ operators }: JobGraph): boolean {
  return operators.some((one) => one.kind === 'sink' && !isConnectorUrl(one.sink));
}

/** Letters, digits, dots, dashes and underscores of its name, and something that no other run has. */
export function jobIdFor(name: string, random: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return `${plain === '' ? 'job' : plain.slice(0, 100)}-${random}`;
}
