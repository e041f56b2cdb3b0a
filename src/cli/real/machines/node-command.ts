// `millrace node`: one machine of a scenario in this process, started by `millrace real`. It tells its state behind each line of its trace.
import { join } from 'node:path';
import { must } from '../../../core/base/assert.ts';
import { messageOf } from '../../../core/base/stack-lines.ts';
import type { Machine, Vocabulary } from '../../../core/base/machine.ts';
import { deepFreeze } from '../../../core/base/state.ts';
import { takeSecret } from '../../../net-real/cluster-secret.ts';
import { startHost, type Host, type HostPort } from '../../../net-real/host.ts';
import { dataCodec } from '../../../net-real/machines/data-codec.ts';
import { namedNetwork } from '../../../net-real/machines/named-network.ts';
import { createTcpNetwork } from '../../../net-real/tcp-network.ts';
import { openTrace } from '../../../net-real/trace-file.ts';
import type { Network } from '../../../net-real/network.ts';
import { castFor, contractOf } from '../../../sim/machines/cast.ts';
import { callerOf } from '../../../sim/machines/guarded-code.ts';
import { guardedMachine } from '../../../sim/machines/guarded-machine.ts';
import type { MachinesScenario } from '../../../sim/machines/scenario.ts';
import { seededDecisions } from '../../../sim/seeded-decisions.ts';
import { commandWords } from '../../../layout.ts';
import { readArguments, type OptionRow } from '../../arguments.ts';
import { exitCodes, UsageError, type ExitCode } from '../../exit-codes.ts';
import { helpText } from '../../help.ts';
import { fromUser, shownPath } from '../../files.ts';
import { stopWhenAsked, untilHalted } from '../../process/command.ts';
import { describeThrown } from '../../process/job-errors.ts';
import { loadAnyScenario } from '../../scenario/scenario-file.ts';
import type { Terminal } from '../../terminal.ts';
import { sendToCommand, untilGo } from './channel.ts';
import { readPlan, runStartedAt, tracePath, type NodePlan } from './node-plan.ts';
import { openPorts } from './real-ports.ts';

const options: readonly OptionRow[] = [
  { name: 'plan', value: 'FILE', about: 'the scenario file, seed, options and endpoints, as JSON' },
  { name: 'address', value: 'NAME', about: 'of the node, as the scenario has it' },
  { name: 'incarnation', value: 'NUMBER', about: 'counts the processes of this node, from 1' },
  { name: 'help', value: null, about: 'this text' },
];

interface NodeWords {
  readonly plan: NodePlan;
  readonly address: string;
  readonly incarnation: number;
}

export async function nodeCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const line = readArguments(options, words);
  if (!line.ok) throw new UsageError(line.reason);
  if (line.value.options.has('help')) {
    terminal.line(nodeHelp());
    return exitCodes.pass;
  }
  process.once('uncaughtException', (error) => {
    terminal.complain(describeThrown(error));
    process.exit(exitCodes.threw);
  });
  const told = readWords((name) => line.value.options.get(name)?.[0] ?? null);
  const log = (text: string): void => terminal.complain(text);
  const cast = await castNode(told.plan, told.address, log);
  const network = await listen(told, log);
  const { address, incarnation } = told;
  const go = untilGo();
  terminal.line(JSON.stringify({ address, listening: network.listening, incarnation, pid: process.pid }));
  await go;
  const host = startNode(told, cast, network, log);
  stopWhenAsked(host);
  try {
    return await untilHalted(host, log);
  } finally {
    if (process.connected) process.disconnect?.(); // or it would keep the process
  }
}

function nodeHelp(): string {
  return helpText({
    command: 'node',
    words: '--plan FILE --address NAME --incarnation NUMBER',
    about: `One machine of a scenario on real TCP. "${commandWords('real')}" starts these processes and writes their plan; by hand it is of no use.`,
    options,
    exits: { 0: 'ended in good order', 4: 'its machine halted or threw' },
  });
}

function readWords(only: (name: string) => string | null): NodeWords {
  const [plan, address, incarnation] = [only('plan'), only('address'), Number(only('incarnation'))];
  if (plan === null || address === null || !(incarnation >= 1))
    throw new UsageError('node needs --plan FILE, --address NAME and --incarnation NUMBER');
  return { plan: readPlan(fromUser(plan)), address, incarnation };
}

/** What comes in waits until the machine is there. */
function listen({ plan, address, incarnation }: NodeWords, log: (line: string) => void): Promise<Network> {
  return createTcpNetwork({
    cluster: `run-${plan.startedAt}`,
    secret: takeSecret({ path: join(plan.disks, '.secret'), isDrawn: true }),
    listen: '127.0.0.1:0',
    advertise: must(plan.endpoints[address], address),
    incarnation,
    log,
    codec: dataCodec,
  }).catch((error: unknown) => {
    throw new UsageError(`node ${address} cannot start: ${messageOf(error)}`);
  });
}

function startNode(
  { plan, address, incarnation }: NodeWords,
  { machine, ports, hearsOfConnections }: NodeCast,
  tcp: Network,
  log: (line: string) => void,
): Host<unknown> {
  const endpoints = new Map(Object.entries(plan.endpoints));
  const network = namedNetwork(tcp, { name: address, endpoints, hearsOfConnections });
  const file = { path: tracePath(plan, address, incarnation), runStartedAt: runStartedAt(plan) };
  const trace = must(openTrace(file, log), 'trace');
  let host: Host<unknown> | null = null;
  let event = 0;
  const onLine = (text: string): void => {
    trace.options.onLine(text);
    event += 1;
    if (host !== null) sendToCommand({ kind: 'state', event, state: host.state() });
  };
  host = startHost({ machine, network, ports, incarnation, isChecked: true, trace: { ...trace.options, onLine } });
  host.halted.finally(() => trace.close()).catch(() => {}); // it is told elsewhere
  return host;
}

interface NodeCast {
  readonly machine: Machine<unknown>;
  readonly ports: readonly HostPort<Vocabulary>[];
  readonly hearsOfConnections: boolean;
}

async function castNode(plan: NodePlan, address: string, log: (line: string) => void): Promise<NodeCast> {
  const scenario = await loadMachines(plan.file);
  const lastCall = { what: '' };
  const given = { decisions: seededDecisions(plan.seed), set: plan.set };
  const cast = castFor(scenario, given, callerOf(scenario, lastCall));
  const node = must(
    cast.nodes.find((one) => one.address === address),
    address,
  );
  const contract = contractOf(scenario, shownPath(plan.file), cast, lastCall);
  return {
    machine: frozenTraffic(guardedMachine(address, node.machine, contract)),
    ports: openPorts(cast.services, join(plan.disks, encodeURIComponent(address)), log),
    hearsOfConnections: scenario.transport !== 'datagram',
  };
}

/** What travels never changes, as in checked runs of the simulator: so a state may hold it more than once and is still a tree. */
function frozenTraffic(machine: Machine<unknown>): Machine<unknown> {
  return {
    ...machine,
    step(state, input, out) {
      if (input.kind === 'message') deepFreeze(input.message);
      if (input.kind === 'completed') deepFreeze(input.answer);
      machine.step(state, input, out);
      for (const effect of out.effects) deepFreeze(effect);
    },
  };
}

async function loadMachines(file: string): Promise<MachinesScenario> {
  const loaded = await loadAnyScenario(file);
  if (loaded.kind === 'machines') return loaded.scenario;
  throw new UsageError(`${shownPath(file)} is no scenario of machines`);
}
