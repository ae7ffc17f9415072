import { lockSending } from '../../../src/execution/controlStore.ts';
import { openDatabase } from '../../../src/platform/database.ts';
import type { TestApp } from '../../support/app.ts';

/** While nobody of the only tenant may send, what is to be judged gathers: it is judged together afterwards. */
export async function whileNothingIsSent({ config }: TestApp, work: () => Promise<void>): Promise<void> {
  const database = openDatabase(config.databaseUrl!, () => undefined);
  try {
    await database.system(async (tx) => {
      const [tenant] = await tx.query<{ id: string }>('SELECT id FROM tenant');
      await lockSending(tx, tenant!.id);
      await work();
    });
  } finally {
    await database.close();
  }
}
