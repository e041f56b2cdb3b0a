// Runs every script of this folder and compares what it prints with what it says; README.md tells how to read and to rewrite them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRunner } from './commands.ts';
import { runScript } from './script.ts';

const folder = import.meta.dirname;
const isRewriting = process.env['REWRITE_SCRIPTS'] === '1';

test.each(readdirSync(folder).filter((name) => name.endsWith('.script')))('%s', (name) => {
  const file = join(folder, name);
  const expected = readFileSync(file, 'utf8');
  const actual = runScript(expected, createRunner());
  if (isRewriting) writeFileSync(file, actual);
  else expect(actual).toBe(expected);
});
