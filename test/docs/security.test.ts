// docs/security.md: each claim names a test that is there, and its commands make certificates that fit.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFolder } from '../../src/layout.ts';
import { readTls } from '../../src/net-real/tls-files.ts';
import { hasOpenssl, WITHOUT_OPENSSL } from '../net-real/certificates.ts';
import { temporaryFolder } from '../net-real/temporary-folder.ts';

const folder = temporaryFolder();
const page = readFileSync(join(packageFolder, 'docs', 'security.md'), 'utf8');

const rows = (/^## What holds\n([\s\S]*?)^## /m.exec(page)?.[1] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| '));
const claims = rows.slice(1).map((row) => row.split(' | ').slice(1) as [claim: string, shownBy: string]);

test('there are claims', () => {
  expect(claims.length).toBeGreaterThan(15);
});

test.each(claims)('%s: its test is there', (_, shownBy) => {
  const named = [...shownBy.matchAll(/`([\w/.-]+\.test\.ts)(?:: ([^`]+))?`/g)];
  expect(named.length).toBeGreaterThan(0);
  for (const [, file = '', title] of named) {
    const path = join(packageFolder, 'test', file);
    expect(existsSync(path), file).toBe(true);
    const titles = [...readFileSync(path, 'utf8').matchAll(/(?:['"`])([^'"`\n]*)(?:['"`])/g)].map(
      ([, text = '']) => text,
    );
    if (title !== undefined)
      expect(
        titles.some((text) => text.includes(title)),
        title,
      ).toBe(true);
  }
});

test.skipIf(!hasOpenssl)(`its commands make certificates that fit${WITHOUT_OPENSSL}`, () => {
  const commands = /^```sh\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
  execFileSync('sh', ['-e', '-c', commands], { cwd: folder.path(), stdio: 'pipe' });
  const files = { cert: folder.path('jm.pem'), key: folder.path('jm.key'), ca: folder.path('ca.pem') };
  expect(readTls(files).files).toEqual(files);
});
