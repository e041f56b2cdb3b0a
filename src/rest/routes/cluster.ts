// The cluster, its configuration and its TaskManagers.
import { overviewOf, taskManagerOf, taskManagersOf } from '../answers/cluster.ts';
import { notFound } from '../rest-error.ts';
import { get, type Route } from '../route.ts';
import * as shapes from '../shapes.ts';
import { param } from './asking.ts';

const REFRESH_MS = 1_000;

export const clusterRoutes: readonly Route[] = [
  get('/overview', {
    about: 'How many TaskManagers, slots and jobs there are.',
    answer: shapes.overview,
    handle: async ({ gateway }) =>
      overviewOf(await gateway.result({ kind: 'overview' }, 'overview'), gateway.config.version),
  }),
  get('/config', {
    about: 'What a page needs to know of this interface.',
    answer: shapes.config,
    handle: async ({ gateway }) => {
      const { number, commit } = gateway.config.version;
      return {
        'refresh-interval': REFRESH_MS,
        'timezone-name': 'Coordinated Universal Time', // all times are ms since 1970 in UTC
        'timezone-offset': 0,
        'flink-version': number,
        'flink-revision': commit,
        features: { 'web-submit': true, 'web-cancel': true, 'web-rescale': true, 'web-history': false },
      };
    },
  }),
  get('/jobmanager/config', {
    about: 'The options of the cluster that are in force.',
    answer: shapes.keyValues,
    handle: async ({ gateway }) =>
      Object.entries(gateway.config.options).map(([key, value]) => ({ key, value: String(value) })),
  }),
  get('/taskmanagers', {
    about: 'All TaskManagers that are registered.',
    answer: shapes.taskManagers,
    handle: async ({ gateway }) => {
      const { taskManagers } = await gateway.result({ kind: 'overview' }, 'overview');
      const told = await gateway.told(taskManagers.map(({ address }) => address));
      return taskManagersOf(taskManagers, told, gateway.config.nameAt, gateway.wallNow());
    },
  }),
  get('/taskmanagers/:taskmanagerid', {
    about: 'One TaskManager, with the slots that jobs have. Its id is its address.',
    answer: shapes.taskManager,
    handle: async (call) => {
      const { gateway } = call;
      const id = param(call, 'taskmanagerid');
      const { taskManagers } = await gateway.result({ kind: 'overview', only: id }, 'overview');
      const [found] = taskManagers;
      if (found === undefined) throw notFound(`No TaskManager ${id} is registered.`);
      const told = await gateway.config.metrics.ask(id);
      return taskManagerOf(
        found,
        { name: gateway.config.nameAt(id), process: told?.process ?? null },
        gateway.wallNow(),
      );
    },
  }),
];
