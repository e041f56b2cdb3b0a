// What processes of a cluster ask each other beside their machines, which never see it: kinds of questions, their answers, and the form of both on the wire.
import { recordCodec, type RecordCodec } from '../../core/protocol/sealed-record.ts';
import { byKind, list, nullable, record, shapeOf } from '../../core/protocol/shapes.ts';
import type { LogFileInfo } from '../log/kept-logs.ts';
import { readingsShape, type Readings } from '../metrics/readings.ts';

export type Question =
  | { readonly kind: 'readings' }
  /** Which logs the process has. */
  | { readonly kind: 'logs' }
  /** The end of one. `lines`: no more than the last of them; null: as many as an answer takes. */
  | { readonly kind: 'log'; readonly name: string; readonly lines: number | null };

/** Of the same kind as its question. */
export type Answer =
  | { readonly kind: 'readings'; readonly readings: Readings }
  /** `process`: its name. */
  | { readonly kind: 'logs'; readonly process: string; readonly files: readonly LogFileInfo[] }
  /** `text`: whole lines; null: the process has no such log. */
  | { readonly kind: 'log'; readonly text: string | null };

export type AnswerTo<Q extends Question> = Extract<Answer, { readonly kind: Q['kind'] }>;

/** A file that cannot be read, for example; `reason` is a sentence. */
export interface NotAnswered {
  readonly kind: 'failed';
  readonly reason: string;
}

/** `question`: its number, of the process that asks. */
export type QuestionWord =
  | { readonly kind: 'ask-process'; readonly question: number; readonly asked: Question }
  | { readonly kind: 'process-told'; readonly question: number; readonly answer: Answer | NotAnswered };

export interface QuestionLetter {
  readonly from: string;
  readonly to: string;
  readonly word: QuestionWord;
}

const asked = byKind({
  readings: record({}),
  logs: record({}),
  log: record({ name: 'string', lines: nullable('int') }),
});

const answer = byKind({
  readings: record({ readings: readingsShape }),
  logs: record({ process: 'string', files: list(record({ name: 'string', size: 'int', mtime: 'number' })) }),
  log: record({ text: nullable('string') }),
  failed: record({ reason: 'string' }),
});

export const letterCodec: RecordCodec<QuestionLetter> = recordCodec(
  'millrace-question',
  3,
  shapeOf<QuestionLetter>()(
    record({
      from: 'string',
      to: 'string',
      word: byKind({
        'ask-process': record({ question: 'int', asked }),
        'process-told': record({ question: 'int', answer }),
      }),
    }),
  ),
);
