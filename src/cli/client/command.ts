// `millrace submit`, `list`, `show`, `cancel`, `stop`, `savepoint`, `checkpoint`, `rescale`, `drain`, `undrain`: a cluster that runs is asked over REST.
// What is waited for is asked again and again, so that a change of leader is no end. Each request that changes something names what it makes: repeated, it does nothing twice.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEndpoint } from '../../net-real/endpoint.ts';
import { RestError } from '../../rest/rest-error.ts';
import type { TypeOf } from '../../rest/schema.ts';
import type * as shapes from '../../rest/shapes.ts';
import { readArguments, type CommandLine } from '../arguments.ts';
import { loadConfiguration } from '../config/load.ts';
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import { commandHere } from '../files.ts';
import type { Terminal } from '../terminal.ts';
import { ClusterClient, Unreached } from './cluster-client.ts';
import { placeOf } from './place.ts';
import { clientCommands, clientHelp, optionsOf, type ClientCommandName, type ClientCommandRow } from './options.ts';
import { tellJob, tellJobs, type Checkpoints, type Exceptions, type Job, type JobLines } from './tell.ts';

interface Run {
  readonly client: ClusterClient;
  readonly line: CommandLine;
  readonly terminal: Terminal;
  /** One line, unless all is told as JSON. */
  readonly say: (text: string) => void;
  /** The one object of `--json`. */
  readonly told: (value: unknown) => void;
}

/** Of a savepoint, or of a checkpoint. */
type Operation = TypeOf<typeof shapes.anyOperation>;
type ExecutionResult = TypeOf<typeof shapes.executionResult>;

const POLL_MS = 100;

export async function clientCommand(
  name: ClientCommandName,
  words: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const read = readArguments(optionsOf(name), words);
  if (!read.ok) throw new UsageError(read.reason);
  const line = read.value;
  if (line.options.has('help')) {
    terminal.line(clientHelp(name));
    return exitCodes.pass;
  }
  const configuration = loadConfiguration(line.options.get('config')?.[0] ?? null);
  if (!configuration.ok) throw new UsageError(configuration.reason);
  checkWords(name, line.bare);
  const isJson = line.options.has('json');
  const client = new ClusterClient({
    ...placeOf(line, configuration.value),
    progress: (text) => terminal.progress(text),
  });
  const say = (text: string): void => {
    if (!isJson) terminal.line(text);
  };
  const told = (value: unknown): void => {
    if (isJson) terminal.line(JSON.stringify(value));
  };
  try {
    return await commands[name]({ client, line, terminal, say, told });
  } catch (error) {
    terminal.progress('');
    if (!(error instanceof RestError || error instanceof Unreached)) throw error;
    terminal.complain(`millrace: ${error.message}`);
    return error instanceof RestError ? exitCodes.correctness : exitCodes.liveness;
  }
}

function checkWords(name: ClientCommandName, bare: readonly string[]): void {
  const { words, least, most }: ClientCommandRow = clientCommands[name];
  if (bare.length > most) throw new UsageError(`"${bare[most]}" belongs to no option of ${name}`);
  if (bare.length < least) throw new UsageError(`${name} needs ${words}`);
}

const commands: Readonly<Record<ClientCommandName, (run: Run) => Promise<ExitCode>>> = {
  submit,
  list,
  show,
  cancel,
  stop,
  savepoint,
  checkpoint,
  rescale,
  drain,
  undrain,
};

const newId = (): string => randomBytes(16).toString('hex');

function option({ line }: Run, name: string): string | null {
  return line.options.get(name)?.[0] ?? null;
}

function word({ line }: Run, index = 0): string {
  return line.bare[index] as string;
}

async function submit(run: Run): Promise<ExitCode> {
  const { client, line, terminal, say, told } = run;
  const fromSavepoint = option(run, 'from-savepoint');
  for (const name of ['claim', 'allow-non-restored-state'])
    if (line.options.has(name) && fromSavepoint === null)
      throw new UsageError(`--${name} is about a savepoint, and --from-savepoint LOCATION names none`);
  terminal.progress('bundling');
  const { loadJobFile } = await import('../job/job-file.ts');
  const { name, artifact, weaknesses } = await loadJobFile(word(run));
  for (const weakness of weaknesses) terminal.complain(`millrace: ${weakness}`);
  terminal.progress('uploading');
  const form = new FormData();
  form.append('jarfile', new File([artifact.contents as Uint8Array<ArrayBuffer>], `${artifact.hash}.mjs`));
  await client.change('POST', '/jars/upload', form);
  terminal.progress('submitting');
  const body = {
    jobId: option(run, 'job-id') ?? newId(),
    savepointPath: fromSavepoint,
    claimMode: line.options.has('claim') ? 'CLAIM' : 'NO_CLAIM',
    allowNonRestoredState: line.options.has('allow-non-restored-state'),
  };
  const { jobid } = (await client.change('POST', `/jars/${artifact.hash}/run`, body)) as { readonly jobid: string };
  terminal.progress('');
  if (!line.options.has('wait')) {
    const waitsFor = await waitOf(run, jobid);
    say(`${name} is submitted, as job ${jobid}`);
    if (waitsFor !== null) say(`not all of it runs yet: ${waitsFor}`);
    told({ jobid, name, waitsFor });
    return exitCodes.pass;
  }
  return untilOver(run, jobid, ['FINISHED']);
}

/** What a job that is not over waits for; null: nothing is known. */
async function waitOf({ client }: Run, jobId: string): Promise<string | null> {
  const job = (await orNull(client.get(`/jobs/${jobId}`))) as Job | null;
  return job !== null && WAITING.includes(job.state) ? job.reason : null;
}

const WAITING: readonly string[] = ['CREATED', 'RESTARTING', 'RUNNING'] satisfies readonly Job['state'][];

/** @param wanted ends that are success */
async function untilOver(run: Run, jobId: string, wanted: readonly string[]): Promise<ExitCode> {
  const { client, terminal, say, told } = run;
  const begunAt = performance.now();
  for (;;) {
    const { status } = (await client.get(`/jobs/${jobId}/status`)) as TypeOf<typeof shapes.jobStatus>;
    if (['FINISHED', 'CANCELED', 'FAILED'].includes(status)) {
      terminal.progress('');
      const { name, reason } = (await client.get(`/jobs/${jobId}`)) as Job;
      const cause = status === 'FAILED' ? await causeOf(run, jobId) : null;
      const why = cause ?? reason;
      say(`${name}, job ${jobId}, is ${status}${why === null ? '' : `: ${why}`}`);
      told({ jobid: jobId, status, reason });
      return wanted.includes(status) ? exitCodes.pass : exitCodes.correctness;
    }
    const waitsFor = await waitOf(run, jobId);
    const why = waitsFor === null ? '' : ` (${waitsFor})`;
    terminal.progress(`job ${jobId} is ${status}${why}, waited ${Math.round((performance.now() - begunAt) / 1_000)} s`);
    await sleep(POLL_MS);
  }
}

/** Why a job failed, with the stack of what its code threw. */
async function causeOf({ client }: Run, jobId: string): Promise<string | null> {
  const result = (await orNull(client.get(`/jobs/${jobId}/execution-result`))) as ExecutionResult | null;
  return result?.['job-execution-result']?.['failure-cause']?.['stack-trace'].replaceAll('\t', '    ') ?? null;
}

async function list({ client, say, told }: Run): Promise<ExitCode> {
  const jobs = (await client.get('/jobs/overview')) as JobLines;
  for (const line of tellJobs(jobs)) say(line);
  told(jobs);
  return exitCodes.pass;
}

/** The id of the job that a user means. */
async function jobIdOf({ client }: Run, meant: string): Promise<string> {
  if (/^[0-9a-f]{32}$/.test(meant)) return meant;
  const { jobs } = (await client.get('/jobs/overview')) as JobLines;
  if (jobs.some(({ jid }) => jid === meant)) return meant;
  const running = jobs.filter(
    ({ name, state }) => name === meant && !['FINISHED', 'CANCELED', 'FAILED'].includes(state),
  );
  const found = [
    jobs.filter(({ jid }) => jid.startsWith(meant)),
    running.length > 0 ? running : jobs.filter(({ name }) => name === meant),
  ].find((some) => some.length > 0);
  if (found === undefined) throw new RestError(404, `there is no job ${meant}: ${commandHere('list')} shows all`);
  if (found.length > 1)
    throw new RestError(409, `${meant} may be any of ${found.length} jobs: ${found.map(({ jid }) => jid).join(', ')}`);
  return found[0]!.jid;
}

/** The latest one, and what may be its cause. */
const FAILURES_ASKED = 8;

async function show(run: Run): Promise<ExitCode> {
  const { client, say, told } = run;
  const jobId = await jobIdOf(run, word(run));
  const job = (await client.get(`/jobs/${jobId}`)) as Job;
  const [checkpoints, exceptions] = await Promise.all([
    orNull(client.get(`/jobs/${jobId}/checkpoints`)) as Promise<Checkpoints | null>,
    orNull(client.get(`/jobs/${jobId}/exceptions?maxExceptions=${FAILURES_ASKED}`)) as Promise<Exceptions | null>,
  ]);
  for (const line of tellJob(job, checkpoints, exceptions)) say(line);
  told({ job, checkpoints, exceptions });
  return exitCodes.pass;
}

/** Of a job that ended under another leader checkpoints are not kept. */
async function orNull(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RestError) return null;
    throw error;
  }
}

async function cancel(run: Run): Promise<ExitCode> {
  const { client, line, say, told } = run;
  const jobId = await jobIdOf(run, word(run));
  if (line.options.has('with-savepoint')) return cancelBehindSavepoint(run, jobId);
  if (line.options.has('savepoint-id'))
    throw new UsageError('--savepoint-id is about a savepoint, and --with-savepoint asks for one');
  await client.change('PATCH', `/jobs/${jobId}?mode=cancel`, {});
  if (!line.options.has('detached')) return untilOver(run, jobId, ['CANCELED']);
  say(`job ${jobId} is being cancelled`);
  told({ jobid: jobId });
  return exitCodes.pass;
}

async function cancelBehindSavepoint(run: Run, jobId: string): Promise<ExitCode> {
  const deed: Deed = { ...savepointDeed, body: { 'cancel-job': true } };
  const code = await untilDone(run, deed, jobId, option(run, 'savepoint-id') ?? newId());
  return run.line.options.has('detached') ? code : untilOver({ ...run, told: () => {} }, jobId, ['CANCELED']);
}

/** What goes on behind its answer, and is waited for. */
interface Deed {
  /** Where it is asked for, and where it is told how it stands, below the job. */
  readonly path: 'stop' | 'savepoints' | 'checkpoints';
  readonly statusPath: 'savepoints' | 'checkpoints';
  readonly name: string;
  readonly body: object;
  /** What became of it, as a line. */
  readonly done: (jobId: string, operation: Operation['operation']) => string;
}

/** @param triggerId of the savepoint, or of the trigger of a checkpoint */
async function untilDone(run: Run, deed: Deed, jobId: string, triggerId: string): Promise<ExitCode> {
  const { client, line, terminal, say, told } = run;
  const { path, statusPath, name, body, done } = deed;
  const ask = () => client.change('POST', `/jobs/${jobId}/${path}`, { ...body, triggerId });
  await ask();
  if (line.options.has('detached')) {
    const as = statusPath === 'savepoints' ? `millrace:${jobId}/${triggerId}` : triggerId;
    say(`${name} of job ${jobId} is on its way, as ${as}`);
    told({ jobid: jobId, 'request-id': triggerId });
    return exitCodes.pass;
  }
  let asked = 1;
  for (const begunAt = performance.now(); ; await sleep(POLL_MS)) {
    const found = await operationAt(client, `/jobs/${jobId}/${statusPath}/${triggerId}`, asked < ASKS_MAX);
    if (found === null) {
      asked += 1;
      await ask();
      continue;
    }
    const { status, operation } = found;
    if (status.id === 'COMPLETED') {
      terminal.progress('');
      const failure = operation?.['failure-cause']?.['stack-trace'];
      if (failure !== undefined)
        throw new RestError(409, `${name} of job ${jobId} failed: ${failure.replace(/\.$/, '')}`);
      say(done(jobId, operation));
      told({ jobid: jobId, ...operation });
      return exitCodes.pass;
    }
    terminal.progress(`${name} of job ${jobId}, waited ${Math.round((performance.now() - begunAt) / 1_000)} s`);
  }
}

async function stop(run: Run): Promise<ExitCode> {
  const deed: Deed = {
    path: 'stop',
    statusPath: 'savepoints',
    name: 'the stop',
    body: { drain: run.line.options.has('drain') },
    done: (jobId, operation) => `job ${jobId} is stopped, with savepoint ${operation?.location ?? ''}`,
  };
  return untilDone(run, deed, await jobIdOf(run, word(run)), option(run, 'savepoint-id') ?? newId());
}

const savepointDeed: Deed = {
  path: 'savepoints',
  statusPath: 'savepoints',
  name: 'the savepoint',
  body: {},
  done: (_, operation) => `savepoint ${operation?.location ?? ''}`,
};

async function savepoint(run: Run): Promise<ExitCode> {
  return untilDone(run, savepointDeed, await jobIdOf(run, word(run)), option(run, 'savepoint-id') ?? newId());
}

async function checkpoint(run: Run): Promise<ExitCode> {
  const deed: Deed = {
    path: 'checkpoints',
    statusPath: 'checkpoints',
    name: 'the checkpoint',
    body: {},
    done: (jobId, operation) => `checkpoint ${operation?.checkpointId ?? ''} of job ${jobId} is completed`,
  };
  return untilDone(run, deed, await jobIdOf(run, word(run)), option(run, 'trigger-id') ?? newId());
}

/** A savepoint whose JobManager is gone before it could say why it failed is asked for again, under the same id. */
const ASKS_MAX = 4;

/** Null: nobody knows of it, and it may be asked for again. */
async function operationAt(client: ClusterClient, path: string, mayAskAgain: boolean): Promise<Operation | null> {
  try {
    return (await client.get(path)) as Operation;
  } catch (error) {
    if (mayAskAgain && error instanceof RestError && error.status === 404) return null;
    throw error;
  }
}

async function rescale(run: Run): Promise<ExitCode> {
  const { client, line, say, told } = run;
  const parallelism: Record<string, number> = {};
  for (const text of line.bare.slice(1)) {
    const [, operator = '', number = ''] = /^(.+)=(\d{1,5})$/.exec(text) ?? [];
    if (operator === '')
      throw new UsageError(`${text}: expected an operator and its number of subtasks, as in count=4`);
    parallelism[operator] = Number(number);
  }
  const jobId = await jobIdOf(run, word(run));
  await client.change('PATCH', `/jobs/${jobId}/rescaling`, { parallelism });
  say(
    `job ${jobId} begins again from its latest checkpoint, with ${line.bare.slice(1).join(', ')}, as soon as there are slots`,
  );
  told({ jobid: jobId, parallelism });
  return exitCodes.pass;
}

type TaskManagers = TypeOf<typeof shapes.taskManagers>;
type Drain = TypeOf<typeof shapes.drain>;

/** The address of the TaskManager that a user means. */
async function taskManagerOf({ client }: Run, meant: string): Promise<string> {
  const { taskmanagers } = (await client.get('/taskmanagers')) as TaskManagers;
  const found = taskmanagers.filter(({ id, name }) => id === meant || name === meant);
  if (found.length > 0) return found[0]!.id;
  if (parseEndpoint(meant).ok) return meant; // it may be drained, and away
  const there = taskmanagers.map(({ id, name }) => (name === null ? id : `${name} (${id})`));
  throw new RestError(
    404,
    `there is no TaskManager ${meant}: ${there.length === 0 ? 'none is registered' : there.join(', ')}`,
  );
}

async function drain(run: Run): Promise<ExitCode> {
  const { client, line, terminal, say, told } = run;
  const id = await taskManagerOf(run, word(run));
  const path = `/taskmanagers/${encodeURIComponent(id)}/drain`;
  let stands = (await client.change('POST', path, {})) as Drain;
  for (const begunAt = performance.now(); stands.status === 'DRAINING'; stands = (await client.get(path)) as Drain) {
    if (line.options.has('detached')) break;
    const why = stands.reason === null ? '' : ` (${stands.reason})`;
    terminal.progress(`${id} is being drained${why}, waited ${Math.round((performance.now() - begunAt) / 1_000)} s`);
    await sleep(POLL_MS);
  }
  terminal.progress('');
  told({ taskmanager: id, ...stands });
  if (stands.status === 'IN_SERVICE' || stands.status === 'UNKNOWN')
    throw new RestError(409, `${id} was taken back while it was drained`);
  if (stands.status === 'DRAINED') say(`${id} is drained: nothing runs there`);
  else say(`${id} is being drained${stands.reason === null ? '' : `: ${stands.reason}`}`);
  return exitCodes.pass;
}

async function undrain(run: Run): Promise<ExitCode> {
  const { client, say, told } = run;
  const id = await taskManagerOf(run, word(run));
  const stands = (await client.change('DELETE', `/taskmanagers/${encodeURIComponent(id)}/drain`, {})) as Drain;
  say(`${id} is used again${stands.status === 'UNKNOWN' ? ' when it is back' : ''}`);
  told({ taskmanager: id, ...stands });
  return exitCodes.pass;
}
