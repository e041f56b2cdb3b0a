// Who waits for what in a state in which nothing can happen any more.
import { must } from '../../../../core/base/assert.ts';
import type { Engine } from '../../../engine.ts';
import { DOWN, HALTED, PAUSED } from '../../../records.ts';
import type { NodeRecord } from '../../../records.ts';
import type { Row } from '../transition-system.ts';
import { nodePlace, SERVICES } from './layout.ts';
import type { WorldParts } from './parts.ts';

/** Every node with what it waits for, in words. */
export function whoWaits(engine: Engine, parts: WorldParts, row: Readonly<Row>): string {
  const services = parts.serviceTuples.valueOf(row[SERVICES] as number).map((number) => parts.services.valueOf(number));
  const waiting = services.flatMap((record, index) => {
    const { name } = must(engine.settings.services[index], 'a service').service;
    return [...record.waiting.values()].map(({ node, request }) => ({
      node,
      text: `${name} to answer ${request.kind}`,
    }));
  });
  const told = parts.nodes.map((table, node) => {
    const { record } = table.valueOf(row[nodePlace(node)] as number);
    const texts = waiting.filter((one) => one.node === node).map(({ text }) => text);
    return `${record.fixed.address} ${waitOf(record, texts)}`;
  });
  return told.join(', ');
}

function waitOf({ status, isGone }: NodeRecord, answers: readonly string[]): string {
  if (isGone) return 'is dead for good';
  if (status === DOWN) return 'is down';
  if (status === HALTED) return 'has ended';
  if (status === PAUSED) return 'is paused';
  return `waits for ${answers.length === 0 ? 'a message' : answers.join(' and ')}`;
}
