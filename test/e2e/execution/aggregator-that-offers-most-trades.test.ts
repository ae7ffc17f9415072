import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../../support/evmStage.ts';
import { sold, startServers, venueBeside, type PricedServer } from '../../venues/aggregators/evm.ts';
import type { Name } from '../../venues/aggregators/stage.ts';

describe.skipIf(!anvilBinary())('aggregators that compete', () => {
  let stage: EvmStage;
  let snapshot: unknown;
  let servers: PricedServer[] = [];
  beforeAll(async () => {
    stage = await startEvmStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    snapshot = await stage.anvil.rpc('evm_snapshot');
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await stage.anvil.rpc('evm_revert', [snapshot]);
  });

  const beside = async (fees: Partial<Record<Name, number>>, pools: Parameters<typeof venueBeside>[3] = []) => {
    servers = await startServers(stage, fees);
    return venueBeside(stage, servers, Object.keys(fees) as Name[], pools);
  };

  /** 0.05 % is the better pool for so little. */
  it.each(['zeroex', 'velora', 'kyberswap', 'odos', 'oneinch'] as const)(
    '%s trades where it alone prices on the better pool, for what it quoted to the wei',
    async (best) => {
      const others = (['zeroex', 'velora', 'kyberswap', 'odos', 'oneinch'] as const).filter((name) => name !== best);
      const fees = Object.fromEntries([...others.map((name) => [name, 3_000]), [best, 500]]) as Record<Name, number>;
      const { report, decision, received } = await sold(stage, await beside(fees), '5');
      expect(report.status).toBe('filled');
      expect(decision.aggregator).toBe(best);
      expect(decision.refused).toEqual([]);
      expect(decision.quotes).toHaveLength(10); // the whole and the half of each
      expect(decision.expected).toBe(received.toString());
      expect(decision.quotes.map(({ amountOut }) => amountOut)).toContain(received.toString());
    },
  );

  it('one trades a part, and pools of ours the other', async () => {
    const { v2, v3low } = stage.market.pools;
    const pools = [
      { type: 'uniswap_v2', address: v2, feePips: 3_000 },
      { type: 'uniswap_v3', address: v3low },
    ] as const;
    const venue = await beside({ velora: 3_000, odos: 3_000 }, [...pools]);
    const { report, decision, received } = await sold(stage, venue, '200');
    expect(report.status).toBe('filled');
    expect(decision.aggregator).not.toBeNull();
    expect(decision.pools).toHaveLength(2);
    expect(decision.expected).toBe(received.toString());
  });

  it('none trades where a pool of ours is better by itself', async () => {
    const pools = [{ type: 'uniswap_v3', address: stage.market.pools.v3low } as const];
    const { report, decision, received } = await sold(
      stage,
      await beside({ zeroex: 3_000, kyberswap: 3_000 }, pools),
      '1',
    );
    expect(report.status).toBe('filled');
    expect(decision.aggregator).toBeNull();
    expect(decision.expected).toBe(received.toString());
  });
});
