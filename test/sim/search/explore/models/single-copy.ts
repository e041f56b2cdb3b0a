// A register that each server keeps for itself.
import { NOTHING, type Server } from './register.ts';

export const singleCopy: Server<string, never> = {
  start: () => NOTHING,
  on(_, value, from, message) {
    const { request } = message;
    if (message.kind === 'put') return { state: message.value, sends: [[from, { kind: 'put-ok', request }]] };
    return message.kind === 'get' ? { sends: [[from, { kind: 'get-ok', request, value }]] } : null;
  },
};
