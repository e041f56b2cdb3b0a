// The stack of user code in a reason, for people. Texts of reasons are one line, and leave it out.
import type { Reason } from './reasons.ts';

/** As a host told it; null: no code of a user threw, or nobody knows where. */
export function stackOf(reason: Reason): string | null {
  switch (reason.kind) {
    case 'user-code':
    case 'artifact-not-importable':
    case 'source-refused':
      return reason.stack;
    case 'artifact-refused':
    case 'execution-failed':
      return stackOf(reason.reason);
    case 'recovery-suppressed':
      return stackOf(reason.cause);
    default:
      return null;
  }
}

/** A sentence, and below it the lines of a stack. What its first line says is told once. @param indent of frames: a tab in Flink's answers */
export function withStack(sentence: string, stack: string | null, indent = '    '): string {
  if (stack === null) return sentence;
  const [head = '', ...rest] = stack.split('\n');
  const isTold = sentence.includes(head);
  const lines = isTold ? rest : [isFrame(head) ? head : `Caused by: ${head}`, ...rest];
  return [sentence, ...lines.map((line) => (isFrame(line) ? `${indent}${line.trimStart()}` : line))].join('\n');
}

function isFrame(line: string): boolean {
  return line.startsWith('    at ');
}
