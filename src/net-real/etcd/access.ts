// The files with which a process is let into etcd: certificates, its key, its user. They are read again while it runs, as certificates are renewed and
// passwords changed.
import { readFileSync } from 'node:fs';
import type { EtcdPlace, EtcdTls } from './place.ts';

/** How old what was read may be, for a new connection. */
const KEPT_MS = 60_000;

/** In PEM. `ca` absent: those that Node knows. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Throws a sentence if a file cannot be read that never could. */
export function tlsFilesOf(tls: EtcdTls): () => TlsFiles {
  let kept: { readonly files: TlsFiles; readonly readAt: number } | null = null;
  return () => {
    const now = performance.now();
    if (kept !== null && now - kept.readAt < KEPT_MS) return kept.files;
    try {
      kept = { files: readTlsFiles(tls), readAt: now };
    } catch (error) {
      if (kept === null) throw error; // what is there no longer may be on its way: a new certificate is moved to its place
    }
    return kept.files;
  };
}

function readTlsFiles({ ca, cert, key }: EtcdTls): TlsFiles {
  return {
    ...(ca === null ? {} : { ca: readNamed('ca', ca) }),
    ...(cert === null ? {} : { cert: readNamed('cert', cert) }),
    ...(key === null ? {} : { key: readNamed('key', key) }),
  };
}

export interface Login {
  readonly name: string;
  readonly password: string;
}

/** Throws a sentence, which never has what stands in the file. */
export function readLogin(file: string): Login {
  const [line = ''] = readNamed('login', file).split(/\r?\n/);
  const end = line.indexOf(':');
  if (end <= 0 || end === line.length - 1) throw new Error(`login=${file} holds no line NAME:PASSWORD`);
  return { name: line.slice(0, end), password: line.slice(end + 1) };
}

function readNamed(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${name}=${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Throws a sentence if one of the files of a place cannot be read, or holds something else. */
export function checkAccess({ tls, login }: EtcdPlace): void {
  if (login !== null) readLogin(login);
  const files = tls === null ? {} : readTlsFiles(tls);
  for (const [name, text] of Object.entries(files))
    if (!PEM.test(String(text))) throw new Error(`${name}=${tls?.[name as keyof EtcdTls]} is no file in PEM`);
}

const PEM = /-----BEGIN [A-Z0-9 ]+-----/;
