// The package.json of the package, from that of the checkout.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OLDEST_NODE, packageManifest, type RootManifest } from '../../build/manifest.ts';
import { packageFolder, readEntryPoints } from '../../src/layout.ts';

const root = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as RootManifest;
const manifest = packageManifest(root) as Record<string, unknown>;

test('each entry point of the checkout is one of the package, compiled and declared', () => {
  const exports = manifest['exports'] as Record<string, unknown>;
  expect(Object.keys(exports)).toEqual(Object.keys(root.exports));
  expect(exports['./sim']).toEqual({
    types: './lib/src/sim/millrace-sim.d.ts',
    default: './lib/src/sim/millrace-sim.js',
  });
  expect([...readEntryPoints().keys()]).toContain('millrace/sim');
});

test('what a checkout needs for itself stays there: tools, scripts, and a Node of its own', () => {
  for (const field of ['devDependencies', 'optionalDependencies', 'scripts'])
    expect(manifest).not.toHaveProperty(field);
  expect(Object.keys(manifest['dependencies'] as object)).not.toContain('fast-check');
  expect(manifest['peerDependencies']).toHaveProperty('fast-check');
  expect(manifest['private']).toBe(true);
});

test('bin refuses the versions of Node that the manifest refuses', () => {
  const bin = readFileSync(join(packageFolder, 'build', 'bin.cjs'), 'utf8');
  const [major, minor] = OLDEST_NODE.split('.');
  expect(manifest['engines']).toEqual({ node: `>=${OLDEST_NODE}` });
  expect(bin).toContain(`version[0] === ${major} && version[1] < ${minor}`);
});
