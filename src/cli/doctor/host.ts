// The host: versions, the clock, ports.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '../../core/base/stack-lines.ts';
import { parseEndpoint } from '../../net-real/endpoint.ts';
import { isPackage, readManifest } from '../../layout.ts';
import { fail, ok, warn, type Finding } from './check.ts';

export function checkVersions(node = process.versions.node): Finding {
  const { version } = readManifest();
  const says = `millrace ${version}${isPackage ? '' : ' (a checkout)'}, Node ${node}, ${process.platform} ${process.arch}`;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isOld = major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor);
  return isOld ? fail('versions', says, `install Node ${OLDEST.major}.${OLDEST.minor} or newer`) : ok('versions', says);
}

const OLDEST = { major: 22, minor: 18 }; // as the package says

export const SKEW_MS = 2_000; // file systems round times

/** @param folder on the disk of the cluster, whose server may have a clock of its own */
export function checkClock(folder: string, now: () => number = Date.now): Finding {
  const probe = mkdtempSync(join(folder, '.doctor-'));
  try {
    const file = join(probe, 'clock');
    const before = now();
    writeFileSync(file, '');
    const skew = statSync(file).mtimeMs - before;
    const says = `${new Date(before).toISOString()}, ${Math.abs(skew) < SKEW_MS ? 'the same as' : `${(skew / 1_000).toFixed(1)} s apart from`} that of the file system`;
    if (before < BUILT_AT) return fail('clock', `${says}: it is in the past`, 'set the clock, and keep it with NTP');
    return Math.abs(skew) < SKEW_MS
      ? ok('clock', says)
      : warn(
          'clock',
          says,
          'jobs of the past are kept by wall time, and logs are merged by it: keep the clocks of all hosts with NTP',
        );
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

const BUILT_AT = Date.UTC(2025, 0, 1); // nothing of this can have run before

/** Whether a process could listen there. @param isOurs a process of this cluster may be the one that does */
export async function checkPort(about: string, address: string, isOurs: boolean): Promise<Finding> {
  const endpoint = parseEndpoint(address);
  if (!endpoint.ok) return fail(about, endpoint.reason, 'name it as HOST:PORT, as in 127.0.0.1:6123');
  const { host, port } = endpoint.value;
  const mistake = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const server = createServer().once('error', resolve);
    server.listen({ host, port }, () => server.close(() => resolve(null)));
  });
  if (mistake === null) return ok(about, port === 0 ? `${host}: any port is free` : `${address} is free`);
  if (mistake.code === 'EADDRINUSE' && isOurs)
    return ok(about, `${address} is taken, by a process of this cluster it seems`);
  if (mistake.code === 'EADDRINUSE')
    return warn(about, `${address} is taken`, `find who has it (ss -ltnp 'sport = :${port}'), or take another port`);
  return fail(
    about,
    `${address}: ${messageOf(mistake)}`,
    'name an address of this host, as ip addr lists them, or 127.0.0.1, which only this host reaches',
  );
}
