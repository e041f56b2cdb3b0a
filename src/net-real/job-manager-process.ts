// A JobManager as a process, with the desk of its clients.
import type { Address } from '../core/base/vocabulary.ts';
import { jobManager } from '../core/jobmanager/job-manager.ts';
import { ARTIFACT_RETENTION_MS, RETAINED_ARTIFACTS, type ArtifactBounds } from './artifact-bounds.ts';
import { sweepNowAndThen } from './artifact-sweep.ts';
import { deliverApart } from './connectors/deliver-apart.ts';
import type { Delivery } from './connectors/delivery.ts';
import { ClientDesk } from './client-desk.ts';
import { sinkDisk } from './disk.ts';
import { fileSink } from './file-sink.ts';
import { LeaderLine, tellingOfGone } from './gone-leader.ts';
import { nobodyListensAt } from './nobody-listens.ts';
import { hostMachine, openPlace, portsOf, type ProcessConfig, type RunningMachine } from './processes.ts';
import type { Port } from './port.ts';
import { Switchboard } from './switchboard.ts';

export interface JobManagerConfig extends ProcessConfig {
  /** It closes the sinks of jobs that end without having finished. */
  readonly sinks: string;
  /** The file of `connectors/deliver-child`, which runs code of users in a process of its own; without it nothing is delivered from here. */
  readonly delivery?: string;
  /** Of artifacts that nobody needs. Default: those of `artifact-sweep.ts`. */
  readonly artifacts?: Partial<ArtifactBounds>;
}

/** With a desk at which clients are hosted: they have addresses of its station. */
export interface RunningJobManager extends RunningMachine<unknown> {
  readonly desk: ClientDesk;
  /** When its HA service last answered about the leadership, on the clock of `performance`, in ms. */
  haAnsweredAt(): number;
}

/** It hears of connections that end, and is sent nothing. */
const LINE_EXTENSION = 'leader-line';

export async function startJobManager(config: JobManagerConfig): Promise<RunningJobManager> {
  const { options } = config;
  const place = await openPlace(config);
  const heard = heardPort(place.service);
  const board = new Switchboard(place.network);
  const desk = new ClientDesk({ board, ha: place.service, options });
  const { sinks, storage, delivery: program = null } = config;
  const canDeliver = storage !== null && program !== null;
  const deliver = {
    deliver: (one: Omit<Delivery, 'storage'>) => deliverApart(program ?? '', { ...one, storage: storage ?? '' }),
  };
  const tell = (sentence: string): void => config.log(sentence, 'port-failed');
  const ports = [
    fileSink({
      folder: sinks,
      disk: sinkDisk,
      cluster: place.cluster,
      closes: true,
      tell,
      ...(canDeliver ? deliver : {}),
    }),
  ];
  const { address } = place.network;
  const isHeard = (leader: Address): Promise<boolean> =>
    running.questions.ask(leader, { kind: 'logs' }).then(
      (answer) => answer !== null,
      () => true, // it keeps none, and said so
    );
  const line = new LeaderLine({
    address,
    isHeard,
    isLeft: nobodyListensAt,
    tell: (sentence) => config.log(sentence, 'process'),
  });
  board.extension(LINE_EXTENSION).deliverTo(line);
  const service = tellingOfGone(heard.port, line);
  const machine = jobManager({ address, options });
  const running = hostMachine(machine, place, board, portsOf(config, { ...place, service }, ports));
  const bounds = {
    retained: RETAINED_ARTIFACTS.default,
    retentionMs: ARTIFACT_RETENTION_MS.default,
    ...config.artifacts,
  };
  const isLeading = (): boolean => running.state().leader !== null;
  const sweeping =
    storage === null
      ? null
      : sweepNowAndThen({ storage, service: place.service, bounds }, isLeading, (sentence) =>
          config.log(sentence, 'process'),
        );
  void running.halted.catch(() => undefined).then(() => sweeping?.close());
  const stop = async (why = 'its host ends it'): Promise<void> => {
    desk.close();
    await running.stopBehind({ kind: 'process-stops', body: { why } });
  };
  return { ...running, desk, haAnsweredAt: () => heard.answeredAt(), stop };
}

/** The same port, of which is known when it last answered a look at the lease, or a renewal. */
function heardPort(port: Port): { readonly port: Port; answeredAt(): number } {
  let answeredAt = performance.now();
  return {
    port: {
      serves: port.serves,
      async request(request, id) {
        const answer = await port.request(request, id);
        const isOfLease = request.kind === 'ha-lease' || request.kind === 'ha-renew';
        if (isOfLease && answer.kind !== 'failed') answeredAt = performance.now();
        return answer;
      },
      close: () => port.close(),
    },
    answeredAt: () => answeredAt,
  };
}
