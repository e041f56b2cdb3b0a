// Code of users never has the last word: whatever it does outside of its calls, a command ends with the exit code of its verdict, or with one sentence
// and a code that is not 0. The sentence names the file, and the place in it where there is one.
import { isMainThread } from 'node:worker_threads';
import { messageOf, stackLines } from '../core/base/stack-lines.ts';
import { codeFolder } from '../layout.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { shownPath } from './files.ts';

/** What came instead of a verdict. */
export interface EarlyEnd {
  /** One sentence; where the tool itself is to blame, its stack. */
  readonly sentence: string;
  readonly whose: 'user' | 'internal';
  readonly code: ExitCode;
}

export interface LastWord {
  /** There is a verdict: the process ends with its code, whatever a module left open, and whatever code it is told from now on. */
  over(code: ExitCode): void;
}

/** The file whose code is at work, and whether it is being loaded: an error that comes from nowhere has no other name. */
const atWork: { file: string | null; isLoading: boolean } = { file: null, isLoading: false };

/** Loads the module of a scenario. */
export async function whileLoading<T>(file: string, load: () => Promise<T>): Promise<T> {
  atWork.file = file;
  atWork.isLoading = true;
  try {
    return await load();
  } finally {
    atWork.isLoading = false;
  }
}

/** Who judges what is thrown from nowhere; null: it ends the command. */
let judgeThrown: ((thrown: unknown) => void) | null = null;

/** A process that outlives code of jobs judges by itself what is thrown from nowhere. */
export function judgeThrownBy(judge: (thrown: unknown) => void): void {
  judgeThrown = judge;
}

/**
 * To be called once in each thread and process, before code of users is loaded.
 *
 * @param tell of an end without a verdict, at most once; the process ends behind it
 */
export function keepLastWord(tell: (end: EarlyEnd) => void): LastWord {
  let ended: ExitCode | null = null;
  const end = (early: EarlyEnd): ExitCode => {
    if (ended === null) {
      ended = early.code;
      tell(early);
    }
    return ended;
  };
  const onThrown = (thrown: unknown, did: string): void => {
    if (judgeThrown === null) process.exit(end(thrownEnd(thrown, did)));
    else judgeThrown(thrown);
  };
  process.on('uncaughtException', (error) => onThrown(error, 'threw where nobody waits for it'));
  process.on('unhandledRejection', (reason) => onThrown(reason, 'left a rejected promise behind'));
  process.on('beforeExit', () => {
    if (ended === null) process.exit(end(drainedEnd()));
  });
  process.on('exit', (code) => {
    if (ended === null && isSomebodyElses(code)) process.exitCode = end(exitEnd(code));
    else if (ended !== null && code === exitCodes.pass) process.exitCode = ended;
  });
  if (isMainThread) guardExit((code) => ended ?? (isSomebodyElses(code) ? end(exitEnd(code)) : code));
  return {
    over(code) {
      ended = code;
      process.exitCode = code;
      process.stdout.write('', () => process.stderr.write('', () => process.exit(code))); // behind what was said
    },
  };
}

/** `process.exit` ends in it, and listeners of `exit` may have changed the code before. */
function guardExit(codeFor: (code: number) => number): void {
  const inner = process as unknown as { reallyExit: (code?: number) => never };
  const { reallyExit } = inner;
  inner.reallyExit = (code = 0) => reallyExit.call(process, code === exitCodes.pass ? codeFor(code) : code);
}

/** Our own early ends say a code that is not 0. */
function isSomebodyElses(code: number): boolean {
  return code === exitCodes.pass || placeOfUser(new Error('here')) !== null;
}

function exitEnd(code: number): EarlyEnd {
  return userEnd(
    `its code ended the process with exit code ${code} before there was a verdict`,
    placeOfUser(new Error('here')),
  );
}

/** Nothing is left that could go on. */
function drainedEnd(): EarlyEnd {
  return atWork.isLoading
    ? userEnd(NEVER_LOADED, null)
    : { sentence: 'the command waits for what never comes', whose: 'internal', code: exitCodes.internal };
}

/** Of a module whose `await` at its top level does not come. */
export const NEVER_LOADED = 'it cannot be loaded: an await at its top level never comes';

function thrownEnd(thrown: unknown, did: string): EarlyEnd {
  const place = placeOfUser(thrown);
  const isUsers = atWork.file !== null && (place !== null || stackLines(thrown, 1).length === 0);
  if (isUsers) return userEnd(`its code ${did}: ${messageOf(thrown)}`, place);
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return { sentence: `an error of the tool itself: ${text}`, whose: 'internal', code: exitCodes.internal };
}

function userEnd(what: string, place: string | null): EarlyEnd {
  const file = atWork.file === null ? '' : `${shownPath(atWork.file)}: `;
  return { sentence: `${file}${what}${place === null ? '' : `, ${place}`}`, whose: 'user', code: exitCodes.usage };
}

const FRAMES_MAX = 20;
const ownFolders = [`${codeFolder}/src/`, `${codeFolder}/reports/`, '/node_modules/'];

/** The first frame of a stack that is neither ours nor a library's: `at map (/home/me/job.ts:19:45)`; or null. */
function placeOfUser(thrown: unknown): string | null {
  const frames = stackLines(thrown, FRAMES_MAX);
  return frames.find((frame) => !ownFolders.some((folder) => frame.includes(folder))) ?? null;
}
