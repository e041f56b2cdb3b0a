// Certificates for a test, made by openssl as it begins; where there is none, tests that need them are skipped with that reason.
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why there can be no certificates; null: they can be made. */
export const noOpenssl: string | null =
  spawnSync('openssl', ['version']).status === 0 ? null : 'there is no program openssl: install openssl';

if (noOpenssl !== null) console.error(`tests of TLS are skipped: ${noOpenssl}`);

/** Files in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  /** Of 127.0.0.1 and localhost, unless it is of others; with its name as CommonName, unless it has another subject. `days` below 0: it is over. */
  sign(name: string, given?: { readonly days?: number; readonly of?: string; readonly subject?: string }): Certificate;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function authority(folder: string, name: string): Authority {
  const at = (file: string): string => join(folder, file);
  const openssl = (...words: readonly string[]): void => void execFileSync('openssl', words, { stdio: 'pipe' });
  const [cert, key] = [at(`${name}.pem`), at(`${name}.key`)];
  openssl('req', '-x509', ...NEW_KEY, '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`);
  return {
    cert,
    key,
    sign(file, { days = 2, of = 'IP:127.0.0.1,DNS:localhost', subject = `/CN=${file}` } = {}) {
      const [signed, own, wanted, names] = ['pem', 'key', 'csr', 'names'].map((end) => at(`${file}.${end}`)) as [
        string,
        string,
        string,
        string,
      ];
      openssl('req', ...NEW_KEY, '-keyout', own, '-out', wanted, '-subj', subject);
      writeFileSync(names, `subjectAltName=${of}`);
      const signer = ['-CA', cert, '-CAkey', key, '-CAcreateserial'];
      openssl('x509', '-req', '-in', wanted, ...signer, '-days', String(days), '-extfile', names, '-out', signed);
      return { cert: signed, key: own };
    },
  };
}
