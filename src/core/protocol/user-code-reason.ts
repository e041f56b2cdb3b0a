// What code of a user did that failed its task.
export interface UserCodeFailed {
  readonly kind: 'user-code';
  readonly operator: string;
  /** Of the operator, where it is known. */
  readonly function: string | null;
  /** The record or timer that it was at work on. */
  readonly given: string | null;
  /** The whole sentence. */
  readonly text: string;
  /** As in `StackOf`. */
  readonly stack: string | null;
}
