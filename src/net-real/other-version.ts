// What a process says of a peer that runs another Millrace: each reads its own version of a format and no other.

const READS_ANOTHER = /^millrace-\S+ has version \d+, this Millrace reads version \d+$/;

/** @param reason why bytes of a peer could not be read */
export function withAdvice(reason: string): string {
  if (!READS_ANOTHER.test(reason)) return reason;
  return `${reason}: it runs another version of Millrace, and all processes of a cluster must run the same`;
}
