import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anvilBinary } from '../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../support/evmStage.ts';
import { sold, startServers, venueBeside, type PricedServer } from '../venues/aggregators/evm.ts';
import type { Tampering } from '../venues/aggregators/pricing.ts';
import type { ServerFault } from '../venues/aggregators/server.ts';
import { NAMES, OTHER, type Name } from '../venues/aggregators/stage.ts';

// Every aggregator in turn is broken, or lies; whatever it does, the order is filled by the pools, and nothing of its is signed.

type Fault = { does: ServerFault } | { tampering: Tampering };

const FAULTS: [string, Fault, string | Partial<Record<Name, string>>][] = [
  ['does not answer', { does: 'hang' }, 'timeout'],
  ['ends the connection', { does: 'drop' }, 'unavailable'],
  ['asks to be left alone', { does: { status: 429, body: {} } }, 'rate_limited'],
  ['fails', { does: { status: 503, body: {} } }, 'unavailable'],
  ['answers half of it', { does: { status: 200, body: '', raw: '{"data":{' } }, 'malformed'],
  ['answers something else', { does: { status: 200, body: {} } }, 'malformed'],
  [
    'has another contract called',
    { tampering: { target: OTHER } },
    { zeroex: 'target_not_allowed', odos: 'target_not_allowed', oneinch: 'target_not_allowed' },
  ],
  [
    'has another spender approved',
    { tampering: { spender: OTHER } },
    { zeroex: 'spender_not_allowed', velora: 'spender_not_allowed', oneinch: 'spender_not_allowed' },
  ],
  ['has another one paid', { tampering: { recipient: OTHER } }, 'malformed'],
  ['takes more', { tampering: { amountIn: (amount) => amount * 2n } }, 'malformed'],
  ['gives less at least', { tampering: { least: () => 1n } }, 'malformed'],
  [
    'has a price of long ago that was worse',
    { tampering: { promise: (out) => (out * 9n) / 10n } },
    'worse_than_reference',
  ],
];

describe.skipIf(!anvilBinary())('an order beside an aggregator that', () => {
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

  /** The pool of the aggregator is better than ours: were its quote any good, it would trade. */
  const soldBeside = async (name: Name, prepare: (server: PricedServer) => void, deadlineMs?: number) => {
    servers = await startServers(stage, { [name]: 500 });
    prepare(servers[0]!);
    const pools = [{ type: 'uniswap_v2', address: stage.market.pools.v2, feePips: 3_000 } as const];
    return sold(stage, venueBeside(stage, servers, [name], pools, deadlineMs), '5');
  };

  it.each(NAMES)('%s answers as it should: it trades', async (name) => {
    const { decision } = await soldBeside(name, () => undefined);
    expect(decision).toMatchObject({ aggregator: name, refused: [] });
  });

  describe.each(FAULTS)('%s', (_what, fault, codes) => {
    it.each(NAMES.filter((name) => typeof codes === 'string' || codes[name]))('%s: the pool fills it', async (name) => {
      const isSilent = 'does' in fault && fault.does === 'hang';
      const prepare = (server: PricedServer) => {
        if ('does' in fault) server.fault = { on: '', does: fault.does };
        else server.tampering = fault.tampering;
      };
      const { report, decision, received } = await soldBeside(name, prepare, isSilent ? 200 : undefined);
      expect(report.status).toBe('filled');
      expect(decision.aggregator).toBeNull();
      const expected = typeof codes === 'string' ? codes : codes[name];
      expect(decision.refused.map(({ code }) => code)).toEqual([expected, expected]);
      expect(decision.expected).toBe(received.toString());
    });
  });

  it.each(NAMES)(
    '%s promises what its pool no longer gives: its transaction is tried first, and fails',
    async (name) => {
      const { report, decision, received } = await soldBeside(name, (server) => {
        server.tampering = { promise: (out) => (out * 11n) / 10n };
      });
      expect(report.status).toBe('filled');
      expect(decision.aggregator).toBeNull();
      expect(decision.expected).toBe(received.toString());
    },
  );
});
