import { expect, it } from 'vitest';
import { decided } from '../../../src/monitors/decision.ts';
import { createRecord, type RecordDeps } from '../../../src/monitors/record.ts';
import type { Watched } from '../../../src/monitors/store.ts';
import type { Tx } from '../../../src/platform/database.ts';

const NOW = new Date('2026-11-24T00:00:00Z');

/** A record over a database that answers every statement with the monitor, and tells when its transaction ends. */
function recordOf(): { record: ReturnType<typeof createRecord>; ended: string[] } {
  const ended: string[] = [];
  const tx = { query: async () => [{ id: 'monitor' }], flush: () => undefined } as unknown as Tx;
  const deps = {
    db: {
      tenant: (_tenantId: string, work: (tx: Tx) => Promise<unknown>) =>
        work(tx).then(
          (result) => (ended.push('committed'), result),
          (error: unknown) => {
            ended.push('undone');
            throw error;
          },
        ),
    },
    ...{ clock: { now: () => NOW }, ids: { next: () => 'id' }, wake: { call: () => undefined } },
    hedging: { keep: async () => undefined },
    executions: { begin: async () => new Map() },
  };
  return { record: createRecord(deps as unknown as RecordDeps, 'owner'), ended };
}

function beginning(held: Promise<unknown>) {
  const row = { id: 'monitor', tenant_id: 'tenant', fence: '1', request: { execution: {} } } as unknown as Watched;
  const decision = decided('triggered', NOW, [], { marketSnapshotId: null, portfolioVersion: 1 });
  return { row, decision, held, proposal: { result: { orders: [], reasons: [] } }, prepared: { id: 'execution' } };
}

type Beginning = Parameters<ReturnType<typeof createRecord>['begin']>[0];
const turns = () => new Promise((resolve) => setTimeout(resolve, 20));

it('waits for the lock on an execution before it is there for others to see', async () => {
  const { record, ended } = recordOf();
  let hold!: () => void;
  const begun = record.begin(beginning(new Promise<void>((held) => (hold = held))) as unknown as Beginning);
  await turns();
  expect(ended).toEqual([]);
  hold();
  await begun;
  expect(ended).toEqual(['committed']);
});

it('writes nothing of an execution that could not be held', async () => {
  const { record, ended } = recordOf();
  const held = Promise.reject(new Error('the session of locks is gone'));
  held.catch(() => undefined);
  await expect(record.begin(beginning(held) as unknown as Beginning)).rejects.toThrow('the session of locks is gone');
  expect(ended).toEqual(['undone']);
});
