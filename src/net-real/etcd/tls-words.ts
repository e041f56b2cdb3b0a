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

/** How far a connection was: its handshake is not over; it is, and nothing was answered yet; something was. */
export type Phase = 'begins' | 'fresh' | 'used';

/** @param tls null: none was asked for */
export function wordsOfTls(error: Error, tls: EtcdTls | null, phase: Phase): string {
  const { message } = error;
  const code = codeOf(error) || message;
  const words = tls === null ? wordsOfPlain(error, phase) : wordsOf(error, tls, phase);
  return words === null ? message : `${words} (${code})`;
}

/** A server that wants TLS hangs up at the first byte of anything else. */
function wordsOfPlain({ message }: Error, phase: Phase): string | null {
  return phase !== 'used' && message === HUNG_UP ? `${message}; if it speaks TLS, name it etcds://` : null;
}

/** Node's words. */
const HUNG_UP = 'socket hang up';

function isHungUp(error: Error): boolean {
  return error.message === HUNG_UP || ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

function wordsOf(error: Error, tls: EtcdTls, phase: Phase): string | null {
  const code = codeOf(error);
  if (UNKNOWN_SIGNER.includes(code))
    return tls.ca === null
      ? 'its certificate is signed by nobody that Node knows: name the CA, ?ca=FILE'
      : `its certificate is not signed by the CA in ca=${tls.ca}`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate, or that of its CA, is over: renew it';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate begins later: look at the clocks of both hosts';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is of another host: ${error.message}`;
  if (/wrong version number|packet length too long/.test(error.message)) return 'it speaks no TLS: name it etcd://';
  if (phase === 'begins' && isHungUp(error)) return 'it hung up before TLS began; if it speaks none, name it etcd://';
  if (
    /alert certificate required|alert bad certificate|alert unknown ca|alert certificate (expired|unknown)|alert handshake failure/i.test(
      error.message,
    )
  )
    return tls.cert === null
      ? 'it wants a certificate of its clients: ?cert=FILE&key=FILE'
      : `it refuses the certificate in cert=${tls.cert}`;
  // Its alert is lost if it closed the connection before it read what was sent.
  if (phase === 'fresh' && isHungUp(error))
    return tls.cert === null
      ? 'it hung up behind the handshake of TLS; if it wants a certificate of its clients: ?cert=FILE&key=FILE'
      : `it hung up behind the handshake of TLS, as if it refused the certificate in cert=${tls.cert}`;
  if (/key values mismatch/i.test(error.message)) return `key=${tls.key} is not the key of cert=${tls.cert}`;
  return null;
}
