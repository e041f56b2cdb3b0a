// Certificates that are made when a test asks for them, by the program `openssl`: no key lies in the repository.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsFiles } from '../../src/net-real/tls-files.ts';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Says why tests that need it are skipped. */
export const WITHOUT_OPENSSL = hasOpenssl ? '' : ' (skipped: there is no program "openssl" here)';

function openssl(folder: string, ...words: readonly string[]): void {
  execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const;

/** `openssl ca` alone takes dates. Everything that it needs is in one folder. */
const CONFIG = `[ca]
default_ca = own
[own]
dir = .
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = optional
organizationName = optional
`;

/** An authority of its own, in a folder of its own. */
export class Authority {
  readonly #folder: string;

  constructor(folder: string, name: string) {
    this.#folder = join(folder, name);
    mkdirSync(this.#folder);
    writeFileSync(join(this.#folder, 'ca.conf'), CONFIG);
    writeFileSync(join(this.#folder, 'index.txt'), '');
    const files = ['-keyout', 'ca.key', '-out', 'ca.pem'];
    openssl(this.#folder, 'req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-days', '2', ...files);
  }

  get pem(): string {
    return join(this.#folder, 'ca.pem');
  }

  get key(): string {
    return join(this.#folder, 'ca.key');
  }

  /** @param days until it is over; below 0: it is */
  issue(
    name: string,
    {
      hosts = 'IP:127.0.0.1',
      days = 1,
      subject = `/CN=${name}`,
      key = newKey,
    }: {
      readonly hosts?: string;
      readonly days?: number;
      readonly subject?: string;
      readonly key?: readonly string[];
    } = {},
  ): TlsFiles {
    const at = (file: string): string => join(this.#folder, file);
    writeFileSync(at(`${name}.ext`), `subjectAltName=${hosts}\n`);
    const request = ['-keyout', `${name}.key`, '-out', `${name}.csr`];
    openssl(this.#folder, 'req', ...key, '-subj', subject, ...request);
    const end = Date.now() + days * DAY_MS;
    const dates = ['-startdate', stamp(end - 2 * DAY_MS), '-enddate', stamp(end)];
    const files = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', `${name}.ext`, '-notext'];
    const authority = ['-config', 'ca.conf', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
    openssl(this.#folder, 'ca', '-batch', ...authority, ...dates, ...files);
    return { cert: at(`${name}.pem`), key: at(`${name}.key`), ca: this.pem };
  }
}

const DAY_MS = 86_400_000;

/** `20261130120000Z` */
function stamp(atMs: number): string {
  return `${new Date(atMs).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
}
