// What etcd could not do for this process, in a sentence, and whether anybody knows what became of it.

/** `unknown`: it may have been applied, or may yet be. */
export class EtcdFailure extends Error {
  override readonly name = 'EtcdFailure';
  readonly outcome: 'not-applied' | 'unknown';
  /** The same again meets the same: what is configured there must change first. */
  readonly isFinal: boolean;

  constructor(
    message: string,
    {
      outcome = 'not-applied',
      isFinal = false,
      cause,
    }: { readonly outcome?: EtcdFailure['outcome']; readonly isFinal?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.outcome = outcome;
    this.isFinal = isFinal;
  }
}
