import type { Admin } from './admin.js';
import type { Transport } from './transport.js';

/** Asks through an admin client, which is closed then. */
export async function askAdmin<T>(transport: Pick<Transport, 'admin'>, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = await transport.admin();
  try {
    return await ask(admin);
  } finally {
    await admin.close();
  }
}
