// A module that leaves an interval and a server open, as a library of metrics does.
import { createServer } from 'node:net';
import { doubles } from './doubles.ts';

setInterval(() => undefined, 1_000);
createServer().listen(0, '127.0.0.1');

export const scenario = doubles('leaves-open');
