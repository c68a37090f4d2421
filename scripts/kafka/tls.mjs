import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../run.mjs';

/** A self-signed certificate for 127.0.0.1: `ca` for clients, `keystore` (PKCS#8 key, then certificate) for the broker. */
export async function makeCertificate(folder) {
  const key = path.join(folder, 'key.pem');
  const ca = path.join(folder, 'ca.pem');
  const keystore = path.join(folder, 'keystore.pem');
  await run(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      ca,
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
      '-addext',
      'subjectAltName=IP:127.0.0.1,DNS:localhost',
    ],
    { remedy: 'install openssl' },
  );
  await writeFile(keystore, (await readFile(key, 'utf8')) + (await readFile(ca, 'utf8')));
  return { ca, keystore };
}
