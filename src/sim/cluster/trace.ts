// How a trace of a cluster reads: inputs and effects in the one text form of core.
import type { Input } from '../../core/base/machine.ts';
import type { Effect } from '../../core/base/outbox.ts';
import type { Failed, Vocabulary } from '../../core/base/vocabulary.ts';
import { describeAnswer, describeMessage, describeRequest } from '../../core/protocol/describe.ts';
import type { Message } from '../../core/protocol/messages.ts';
import type { PortAnswer, PortRequest } from '../../core/protocol/ports.ts';
import type { TraceOptions } from '../world-types.ts';

export function clusterTrace(onLine: (line: string) => void): TraceOptions {
  return { onLine, describeInput, describeEffect };
}

function describeInput(input: Input<Vocabulary>): string {
  switch (input.kind) {
    case 'message': {
      const message = input.message as unknown as Message;
      return `${describeMessage(message)} from ${message.from}`;
    }
    case 'completed':
      return `request ${input.request}: ${describeAnswer(input.answer as PortAnswer | Failed)}`;
    case 'connection-lost':
      return `connection-lost ${input.streamClass} with ${input.peer}`;
    case 'start':
      return `start ${input.incarnation}`;
    case 'wake':
    case 'work':
      return input.kind;
  }
}

function describeEffect(effect: Effect): string {
  switch (effect.effect) {
    case 'send':
      return `send ${describeMessage(effect as unknown as Message)} to ${effect.to}`;
    case 'request':
      return `request ${effect.id}: ${describeRequest(effect.request as PortRequest)}`;
    case 'trace':
      return effect.text;
    case 'halt':
      return `halt: ${effect.reason}`;
  }
}
