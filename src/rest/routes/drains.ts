// TaskManagers that are drained for maintenance: Millrace's own, as Flink has none of it.
import type { Gateway } from '../gateway.ts';
import { tellReason } from '../answers/tell-reason.ts';
import { noNames } from '../../core/protocol/vertex-names.ts';
import { notFound } from '../rest-error.ts';
import { change, get, type Route } from '../route.ts';
import { object, type TypeOf } from '../schema.ts';
import * as shapes from '../shapes.ts';
import { param } from './asking.ts';

const PATH = '/taskmanagers/:taskmanagerid/drain';
type Drain = TypeOf<typeof shapes.drain>;

async function drainOf(gateway: Gateway, taskManager: string): Promise<Drain> {
  const { status, reason } = await gateway.result({ kind: 'drain-status', taskManager }, 'drain');
  return { status, reason: reason === null ? null : tellReason(reason, noNames) };
}

export const drainRoutes: readonly Route[] = [
  change('POST', PATH, {
    about:
      'Has what runs on a TaskManager go on elsewhere, and nothing more come there. Answered when the wish is durable.',
    answer: shapes.drain,
    status: 202,
    body: object({}),
    emptyBody: {},
    handle: async (call) => {
      const id = param(call, 'taskmanagerid');
      const told = await call.gateway.wishDrain(id);
      if (told?.status === 'UNKNOWN') throw notFound(`No TaskManager ${id} is registered.`);
      return drainOf(call.gateway, id);
    },
  }),
  get(PATH, {
    about: 'How the drain of a TaskManager stands. One that is to be drained and is not registered is DRAINING.',
    answer: shapes.drain,
    handle: async (call) => drainOf(call.gateway, param(call, 'taskmanagerid')),
  }),
  change('DELETE', PATH, {
    about: 'A TaskManager is used again, also one that is not registered now.',
    answer: shapes.drain,
    handle: async (call) => {
      const taskManager = param(call, 'taskmanagerid');
      const { status, reason } = await call.gateway.result({ kind: 'undrain', taskManager }, 'drain');
      return { status, reason: reason === null ? null : tellReason(reason, noNames) };
    },
  }),
];
