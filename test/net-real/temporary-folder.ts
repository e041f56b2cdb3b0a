// A folder for the tests of one file, empty before each test and gone afterwards.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export interface TemporaryFolder {
  path(...parts: string[]): string;
  write(name: string, content: string | Uint8Array): void;
}

export function temporaryFolder(): TemporaryFolder {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (...parts: string[]): string => join(folder, ...parts);
  return {
    path,
    write(name, content) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), content);
    },
  };
}
