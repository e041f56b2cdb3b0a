// What the name of a sink transaction says. It is made where the transaction begins, and read by sinks that keep transactions as files.
//
// It holds the checkpoint whose barrier the transaction follows (0: none): which one will end it is not known when its first chunk is written.
// At most one transaction of a writer that follows checkpoint k is ever committed: a commit needs a completed checkpoint above k, and from then
// on every attempt is restored from that one or a later one. With epoch and attempt no two transactions have the same name.

/** Whom a sink fences: an operator's subtask of a job, whichever attempt it is. A job id has no `/`. */
export function writerName(jobId: string, operator: string, subtask: number): string {
  return `${jobId}/${operator}/${subtask}`;
}

/** @param writer `<job>/<operator>/<subtask>`: whom the sink fences. */
export function transactionName(writer: string, followsCheckpoint: number, attempt: string): string {
  return `${writer}/chk-${followsCheckpoint}/${attempt}`;
}

export function transactionAttempt(epoch: number, attempt: number): string {
  return `e${epoch}-a${attempt}`;
}

export interface TransactionName {
  readonly writer: string;
  readonly followsCheckpoint: number;
  readonly epoch: number;
  readonly attempt: number;
}

/** null: this is no such name. */
export function parseTransactionName(name: string): TransactionName | null {
  const found = /^(.+)\/chk-(\d{1,15})\/e(\d{1,15})-a(\d{1,15})$/.exec(name);
  if (found === null) return null;
  const [, writer = '', ...numbers] = found;
  const [followsCheckpoint = 0, epoch = 0, attempt = 0] = numbers.map(Number);
  const again = transactionName(writer, followsCheckpoint, transactionAttempt(epoch, attempt));
  return again === name ? { writer, followsCheckpoint, epoch, attempt } : null; // leading zeros would give one transaction two names
}
