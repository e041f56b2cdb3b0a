#!/usr/bin/env node
// `bin` of a checkout: `npx millrace` runs the sources there, on the Node that was installed with them, as `npm run` does. Whatever Node runs this only waits.
'use strict';

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const folder = join(__dirname, '..');
const installed = join(folder, 'node_modules', '.bin', 'node');
const node = existsSync(installed) ? installed : process.execPath;
const program = join(folder, 'src', 'cli', 'millrace.ts');
// Told to Node itself: what the program enables comes too late for its first module, and 40 ms of CPU go into a compiler for that one.
const cache = process.env.NODE_COMPILE_CACHE ?? join(folder, '.cache', 'node');
const child = spawn(node, [program, ...process.argv.slice(2)], {
  stdio: 'inherit',
  argv0: 'millrace', // so that it is known how it was called (src/layout.ts)
  env: { ...process.env, NODE_COMPILE_CACHE: cache },
});

process.on('SIGTERM', () => child.kill('SIGTERM'));
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) child.kill('SIGINT'); // a terminal tells both
});
child.on('error', (error) => {
  console.error(`millrace: ${node} cannot be started: ${error.message}`);
  process.exitCode = 2;
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exitCode = code;
  else process.kill(process.pid, signal);
});
