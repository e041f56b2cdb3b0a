// What processes told: the logs of the JobManager that answers here, and of TaskManagers. As Flink does it, a list of files, and each file as plain text; a file
// is the end of it, as it is (JSON lines), or, by `lines` and `format`, which are Millrace's own, the last lines as people read them.
import { logAsText, mainLogOf, stdoutOf } from '../../net-real/log/kept-logs.ts';
import type { Logs } from '../gateway.ts';
import { wholeNumber } from '../parameters.ts';
import { notFound } from '../rest-error.ts';
import { get, getText, type Call, type Route } from '../route.ts';
import { told, words } from '../schema.ts';
import * as shapes from '../shapes.ts';
import { param } from './asking.ts';

const query = {
  lines: told(wholeNumber, 'no more than the last of them'),
  format: told(words('json', 'text'), 'json: as in the file (default); text: as people read them'),
} as const;

type Shelf = (call: Call) => Promise<Logs>;

const ofJobManager: Shelf = async ({ gateway }) => gateway.config.logs.own;

/** One that is not registered has no log here, though its file may still lie in the folder. */
const ofTaskManager: Shelf = async (call) => {
  const { gateway } = call;
  const id = param(call, 'taskmanagerid');
  const { taskManagers } = await gateway.result({ kind: 'overview', only: id }, 'overview');
  if (taskManagers.length === 0) throw notFound(`No TaskManager ${id} is registered.`);
  return gateway.config.logs.at(id);
};

async function textOf(logs: Logs, name: string, { query: { lines, format } }: Call): Promise<string> {
  const found = await logs.read(name, lines === undefined ? null : Number(lines));
  if (found === null) throw notFound(await missing(logs, name));
  return format === 'text' ? logAsText(found) : found;
}

async function missing(logs: Logs, name: string): Promise<string> {
  const names = (await logs.list()).map((one) => one.name);
  const there = names.length === 0 ? 'there is none yet' : `there is ${names.join(', ')}`;
  return `${logs.process} has no log ${JSON.stringify(name)}: ${there}.`;
}

function routesOf(base: string, whose: string, shelf: Shelf): readonly Route[] {
  return [
    get(`${base}/logs`, {
      about: `The logs of ${whose}: the one that is written, older parts of it, what was printed.`,
      answer: shapes.logs,
      handle: async (call) => ({ logs: await (await shelf(call)).list() }),
    }),
    getText(`${base}/logs/:logname`, {
      about: `One log of ${whose}, by its name.`,
      query,
      handle: async (call) => textOf(await shelf(call), param(call, 'logname'), call),
    }),
    getText(`${base}/log`, {
      about: `The log of ${whose}.`,
      query,
      handle: async (call) => {
        const logs = await shelf(call);
        return textOf(logs, mainLogOf(logs.process), call);
      },
    }),
    getText(`${base}/stdout`, {
      about: `What was printed in ${whose}, where the command that started it keeps that.`,
      query,
      handle: async (call) => {
        const logs = await shelf(call);
        return textOf(logs, stdoutOf(logs.process), call);
      },
    }),
  ];
}

export const logRoutes: readonly Route[] = [
  ...routesOf('/jobmanager', 'the JobManager that answers here', ofJobManager),
  ...routesOf('/taskmanagers/:taskmanagerid', 'a TaskManager', ofTaskManager),
];
