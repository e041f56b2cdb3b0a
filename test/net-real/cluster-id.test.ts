// The name of a cluster: one for all who share a folder, whoever comes first, and for ever.
import { expect, test } from 'vitest';
import { clusterIdOf } from '../../src/net-real/cluster-id.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

test('all who come at the same time have one name, and keep it', async () => {
  const names = await Promise.all(Array.from({ length: 8 }, () => clusterIdOf(folder.path('ha'))));
  expect(new Set(names).size).toBe(1);
  expect(names[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(await clusterIdOf(folder.path('ha'))).toBe(names[0]);
});

test('two folders are two clusters', async () => {
  expect(await clusterIdOf(folder.path('a'))).not.toBe(await clusterIdOf(folder.path('b')));
});

test('a damaged name is refused with its place', async () => {
  folder.write('ha/cluster', 'millrace-cluster 1 \n');
  const sentence = `${folder.path('ha/cluster')} holds no name of a cluster of version 1 ("millrace-cluster 1 \\n")`;
  await expect(clusterIdOf(folder.path('ha'))).rejects.toThrow(sentence);
});
