// How what is in a trace reads: for people alone, made where a trace is read. Nothing may be concluded from these texts.
import type { Input } from '../core/base/machine.ts';
import type { Effect } from '../core/base/outbox.ts';
import type { Envelope, Failed, Vocabulary } from '../core/base/vocabulary.ts';
import {
  describeAnswer,
  describeEffect,
  describeInput,
  describeMessage,
  describeRequest,
} from '../core/protocol/describe.ts';
import type { Message } from '../core/protocol/messages.ts';
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';
import { describeAny, describeAnyEffect, describeAnyInput, describeAnyMessage } from './describe-any.ts';
import type { GuestHeader } from './trace.ts';

export interface TextForms {
  readonly input: (input: Input<Vocabulary>) => string;
  readonly effect: (effect: Effect) => string;
  readonly message: (message: Envelope) => string;
  readonly request: (request: { readonly kind: string }) => string;
  readonly answer: (answer: { readonly kind: string } | Failed) => string;
}

const anyTexts: TextForms = {
  input: describeAnyInput,
  effect: describeAnyEffect,
  message: describeAnyMessage,
  request: describeAny,
  answer: describeAny,
};

const jobTexts: TextForms = {
  input: describeInput,
  effect: describeEffect,
  message: (message) => describeMessage(message as unknown as Message),
  request: (request) => describeRequest(request as PortRequest),
  answer: (answer) => describeAnswer(answer as PortAnswer | PortFailed),
};

export function textsOf({ kind }: Pick<GuestHeader, 'kind'>): TextForms {
  return kind === 'job' ? jobTexts : anyTexts;
}
