// What goes on for ever in messages: the numbers of offers, which each TaskManager counts.
import type { Address } from '../base/machine.ts';
import type { Shift } from '../base/relative.ts';
import type { Message } from './messages.ts';

/** The counter of a TaskManager's offers. */
export const OFFERS = 'offers';

export function shiftMessage(message: Message, by: Shift): Message {
  if (message.kind === 'offer-slots')
    return { ...message, body: { ...message.body, offer: shiftOffer(message.from, message.body.offer, by) } };
  if (message.kind === 'slots-accepted')
    return { ...message, body: { ...message.body, offer: shiftOffer(message.to, message.body.offer, by) } };
  return message;
}

export function shiftOffer(taskManager: Address, offer: number, by: Shift): number {
  return by.counter(taskManager, OFFERS, offer);
}
