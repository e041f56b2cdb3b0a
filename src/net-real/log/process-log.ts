// The log of one process: what its machine notes, and what the process says of itself, each a line where its reader looks for it.
import { describeNote, type JobNames } from '../../core/protocol/describe-note.ts';
import type { Note } from '../../core/protocol/notes.ts';
import { messageOf } from '../../core/base/stack-lines.ts';
import { withNames, type NameAt } from '../address-names.ts';
import { LOG_BYTES_MAX, LOG_FILES_MAX, openLogFile, type LogFile } from './log-file.ts';
import { aboutNote, levelOfNote } from './note-levels.ts';
import { formatJson, formatText, isLogged, type LogLevel, type LogRecord } from './record.ts';
import { createRepeats } from './repeats.ts';

/** What a process says that is no note, and how gravely. */
export const saidLevels = {
  /** It is up, stops, or has ended. */
  process: 'info',
  /** It cannot go on. */
  halted: 'error',
  /** Peers and connections that something is wrong with. */
  network: 'warn',
  /** What a port could not do: disks, damaged files. */
  'port-failed': 'error',
  /** Code of a job did what it must not. */
  'job-code': 'error',
  /** Traces, notes of how the process before ended, watchdogs. */
  tool: 'warn',
  /** REST: who was refused. */
  rest: 'warn',
  /** A supervisor of its processes. */
  supervisor: 'warn',
} as const satisfies Readonly<Record<string, LogLevel>>;

export type SaidKind = keyof typeof saidLevels;

export interface ProcessLog {
  /** @param namesOf vertices of the jobs that it is about; absent: their ids are told */
  note(note: Note, namesOf?: JobNames): void;
  /** `level`: where it is another one than that of its kind. */
  say(kind: SaidKind, message: string, level?: LogLevel): void;
  /** The last lines as JSON, the newest last. Of a log that has a file: none, as they are there. */
  recent(): readonly string[];
  /** What was left out so far is written. */
  close(): void;
}

export interface LogTarget {
  readonly name: string;
  readonly level: LogLevel;
  /** What stderr gets; null: nothing. */
  readonly write: ((text: string) => void) | null;
  readonly format: 'text' | 'json';
  /** Null: none. */
  readonly file: string | null;
  /** Of peers, also of those that are gone. Absent: they are told by their addresses. */
  readonly nameAt?: NameAt;
}

/** Rare, and about processes that somebody would look for. */
const NAMED: ReadonlySet<Note['kind']> = new Set<Note['kind']>([
  'task-manager-lost',
  'task-manager-suspected',
  'job-restarting',
  'job-failing',
]);

/** Lines that a process without a file keeps in its memory: some 300 bytes each. */
const RECENT_MAX = 1_000;

interface NoteLine {
  readonly note: Note;
  readonly namesOf: JobNames | undefined;
  readonly level: LogLevel;
}

export function createProcessLog({ name, level: least, write, format, file, nameAt }: LogTarget): ProcessLog {
  const lines = write === null ? null : format === 'text' ? formatText : formatJson;
  const toFile = file === null ? null : fileWriter(file, (message) => toTerminal(record('tool', 'error', message)));
  const record = (kind: string, level: LogLevel, message: string, more = 0, data?: object): LogRecord => ({
    time: new Date().toISOString(),
    level,
    process: name,
    kind,
    message,
    ...(more > 0 ? { more } : {}),
    ...(data === undefined ? {} : { data }),
  });
  const toTerminal = (one: LogRecord): void => {
    if (write !== null && lines !== null) write(lines(one));
  };
  const recent: string[] = [];
  const emit = (one: LogRecord): void => {
    toTerminal(one);
    if (toFile !== null) return toFile.write(formatJson(one));
    recent.push(formatJson(one));
    if (recent.length > RECENT_MAX) recent.shift();
  };
  const emitNote = ({ note, namesOf, level }: NoteLine, more: number): void => {
    const { kind, ...data } = note;
    const text = describeNote(note, namesOf);
    const message = nameAt !== undefined && NAMED.has(kind) ? withNames(text, nameAt) : text;
    emit(record(kind, level, message, more, data));
  };
  const notes = createRepeats(emitNote);
  const said = createRepeats<{ readonly kind: SaidKind; readonly level: LogLevel; readonly message: string }>(
    ({ kind, level, message }, more) => emit(record(kind, level, message, more)),
  );
  let isClosed = false;
  return {
    note(note, namesOf) {
      const level = levelOfNote(note);
      if (level === null || !isLogged(level, least)) return;
      const line = { note, namesOf, level };
      if (least === 'debug') emitNote(line, 0); // who asks for all gets all
      else notes.offer(aboutNote(note), line);
    },
    say(kind, message, level = saidLevels[kind]) {
      if (isLogged(level, least)) said.offer(`${kind} ${withoutNumbers(message)}`, { kind, level, message });
    },
    recent: () => recent.slice(),
    close() {
      if (isClosed) return;
      isClosed = true;
      notes.flush();
      said.flush();
      toFile?.close();
    },
  };
}

/** Ports, counts and times differ where everything else is the same. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/\d+/g, '#');
}

export interface Writer {
  write(line: string): void;
  close(): void;
}

/** A file that cannot be written is told once, and tried again with each line: what it misses stands on stderr. */
export function fileWriter(path: string, complain: (message: string) => void, filesMax = LOG_FILES_MAX): Writer {
  let file: LogFile | null = null;
  let isBroken = false;
  return {
    write(line) {
      try {
        file ??= openLogFile(path, LOG_BYTES_MAX, filesMax);
        file.write(line);
        isBroken = false;
      } catch (error) {
        if (!isBroken) complain(`the log ${path} cannot be written: ${messageOf(error)}`);
        isBroken = true;
      }
    },
    close: () => file?.close(),
  };
}
