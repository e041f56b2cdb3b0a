// The work folder of a TaskManager: what its next process finds, and what a loss of power makes of that.
import { describe, expect, test } from 'vitest';
import type { ProcessDeath } from '../../../../src/core/protocol/ids.ts';
import {
  noteIn,
  unsyncedIn,
  workFolderService,
  type WorkFolderRequest,
  type WorkFolders,
} from '../../../../src/sim/cluster/services/work-folder.ts';
import { labOf, type Lab } from '../../services/lab.ts';

const death = (attempt: number): ProcessDeath => ({
  epoch: 1,
  attempt: { jobId: 'job-1', vertex: 0, subtask: 0, attempt },
  operator: 'grind',
  record: 3,
  how: 'looped',
});

type Folder = Lab<WorkFolders, WorkFolderRequest>;

function folder(): Folder {
  return labOf(workFolderService());
}

const write = ({ ask }: Folder, said: ProcessDeath | null): unknown => ask({ kind: 'death-write', death: said });
const read = ({ ask }: Folder): unknown => ask({ kind: 'death-read' })[0];

test('the next process finds the note, and none when it was removed', () => {
  const lab = folder();
  expect(read(lab)).toEqual({ kind: 'death-found', death: null });
  write(lab, null);
  expect(unsyncedIn(lab.state, 'a')).toBe(0);
  write(lab, death(1));
  expect(read(lab)).toEqual({ kind: 'death-found', death: death(1) });
  expect(noteIn(lab.state, 'a')).toEqual(death(1));
  expect(noteIn(lab.state, 'b')).toBeNull();
  write(lab, null);
  expect(read(lab)).toEqual({ kind: 'death-found', death: null });
});

describe('a loss of power', () => {
  test('asks nothing where all is synced', () => {
    expect(folder().crash('a')).toEqual([]);
  });

  test('by plain choice loses nothing, and what is left is synced', () => {
    const lab = folder();
    write(lab, death(1));
    expect(unsyncedIn(lab.state, 'a')).toBeGreaterThan(0);
    expect(lab.crash('a')).toEqual(['names of 3']);
    expect(read(lab)).toEqual({ kind: 'death-found', death: death(1) });
    expect(unsyncedIn(lab.state, 'a')).toBe(0);
  });

  test('may undo the name of a note: it never was', () => {
    const lab = folder();
    write(lab, death(1));
    lab.crash('a', [1]);
    expect(read(lab)).toEqual({ kind: 'death-found', death: null });
  });

  test('may undo the removal of a note: it is there again', () => {
    const lab = folder();
    write(lab, death(1));
    write(lab, null);
    lab.crash('a', [1]);
    expect(read(lab)).toEqual({ kind: 'death-found', death: death(1) });
  });

  test('may leave the note before, whole', () => {
    const lab = folder();
    write(lab, death(1));
    write(lab, death(2));
    lab.crash('a', [1]);
    expect(read(lab)).toEqual({ kind: 'death-found', death: death(1) });
  });
});
