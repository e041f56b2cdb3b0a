// Node's own modules under the guard of the realm: a job that imports `node:fs` or `node:crypto` calls what no run can repeat as much as one that calls a
// global. Replaced once, before a scenario is loaded; who imports them gets the replaced functions, as nobody has imported them by name before.
import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import tls from 'node:tls';
import { freeFunctions, guardFunctions } from '../../realm/globals.ts';
import type { Why } from '../../realm/guard.ts';

/** Functions by module; null: all that it has. */
const MODULES: readonly (readonly [name: string, module: object, why: Why, functions: readonly string[] | null])[] = [
  ['fs', fs, 'does input or output', null],
  ['fs/promises', fsPromises, 'does input or output', null],
  ['child_process', childProcess, 'ends or changes the process', null],
  ['os', os, 'reads the environment', null],
  ['dns', dns, 'uses the network', null],
  ['dgram', dgram, 'uses the network', ['createSocket']],
  ['net', net, 'uses the network', ['connect', 'createConnection', 'createServer']],
  ['tls', tls, 'uses the network', ['connect', 'createServer']],
  ['http', http, 'uses the network', ['get', 'request', 'createServer']],
  ['https', https, 'uses the network', ['get', 'request', 'createServer']],
  ['http2', http2, 'uses the network', ['connect', 'createServer', 'createSecureServer']],
  ['timers', timers, 'leaves work for later', ['setTimeout', 'setInterval', 'setImmediate']],
  ['timers/promises', timersPromises, 'leaves work for later', ['setTimeout', 'setInterval', 'setImmediate']],
  [
    'crypto',
    crypto,
    'draws at random',
    ['randomBytes', 'randomInt', 'randomUUID', 'randomFill', 'randomFillSync', 'generateKey', 'generateKeySync'],
  ],
];

let done = false;

export function guardModules(): void {
  if (done) return;
  done = true;
  for (const [name, module, why, functions] of MODULES) guardFunctions(name, module, why, functions);
  syncBuiltinESMExports();
  for (const stream of [process.stdout, process.stderr]) freeFunctions(stream, ['write']); // into a file, it is a function of `fs`
}
