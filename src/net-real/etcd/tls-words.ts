// Why a connection over TLS does not come about, in words of what the user named.
import { codeOf } from '../disk.ts';
import type { EtcdTls } from './place.ts';

const UNKNOWN_SIGNER = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
];

/** @param tls null: none was asked for. @param isFresh nothing came over this connection before */
export function wordsOfTls(error: Error, tls: EtcdTls | null, isFresh: boolean): string {
  const { message } = error;
  if (tls !== null) {
    const words = wordsOf(error, codeOf(error), tls);
    return words === null ? message : `${words} (${codeOf(error) || message})`;
  }
  return isFresh && message === HUNG_UP ? `${message}; if it speaks TLS, name it etcds://` : message;
}

/** Node's words. A server that wants TLS does so at the first byte of anything else. */
const HUNG_UP = 'socket hang up';

function wordsOf(error: Error, code: string, tls: EtcdTls): string | null {
  if (UNKNOWN_SIGNER.includes(code))
    return tls.ca === null
      ? 'its certificate is signed by nobody that Node knows: name the CA, ?ca=FILE'
      : `its certificate is not signed by the CA in ca=${tls.ca}`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate, or that of its CA, is over: renew it';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate begins later: look at the clocks of both hosts';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is of another host: ${error.message}`;
  if (/wrong version number|packet length too long/.test(error.message)) return 'it speaks no TLS: name it etcd://';
  if (code === 'ECONNRESET' && /before secure TLS/.test(error.message))
    return 'it hung up before TLS began; if it speaks none, name it etcd://';
  if (
    /alert certificate required|alert bad certificate|alert unknown ca|alert certificate (expired|unknown)|alert handshake failure/i.test(
      error.message,
    )
  )
    return tls.cert === null
      ? 'it wants a certificate of its clients: ?cert=FILE&key=FILE'
      : `it refuses the certificate in cert=${tls.cert}`;
  if (/key values mismatch/i.test(error.message)) return `key=${tls.key} is not the key of cert=${tls.cert}`;
  return null;
}
