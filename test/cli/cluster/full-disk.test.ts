// A cluster whose disk fills up while its job runs, on a small file system of its own: it says what to do, goes on by itself when there is room again, also
// with a process that died meanwhile, and its output is that of a run on an empty disk.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseLogLine, type LogRecord } from '../../../src/net-real/log/record.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';
import { repository } from '../run-cli.ts';
import { sorted, sumsJob, sumsOf } from '../sums-job.ts';

const folder = temporaryFolder();
const program = join(repository, 'src', 'cli', 'millrace.ts');
const lab = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt'], { timeout: 5_000 });
const WITHOUT_MOUNTS = lab.status === 0 ? '' : ' (skipped: no file system can be mounted here)';
const NUMBERS = 1_600;

/** Whoever looks at a cluster looks again until it is so, for two minutes at the most. */
const script = `
mount -t tmpfs -o size=2m none /mnt && cd /mnt || exit 1
mkdir -p c/sources/numbers && seq 0 ${NUMBERS - 1} > c/sources/numbers/0.jsonl
millrace() { '${process.execPath}' '${program}' "$@"; }
until_it() { for i in $(seq 600); do eval "$1" && return; sleep 0.2; done; echo "never: $1" >&2; }
'${process.execPath}' '${program}' cluster --cluster c --rest-port 0 --set checkpointIntervalMs=300 --log-format json > cluster.out 2> "$FOLDER/cluster.log" &
cluster=$!
until_it 'grep -q slots cluster.out'
millrace submit "$FOLDER/job.ts" --cluster c --job-id sums > /dev/null
until_it 'ls c/sinks/out/part-* 2> /dev/null | grep -q .'
for size in 65536 4096 256 1; do
  i=0
  while head -c $size /dev/zero 2> /dev/null > fill-$size-$i; do i=$((i + 1)); done
done
sleep 1.5
cd c/work/tm-1
kill -9 $('${process.execPath}' -p "JSON.parse(require('fs').readFileSync('process.json')).pid")
cd ../../..
sleep 2.5
rm -f fill-*
until_it 'millrace list --cluster c 2> /dev/null | grep -q FINISHED'
kill $cluster
wait $cluster
cat c/logs/*.log > "$FOLDER/processes.log"
cat c/sinks/out/part-*
`;

test.skipIf(lab.status !== 0)(
  `told, gone through, and nothing is lost or doubled${WITHOUT_MOUNTS}`,
  { timeout: 240_000 },
  () => {
    folder.write('job.ts', sumsJob);
    const { stdout, stderr } = spawnSync('unshare', ['-rm', 'bash', '-c', script], {
      env: { ...process.env, MILLRACE_CONFIG: 'none', FOLDER: folder.path() },
      encoding: 'utf8',
      timeout: 200_000,
    });
    expect(stderr).toBe('');
    expect(sorted(stdout.trim().split('\n').map(Number))).toEqual(sumsOf(NUMBERS));
    const told = messagesIn('processes.log').filter(({ kind }) => kind === 'port-failed');
    expect(told.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^\S+ failed: ENOSPC: no space left on device, in \/mnt\/c\/\S+; make room \(of bytes, or of inodes\), and it goes on by itself/,
      ),
    );
    const supervised = messagesIn('cluster.log').map(({ message }) => message);
    expect(supervised).toContainEqual(
      expect.stringMatching(
        /^tm-1 cannot be started: it could not say why: the disk of .*c\/logs is full; it is started again/,
      ),
    );
  },
);

function messagesIn(name: string): readonly LogRecord[] {
  const { stdout } = spawnSync('cat', [folder.path(name)], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => parseLogLine(line) ?? []);
}
