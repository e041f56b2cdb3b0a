// `npm run bench`: measures, and prints tables or JSON. README.md says what each figure means.
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes, UsageError } from '../src/cli/exit-codes.ts';
import { fromUser } from '../src/cli/files.ts';
import { processTerminal } from '../src/cli/terminal.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import { measureBeside } from './beside-flink/measure-beside.ts';
import { besideWords, readBesideOptions, type BesideOptions } from './beside-flink/options.ts';
import { besideLines } from './beside-flink/report-beside.ts';
import { buildToolchain, missing } from './beside-flink/toolchain.ts';
import { measureAll, WHOLE } from './bench.ts';
import type { Sizes } from './bench.ts';
import { measureJobs, WHOLE_JOBS } from './jobs/measure-jobs.ts';
import type { JobsSizes } from './jobs/measure-jobs.ts';
import { jobsLines } from './jobs/report-jobs.ts';
import { measureMemory, WHOLE_MEMORY, type MemorySizes } from './memory/measure-memory.ts';
import { memoryLines } from './memory/report-memory.ts';
import { measurePairs, pairLines, WHOLE_PAIRS, type PairsSizes } from './pairs/measure-pairs.ts';
import { measureReal, WHOLE_REAL } from './real/measure-real.ts';
import type { RealMeasured, RealSizes } from './real/measure-real.ts';
import { sharesOf } from './real/profile.ts';
import { realLines, shareLines } from './real/report-real.ts';
import { reportLines } from './report.ts';
import { measureStarts, WHOLE_STARTS, type StartsSizes } from './starts/measure-starts.ts';
import { startsLines } from './starts/report-starts.ts';
import { measureTelling, WHOLE_TELLING, type TellingSizes } from './telling/measure-telling.ts';
import { tellingLines } from './telling/report-telling.ts';
import { measureWeek, WHOLE_WEEK, type WeekSizes } from './week/measure-week.ts';
import { weekLines } from './week/report-week.ts';
import { measureRescale, rescaleLines, WHOLE_RESCALE, type RescaleSizes } from './rescale.ts';

const HELP = `npm run bench -- [--simulated | --real [--profile FOLDER] | --jobs [--profile FOLDER] | --rescale |
                 --starts | --telling | --week | --memory | --against FOLDER |
                 --beside-flink [--only NAME] [--pairs N] [--seconds N] [--warm-up N]] [--json]

Measures how fast the simulated world and a cluster in it are, bare and as a sweep runs them, how fast worlds are explored, and a cluster
of real processes; about three minutes.

  --simulated       the simulated world and the explorer alone, about a minute and a half
  --real            the real cluster alone, about two minutes
  --jobs            500 jobs at once on real processes, and a take-over of them, about a minute; not measured without it
  --rescale         a restore of 1,000,000 keys with another parallelism, beside a plain one, some seconds; not measured without it
  --starts          how long it takes until records move: from a launch, from a submission; half a minute; not measured without it
  --telling         what metrics, notes and REST cost at full throughput, of CPU profiles; half a minute; not measured without it
  --week            a start after a week, and after a year, with a checkpoint each second, and the files of them; some minutes; not measured
                    without it
  --memory          10 GB of input through 10,000 keys on real processes, which have 1 GB together; some minutes; not measured without it
  --against FOLDER  this version beside the checkout in FOLDER, seed by seed in turn, some minutes; not measured without it
  --beside-flink    the real cluster and Apache Flink's in turn, ratios of CPU time by record, about ten minutes; not measured without it.
                    Needs a JDK 17, Maven, and a registry that has Flink 2.3.0; is skipped without them
  --only NAME       of these one: keys-10k, keys-10k-values, keys-1m, keys-1m-no-checkpoints, window, strings, latency
  --pairs N         windows of each side, 3 without it; --seconds N: of each window, 5 without it
  --warm-up N       seconds of the clock and of CPU time for each side to warm up, 20 without it
  --profile FOLDER  leave a CPU profile of each process of the run with 10,000 keys and checkpoints, and say where its time goes; this
                    makes it slower
  --json            one object instead of tables`;

const options = {
  simulated: { type: 'boolean', default: false },
  real: { type: 'boolean', default: false },
  jobs: { type: 'boolean', default: false },
  rescale: { type: 'boolean', default: false },
  starts: { type: 'boolean', default: false },
  telling: { type: 'boolean', default: false },
  week: { type: 'boolean', default: false },
  memory: { type: 'boolean', default: false },
  against: { type: 'string' },
  'beside-flink': { type: 'boolean', default: false },
  only: { type: 'string' },
  pairs: { type: 'string' },
  seconds: { type: 'string' },
  'warm-up': { type: 'string' },
  profile: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** What is measured instead of the usual. */
const modes = [
  'simulated',
  'real',
  'jobs',
  'rescale',
  'starts',
  'telling',
  'week',
  'memory',
  'against',
  'beside-flink',
] as const satisfies (keyof typeof options)[];

/** What is measured at all, and how much of it. */
export interface BenchSizes {
  readonly simulated: Sizes;
  readonly real: RealSizes;
  readonly jobs: JobsSizes;
  readonly rescale: RescaleSizes;
  readonly starts: StartsSizes;
  readonly telling: TellingSizes;
  readonly week: WeekSizes;
  readonly memory: MemorySizes;
  readonly pairs: PairsSizes;
}

const WHOLE_BENCH: BenchSizes = {
  simulated: WHOLE,
  real: WHOLE_REAL,
  jobs: WHOLE_JOBS,
  rescale: WHOLE_RESCALE,
  starts: WHOLE_STARTS,
  telling: WHOLE_TELLING,
  week: WHOLE_WEEK,
  memory: WHOLE_MEMORY,
  pairs: WHOLE_PAIRS,
};

function readWords(words: readonly string[]) {
  let values;
  try {
    ({ values } = parseArgs({ args: [...words], options }));
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ', 1)[0]}; npm run bench -- --help lists what there is`);
  }
  const asked = modes.filter((mode) => values[mode] !== undefined && values[mode] !== false);
  if (asked.length > 1) throw new UsageError(`${asked.map((mode) => `--${mode}`).join(' and ')}: one at a time`);
  if (values.profile !== undefined && !values.real && !values.jobs)
    throw new UsageError('--profile goes with --real or --jobs');
  const alone = besideWords.find((word) => values[word] !== undefined);
  if (alone !== undefined && !values['beside-flink']) throw new UsageError(`--${alone} goes with --beside-flink`);
  return values;
}

export async function main(words: readonly string[], terminal: Terminal, sizes = WHOLE_BENCH): Promise<void> {
  const values = readWords(words);
  if (values.help) return terminal.line(HELP);
  const profileFolder = values.profile === undefined ? null : fromUser(values.profile);
  const onProgress = (text: string): void => terminal.progress(`measuring ${text}`);
  if (values['beside-flink']) {
    const asked = readBesideOptions(values);
    return reportBeside(asked, values.json, terminal);
  }
  if (values.jobs) {
    const jobs = await measureJobs(sizes.jobs, profileFolder, onProgress);
    terminal.progress('');
    if (values.json) return terminal.line(JSON.stringify({ machine: describeMachine(), jobs }));
    for (const line of [describeMachine(), '', ...jobsLines(jobs, sizes.jobs)]) terminal.line(line);
    return;
  }
  if (values.against !== undefined) {
    const figures = await measurePairs(fromUser(values.against), sizes.pairs, onProgress);
    terminal.progress('');
    if (values.json) return terminal.line(JSON.stringify({ machine: describeMachine(), pairs: figures }));
    for (const line of [describeMachine(), '', ...pairLines(figures, sizes.pairs)]) terminal.line(line);
    return;
  }
  if (values.starts) {
    const starts = await measureStarts(sizes.starts, onProgress);
    terminal.progress('');
    if (values.json) return terminal.line(JSON.stringify({ machine: describeMachine(), starts }));
    for (const line of [describeMachine(), '', ...startsLines(starts)]) terminal.line(line);
    return;
  }
  if (values.telling) {
    const telling = await measureTelling(sizes.telling, onProgress);
    terminal.progress('');
    if (values.json) return terminal.line(JSON.stringify({ machine: describeMachine(), telling }));
    for (const line of [describeMachine(), '', ...tellingLines(telling)]) terminal.line(line);
    return;
  }
  if (values.week) {
    const week = await measureWeek(sizes.week, onProgress);
    terminal.progress('');
    if (values.json) return terminal.line(JSON.stringify({ machine: describeMachine(), week }));
    for (const line of [describeMachine(), '', ...weekLines(week)]) terminal.line(line);
    return;
  }
  if (values.memory) {
    const memory = await measureMemory(sizes.memory, onProgress);
    terminal.progress('');
    if (values.json) return terminal.line(JSON.stringify({ machine: describeMachine(), memory }));
    for (const line of [describeMachine(), '', ...memoryLines(memory, sizes.memory)]) terminal.line(line);
    return;
  }
  if (values.rescale) return reportRescale(sizes.rescale, values.json, terminal);
  const measured = values.real ? null : await measureAll(sizes.simulated, onProgress);
  const real = values.simulated ? null : await measureReal(sizes.real, profileFolder, onProgress);
  terminal.progress('');
  const machine = describeMachine();
  if (values.json) return terminal.line(JSON.stringify({ machine, rounds: sizes.simulated.rounds, ...measured, real }));
  if (measured !== null) for (const line of reportLines(measured, sizes.simulated, machine)) terminal.line(line);
  else terminal.line(machine);
  if (real !== null) reportReal(real, sizes.real, profileFolder, terminal);
}

async function reportBeside(asked: BesideOptions, asJson: boolean, terminal: Terminal): Promise<void> {
  const skip = (reason: string): void =>
    terminal.line(
      asJson ? JSON.stringify({ machine: describeMachine(), besideFlink: { skipped: reason } }) : `skipped: ${reason}`,
    );
  const why = missing();
  if (why !== null) return skip(why);
  terminal.progress('building the jobs for Flink');
  const toolchain = buildToolchain();
  if (!toolchain.ok) return skip(toolchain.reason);
  const measured = await measureBeside(toolchain.value, asked, (text) => terminal.progress(`measuring ${text}`));
  terminal.progress('');
  if (asJson) return terminal.line(JSON.stringify({ machine: describeMachine(), ...measured }));
  for (const line of [describeMachine(), '', ...besideLines(measured, asked)]) terminal.line(line);
}

function reportRescale(sizes: RescaleSizes, asJson: boolean, terminal: Terminal): void {
  terminal.progress('measuring a restore with another parallelism');
  const rescale = measureRescale(sizes);
  terminal.progress('');
  if (asJson) return terminal.line(JSON.stringify({ machine: describeMachine(), rescale }));
  for (const line of [describeMachine(), '', ...rescaleLines(rescale, sizes)]) terminal.line(line);
}

function reportReal(real: RealMeasured, sizes: RealSizes, profileFolder: string | null, terminal: Terminal): void {
  const shares =
    profileFolder === null ? [] : ['', ...shareLines('tm-1', sharesOf(join(profileFolder, 'tm-1.cpuprofile')))];
  for (const line of ['', ...realLines(real, sizes), ...shares]) terminal.line(line);
}

function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'an unknown processor';
  return `${model}, ${availableParallelism()} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}

if (import.meta.main) {
  const terminal = processTerminal();
  try {
    await main(process.argv.slice(2), terminal);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    terminal.complain(`bench: ${error.message}`);
    process.exitCode = exitCodes.usage;
  }
}
