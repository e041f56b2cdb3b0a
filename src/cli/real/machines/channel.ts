// What the command and the process of a node say to each other, on the channel that Node opens between parent and child.
import type { Failed, Vocabulary } from '../../../core/base/vocabulary.ts';
import type { HostPort } from '../../../net-real/host.ts';

export type FromNode =
  /** The state behind the line `event` of its trace. */
  | { readonly kind: 'state'; readonly event: number; readonly state: unknown }
  /** A request to a service that all nodes share. */
  | { readonly kind: 'ask'; readonly id: number; readonly request: { readonly kind: string } };

export type ToNode =
  /** All nodes are up: the machine may start. */
  | { readonly kind: 'go' }
  | {
      readonly kind: 'answer';
      /** Of the `ask`. */
      readonly id: number;
      readonly answer: { readonly kind: string };
    };

const leave = (): never => process.exit();

/** Resolves when the command says so; ends the process if the command is gone before. */
export function untilGo(): Promise<void> {
  process.once('disconnect', leave);
  return new Promise((resolve) => {
    process.once('message', ({ kind }: ToNode) => {
      if (kind !== 'go') return;
      process.off('disconnect', leave);
      resolve();
    });
  });
}

/** Nobody waits for it: when the command is gone, the process ends. */
export function sendToCommand(message: FromNode): void {
  process.send?.(message, undefined, {}, () => {});
}

/** The port of a shared service: the command answers. */
export function sharedPort(serves: readonly string[]): HostPort<Vocabulary> {
  type Answer = { readonly kind: string } | Failed;
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  const onMessage = (message: ToNode): void => {
    if (message.kind !== 'answer') return;
    waiting.get(message.id)?.(message.answer);
    waiting.delete(message.id);
  };
  process.on('message', onMessage);
  return {
    serves,
    request(request) {
      asked += 1;
      sendToCommand({ kind: 'ask', id: asked, request });
      return new Promise((resolve) => waiting.set(asked, resolve));
    },
    close: () => Promise.resolve(void process.off('message', onMessage)),
  };
}
