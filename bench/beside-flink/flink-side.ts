// Flink's side: a cluster, a job on it, and the board by which its sources are paused and counted.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flinkJobOf } from './works.ts';
import type { Results } from '../real/job.ts';
import { Board } from './board.ts';
import type { FlinkCluster } from './flink-cluster.ts';
import type { SidePlan } from './millrace-side.ts';
import type { Side, SideReading } from './side.ts';

export async function startFlink(cluster: FlinkCluster, root: string, plan: SidePlan): Promise<Side> {
  const board = new Board(join(root, 'board'));
  const job = await cluster.submit(wordsOf(plan, board, ''));
  await cluster.untilJobIs(job, 'RUNNING');
  return new FlinkSide(cluster, job, board);
}

/** Of a job whose input ends. */
export async function resultsOfFlink(cluster: FlinkCluster, root: string, plan: SidePlan): Promise<Results> {
  const board = new Board(join(root, 'board-compared'));
  const output = join(root, 'output');
  mkdirSync(output);
  const job = await cluster.submit(wordsOf(plan, board, output));
  await cluster.untilJobIs(job, 'FINISHED');
  board.close();
  return new Map(readdirSync(output).flatMap((name) => linesOf(readFileSync(join(output, name), 'utf8'))));
}

function linesOf(text: string): [string, readonly number[]][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', ...numbers] = line.split(' ');
      return [name, numbers.map(Number)];
    });
}

function wordsOf({ job, size, ...plan }: SidePlan, board: Board, output: string) {
  const recordsPerSecond = size.recordsPerSecond / size.parallelism;
  return { job: flinkJobOf(job), ...size, ...plan, recordsPerSecond, board: board.path, output };
}

class FlinkSide implements Side {
  readonly #cluster: FlinkCluster;
  readonly #job: string;
  readonly #board: Board;
  #checkpointSeen = 0;

  constructor(cluster: FlinkCluster, job: string, board: Board) {
    this.#cluster = cluster;
    this.#job = job;
    this.#board = board;
  }

  async read(): Promise<SideReading> {
    const now = { at: performance.now(), cpuMs: this.#cluster.cpuMs(), records: this.#board.records() };
    const completed = (await this.#cluster.checkpoints(this.#job)).filter(({ id }) => id > this.#checkpointSeen);
    this.#checkpointSeen = Math.max(this.#checkpointSeen, ...completed.map(({ id }) => id));
    return {
      ...now,
      checkpointsMs: completed.map((checkpoint) => checkpoint.end_to_end_duration),
      latencies: this.#board.takeLatencies(),
      taskManagerMb: this.#cluster.taskManagerMb(),
    };
  }

  async pause(): Promise<void> {
    this.#board.pause(true);
  }

  async resume(): Promise<void> {
    this.#board.pause(false);
  }

  async stop(): Promise<void> {
    this.#board.close();
  }
}
