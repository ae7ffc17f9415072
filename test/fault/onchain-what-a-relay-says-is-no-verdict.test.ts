import { afterAll, beforeAll, expect, test } from 'vitest';
import { anvilBinary } from '../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../support/evmStage.ts';
import { startRelay, type Relay } from '../venues/relay.ts';

let stage: EvmStage;
let relay: Relay;
beforeAll(async () => {
  if (!anvilBinary()) return;
  stage = await startEvmStage({ replaceAfterMs: 30_000, blockTimeMs: 12_000 });
  relay = await startRelay(stage.anvil.url, 'node');
});
afterAll(async () => {
  await relay?.close();
  await stage?.close();
});

test.skipIf(!anvilBinary())(
  'what Protect says of a late transaction is told, and it is mined all the same',
  async () => {
    const venue = stage.open({ relays: [{ kind: 'protect', url: relay.url, statusUrl: `${relay.url}/tx` }] });
    const trader = await stage.fund({ WETH: 10 });
    const order = stage.order(await stage.account(trader), { quantity: '4', mempool: 'private' });
    const waits = async () => {
      stage.clock.ahead(12_000);
      return venue.lookup(order);
    };
    relay.withholds = true;
    relay.fate = { status: 'FAILED', simError: 'SimErrorExecutionReverted', revertReason: 'Too little received' };
    expect((await venue.submit(order)).reason).toBeNull();
    const said = 'Flashbots Protect says FAILED: SimErrorExecutionReverted, Too little received';
    expect(await waits()).toMatchObject({ status: 'accepted', reason: `Not mined yet; ${said}` });
    relay.fate = { status: 'nonsense' };
    expect(await waits()).toMatchObject({ status: 'accepted', reason: null });
    expect(new Set(relay.taken).size).toBe(1);
    await relay.release();
    expect(await stage.settled(order, venue)).toMatchObject({ status: 'filled', reason: null });
    expect(await stage.held('WETH', trader.address)).toBe(6n * 10n ** 18n);
  },
);
