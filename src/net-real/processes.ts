// A machine of the cluster as a process: with a host, a network and its ports, from what it was told on its command line. Each role has a file of its
// own, so that none loads the code of another.
import type { Address, Machine } from '../core/base/machine.ts';
import type { ClusterOptions } from '../core/protocol/cluster-options.ts';
import { describeInput } from '../core/protocol/describe.ts';
import type { JobNames } from '../core/protocol/describe-note.ts';
import type { Note } from '../core/protocol/notes.ts';
import type { ClusterVocabulary } from '../core/protocol/ports.ts';
import type { TaskState } from '../core/task/state.ts';
import type { TaskManagerState } from '../core/taskmanager/state.ts';
import { secretPlace, takeSecret, type ClusterSecret, type SecretFile } from './cluster-secret.ts';
import type { TlsFiles } from './tls-files.ts';
import type { TlsRenewal } from './tls-renewal.ts';
import { exposureOf, plainTransport, type Transport } from './transport.ts';
import { complainingPort } from './complaining-port.ts';
import { haServiceAt } from './ha-service.ts';
import { startHost, type LastWord } from './host.ts';
import type { KeptLogs } from './log/kept-logs.ts';
import { logAnswers } from './log/log-answers.ts';
import { NoteNames } from './log/note-names.ts';
import type { SaidKind } from './log/process-log.ts';
import { AskedReadings } from './metrics/asked-readings.ts';
import { countingCodec, noTaskTraffic, type TaskTraffic } from './metrics/frame-bytes.ts';
import { ProcessMeter, type Tasks } from './metrics/process-meter.ts';
import type { Readings } from './metrics/readings.ts';
import { takeIncarnation } from './incarnation.ts';
import { noTraffic, type Network, type Traffic } from './network.ts';
import type { Port } from './port.ts';
import { QuestionDesk, QUESTIONS_EXTENSION, withQuestions, type Questions } from './questions/desk.ts';
import { storageDirectory } from './storage-directory.ts';
import { Switchboard } from './switchboard.ts';
import { clusterCodec, createTcpNetwork } from './tcp-network.ts';
import { openTrace, type OpenTrace, type TraceFile } from './trace-file.ts';

export interface ProcessConfig {
  /** `host:port`; port 0 takes any. */
  readonly listen: string;
  /** Under which its peers know it; null: where it listens. */
  readonly advertise: Address | null;
  /** The HA service, as `readHa` returns it. */
  readonly ha: string;
  /** The folder of checkpoint storage; null for a client, which stores nothing. */
  readonly storage: string | null;
  /** Of the cluster. Default: `secretPlace`. */
  readonly secret?: SecretFile;
  /** Default: it speaks in the clear. */
  readonly tls?: TlsFiles;
  /** It may speak in the clear outside of this host too. */
  readonly isInsecure?: boolean;
  /** A folder of its own. */
  readonly work: string;
  readonly trace: TraceFile | null;
  readonly options: ClusterOptions;
  /** As in `NetworkLimits`. Default: `heartbeatTimeoutMs`, as whoever is silent longer is lost to its peers anyway. */
  readonly streamSilenceMs?: number;
  /** One line for each peer or connection that something is wrong with, and for what a port cannot do (complaining-port.ts). */
  readonly log: Complaints;
  /** Hears what the machine notes, with the names of what it is about; without it, and without a trace, it notes nothing. */
  readonly onNote?: OnNote;
  /** What other processes of the cluster are told of its logs; without it, that there are none. */
  readonly logs?: KeptLogs;
}

export type OnNote = (note: Note, namesOf: JobNames) => void;

/** `kind`: what it is about; `network` where none is said. */
export type Complaints = (line: string, kind?: SaidKind) => void;

/** What a process tells of itself, and what it knows of others. */
export interface Metrics {
  read(): Readings;
  /** As `AskedReadings`. */
  ask(address: Address): Promise<Readings | null>;
}

export interface RunningMachine<S> {
  readonly address: Address;
  readonly listening: string;
  readonly incarnation: number;
  /** To be looked at, never changed. */
  state(): S;
  readonly metrics: Metrics;
  /** Asks other processes of the cluster. */
  readonly questions: Questions;
  /** As `Host`. */
  tell(kind: string, body: unknown): void;
  /** Why it ended. Rejects if its machine threw. */
  readonly halted: Promise<string>;
  /** In good order. @param why a clause for those who hear of it */
  stop(why?: string): Promise<void>;
  /** The same, behind a step in which its machine is told that. */
  stopBehind(last: LastWord): Promise<void>;
}

/** Listens first: the machine must know its address. */
export async function startMachine<S>(
  config: ProcessConfig,
  machineAt: (address: Address) => Machine<S, ClusterVocabulary>,
  ports: readonly Port[] | ((place: Place) => readonly Port[]),
): Promise<RunningMachine<S>> {
  const place = await openPlace(config);
  const board = new Switchboard(place.network);
  const machine = machineAt(place.network.address);
  const served = portsOf(config, place, typeof ports === 'function' ? ports(place) : ports);
  if (machine.role !== 'task-manager') return hostMachine(machine, place, board, served);
  const { watchTasks } = await import('./metrics/task-meter.ts');
  const watched = watchTasks(machine as unknown as TaskManager, place.taskTraffic, place.network.address);
  return hostMachine(watched.machine as unknown as typeof machine, place, board, served, watched.tasks);
}

type TaskManager = Machine<TaskManagerState, ClusterVocabulary>;
type WatchTasks = (tasks: () => readonly TaskState[]) => Tasks;

/** What a process has before it has a machine. */
export interface Place {
  /** The name of the cluster; see cluster-id.ts. */
  readonly cluster: string;
  readonly network: Network;
  /** Null: it speaks in the clear. */
  readonly renewal: TlsRenewal | null;
  readonly traffic: Traffic;
  readonly taskTraffic: TaskTraffic;
  readonly service: Port;
  readonly incarnation: number;
  readonly trace: OpenTrace | null;
  readonly onNote: OnNote | undefined;
  readonly logs: KeptLogs | null;
}

/** Processes of a cluster take their incarnations one by one from a counter: so many starts are never missed by one that hears of any. */
const STARTS_AHEAD_MAX = 1_000_000;

export async function openPlace(config: ProcessConfig): Promise<Place> {
  const { listen, advertise, ha, work, options, log } = config;
  const trace = openTrace(config.trace, (line) => log(line, 'tool'));
  const coordination = await haServiceAt(ha);
  const cluster = await coordination.clusterId(work);
  const service = coordination.open((line) => log(line, 'tool'));
  const secret = secretOf(config);
  const renewal = await renewalOf(config);
  const transport = await transportOf(renewal);
  const incarnation = await takeIncarnation(service, work);
  const traffic = noTraffic();
  const taskTraffic = noTaskTraffic();
  // The last thing that may fail: what listens keeps its process.
  const network = await createTcpNetwork({
    cluster,
    secret,
    transport,
    isInsecure: config.isInsecure ?? false,
    listen,
    ...(advertise === null ? {} : { advertise }),
    incarnation,
    traffic,
    codec: countingCodec(withQuestions(clusterCodec), taskTraffic),
    log: (line) => log(line, 'network'),
    limits: { streamSilenceMs: config.streamSilenceMs ?? options.heartbeatTimeoutMs, aheadMax: STARTS_AHEAD_MAX },
  });
  if (!transport.isSafe && exposureOf(network.address) !== null)
    log(`${network.address} is outside of this host, and processes speak in the clear (--insecure-network)`, 'network');
  renewal?.begin(network.address);
  return {
    cluster,
    renewal,
    network,
    traffic,
    taskTraffic,
    service,
    incarnation,
    trace,
    onNote: config.onNote,
    logs: config.logs ?? null,
  };
}

function secretOf({ secret, ha, storage }: ProcessConfig): ClusterSecret {
  const place = secret ?? secretPlace({ ha, storage });
  if (place !== null) return takeSecret(place);
  throw new Error(
    `--secret-file FILE is needed: the processes of the cluster in ${ha} share no folder where it could lie`,
  );
}

/** With code that others need not wait for. */
async function renewalOf({ tls, log }: ProcessConfig): Promise<TlsRenewal | null> {
  if (tls === undefined) return null;
  const { TlsRenewal } = await import('./tls-renewal.ts');
  return new TlsRenewal(tls, { tell: (sentence, isBad) => log(sentence, isBad ? 'network' : 'process') });
}

async function transportOf(renewal: TlsRenewal | null): Promise<Transport> {
  if (renewal === null) return plainTransport;
  const { tlsTransport } = await import('./tls-transport.ts');
  return tlsTransport(renewal.material, renewal);
}

export function portsOf({ storage, log }: ProcessConfig, { service }: Place, ports: readonly Port[]): readonly Port[] {
  const stores = [service, ...(storage === null ? [] : [storageDirectory({ folder: storage })])];
  return [...stores, ...ports].map((port) => complainingPort(port, (line) => log(line, 'port-failed')));
}

/** Texts of this length are of records: whoever reads a trace wants the beginning, and who writes it must not be slowed down by the rest. */
const TRACED_CHARACTERS_MAX = 1_000;

function tellNote(onNote: OnNote, note: Note, names: NoteNames): void {
  names.hear(note);
  onNote(note, (jobId) => names.namesOf(jobId));
}

export function hostMachine<S>(
  machine: Machine<S, ClusterVocabulary>,
  { network, renewal, traffic, incarnation, trace, onNote, logs }: Place,
  board: Switchboard,
  ports: readonly Port[],
  watch: WatchTasks | null = null,
): RunningMachine<S> {
  const { address, listening } = network;
  const names = new NoteNames(() => running.state());
  const running = startHost({
    machine,
    network: board.station(),
    ports,
    incarnation,
    describeInput,
    ...(onNote === undefined ? {} : { onNote: (note: Note) => tellNote(onNote, note, names) }),
    ...(trace === null ? {} : { trace: { ...trace.options, charactersMax: TRACED_CHARACTERS_MAX } }),
  });
  const tasks = (): readonly TaskState[] => (running.state() as unknown as TaskManagerState).tasks;
  const meter = new ProcessMeter({
    tasks: watch === null ? null : watch(tasks),
    load: () => running.load(),
    traffic,
  });
  const desk = new QuestionDesk(board.extension(QUESTIONS_EXTENSION), {
    readings: () => ({ kind: 'readings', readings: meter.read() }),
    ...logAnswers(logs),
  });
  const asked = new AskedReadings(desk);
  const close = (): void => {
    meter.close();
    desk.close();
    renewal?.close();
    trace?.close();
  };
  return {
    address,
    listening,
    incarnation,
    state: () => running.state(),
    metrics: { read: () => meter.read(), ask: (to) => asked.ask(to) },
    questions: desk,
    tell: (kind, body) => running.tell(kind, body),
    halted: running.halted.finally(close),
    stop: () => running.stop(),
    stopBehind: (last) => running.stopBehind(last),
  };
}
