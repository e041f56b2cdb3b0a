// Why a port did not do what it was asked for.
import type { GenericReason } from '../base/reasons.ts';

/** Why an artifact was refused: asking again does not help. */
export type ArtifactReason =
  /** `path` null: this port has no files. */
  | { readonly kind: 'artifact-missing'; readonly hash: string; readonly path: string | null }
  | { readonly kind: 'artifact-unnamed'; readonly hash: string }
  | { readonly kind: 'artifact-damaged'; readonly path: string; readonly found: string }
  /** `text`: what its code threw when it was imported. `stack`: where; null: nobody knows. */
  | {
      readonly kind: 'artifact-not-importable';
      readonly path: string;
      readonly text: string;
      readonly stack: string | null;
    }
  | { readonly kind: 'artifact-without-job'; readonly path: string };

/** Why a port answered `failed`. */
export type PortReason =
  | GenericReason
  | { readonly kind: 'malformed-request'; readonly text: string }
  | { readonly kind: 'name-taken'; readonly name: string }
  | { readonly kind: 'writes-contended'; readonly tries: number }
  | { readonly kind: 'no-such-sink'; readonly sink: string }
  /** `path` null: this port has no files. */
  | { readonly kind: 'split-missing'; readonly topic: string; readonly split: number; readonly path: string | null }
  | {
      readonly kind: 'position-missing';
      readonly topic: string;
      readonly split: number;
      readonly position: number;
      readonly file: { readonly path: string; readonly lines: number } | null;
    }
  | { readonly kind: 'record-unreadable'; readonly path: string; readonly line: number; readonly text: string };

/** What became of a request whose answer is not what was hoped for. */
export type AnswerReason =
  | { readonly kind: 'request-failed'; readonly outcome: 'not-applied' | 'unknown'; readonly reason: PortReason }
  /** `answer` is its kind. */
  | { readonly kind: 'other-answer'; readonly answer: string };

/** Why a task ended whose port would meet the same again. */
export type ContentRefused =
  /** What the source has there cannot be read, or is not what was read before. */
  | {
      readonly kind: 'source-refused';
      readonly topic: string;
      readonly split: number;
      readonly reason: PortReason;
      /** Where a connector of a user's own threw; null: none did, or nobody knows. */
      readonly stack: string | null;
    }
  /** `text`: what the format of the sink says of a record. */
  | { readonly kind: 'record-refused'; readonly sink: string; readonly text: string };
