// The files of TLS: read when a process starts, and when they change (tls-renewal.ts), and checked, so that what is wrong with them is said there and not by
// each peer.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import { codeOf } from './disk.ts';

/** In PEM. */
export interface TlsFiles {
  /** Of this process, and what stands between it and the authority. */
  readonly cert: string;
  readonly key: string;
  /** Authorities of this cluster: whoever has a certificate of theirs may be one of its processes. */
  readonly ca: string;
}

/** What stands in them. */
export type TlsTexts = Readonly<Record<keyof TlsFiles, string>>;

export interface TlsMaterial extends TlsTexts {
  readonly files: TlsFiles;
  /** When the first of its certificates is over. */
  readonly validTo: Date;
}

/** Throws a sentence with the file that is wrong. */
export function readTls(files: TlsFiles, now?: Date): TlsMaterial {
  return checkTls({ cert: read(files.cert), key: read(files.key), ca: read(files.ca) }, files, now);
}

/** Without holding up the process. Rejects with a sentence. */
export async function textsOf({ cert, key, ca }: TlsFiles): Promise<TlsTexts> {
  return { cert: await readSoon(cert), key: await readSoon(key), ca: await readSoon(ca) };
}

/** Throws a sentence with the file that is wrong. */
export function checkTls({ cert, key, ca }: TlsTexts, files: TlsFiles, now: Date = new Date()): TlsMaterial {
  const chain = certificatesIn(cert, files.cert);
  const authorities = certificatesIn(ca, files.ca);
  for (const one of chain) refuseUntimely(one, files.cert, now);
  const own = chain[0] as X509Certificate;
  if (!own.checkPrivateKey(keyIn(key, files.key)))
    throw new Error(`the key ${files.key} does not fit the certificate ${files.cert}`);
  const root = authorities.find((authority) => chain.some((one) => isIssuedBy(one, authority)));
  if (root === undefined || !isChain(chain, root))
    throw new Error(`the certificate ${files.cert} is of no authority in ${files.ca}`);
  refuseUntimely(root, files.ca, now);
  refuseUnusable({ cert, key, ca }, files);
  const ends = [...chain, root].map(({ validToDate }) => validToDate.getTime());
  return { cert, key, ca, files, validTo: new Date(Math.min(...ends)) };
}

/** Throws a sentence: a process is believed under the host that its certificate names, and under no other. */
export function refuseOtherHost({ cert, files }: Pick<TlsMaterial, 'cert' | 'files'>, host: string): void {
  const wrong = checkServerIdentity(host, new X509Certificate(cert).toLegacyObject());
  if (wrong !== undefined)
    throw new Error(
      `the certificate ${files.cert} is not of ${host}, the host under which this process is known (${wrong.message})`,
    );
}

/** As a transport uses them. */
export function contextOf({ cert, key, ca }: TlsTexts) {
  return { cert, key, ca, minVersion: 'TLSv1.3' } as const;
}

/** OpenSSL has rules of its own, as on the length of keys. */
function refuseUnusable(texts: TlsTexts, { cert }: TlsFiles): void {
  try {
    createSecureContext(contextOf(texts));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`TLS does not take the certificate ${cert} with its key: ${code ?? message}`, { cause: error });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw whyUnread(path, error);
  }
}

async function readSoon(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw whyUnread(path, error);
  }
}

function whyUnread(path: string, cause: unknown): Error {
  if (codeOf(cause) === 'ENOENT') return new Error(`there is no file ${path}`, { cause });
  return new Error(`${path} cannot be read: ${(cause as Error).message}`, { cause });
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** At least one. */
function certificatesIn(text: string, path: string): readonly X509Certificate[] {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new Error(`${path} holds no certificate in PEM`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new Error(`${path} holds a damaged certificate: ${(error as Error).message}`, { cause: error });
  }
}

function keyIn(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new Error(`${path} holds no private key in PEM that needs no password: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function refuseUntimely({ validFromDate, validToDate }: X509Certificate, path: string, now: Date): void {
  if (validToDate < now) throw new Error(`the certificate ${path} is over since ${validToDate.toISOString()}`);
  if (validFromDate > now)
    throw new Error(`the certificate ${path} is not valid before ${validFromDate.toISOString()}`);
}

/** Each is issued by the next one, up to one that the authority issued, or that is the authority. */
function isChain(chain: readonly X509Certificate[], root: X509Certificate): boolean {
  const end = chain.findIndex((one) => isIssuedBy(one, root));
  return chain.slice(0, end).every((one, index) => isIssuedBy(one, chain[index + 1] as X509Certificate));
}

function isIssuedBy(one: X509Certificate, authority: X509Certificate): boolean {
  return one.checkIssued(authority) && one.verify(authority.publicKey);
}
