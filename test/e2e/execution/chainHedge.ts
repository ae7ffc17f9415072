import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hex } from 'viem';
import type { Parts } from '../../../src/app.ts';
import type { SignatureRequest } from '../../../src/execution/model.ts';
import type { HedgePlan } from '../../../src/hedging/model.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { startEvmChain, type ChainFile, type EvmChain } from '../../support/evmChain.ts';

const MARKET = {
  asOf: '2030-11-01T08:00:00.000Z',
  source: 'test',
  underlyings: [
    { underlying: 'ETH', spot: { mark: 3_000 }, volatility: { type: 'flat', vol: 0.7 } },
    { underlying: 'BTC', spot: { mark: 60_000 }, volatility: { type: 'flat', vol: 0.6 } },
  ],
};
const BOOK = {
  ...{ name: 'book', asOf: MARKET.asOf },
  positions: [
    { instrument: 'spot:ETH/USD', quantity: '20' },
    { instrument: 'spot:BTC/USD', quantity: '-0.5' },
  ],
};
const PLAN = {
  targets: [{ underlying: 'ETH' }, { underlying: 'BTC' }],
  instruments: [
    { instrument: 'spot:ETH/USD', lotSize: '0.000001' },
    { instrument: 'spot:BTC/USD', lotSize: '0.000001' },
  ],
  collarBps: 300,
};

type Trader = Awaited<ReturnType<EvmChain['fund']>>;

export interface ChainHedge {
  chain: EvmChain;
  app: TestApp;
  /** A plan that sells 20 ether and buys half a bitcoin. */
  planned(): Promise<{ portfolioId: string; plan: HedgePlan }>;
  /** An account of the trader's address, by its id; proven to be theirs where the key is not handed in. */
  account(trader: Trader, signer: { kind: string; privateKey?: Hex; url?: string }): Promise<string>;
  /** Asks for the execution of a plan, and answers its path. */
  execute(plan: HedgePlan, accountId: string): Promise<string>;
  stop(): Promise<void>;
}

/** Ballast, over HTTP, on a chain of its own, of which the operator's file says what is answered besides. */
export async function startChainHedge(
  configure: (chain: EvmChain) => Promise<Partial<ChainFile>> = () => Promise.resolve({}),
  parts: Parts = {},
): Promise<ChainHedge> {
  const chain = await startEvmChain();
  const folder = await mkdtemp(join(tmpdir(), 'ballast-venues-'));
  const venuesFile = join(folder, 'venues.json');
  await writeFile(venuesFile, JSON.stringify(chain.venuesFile(await configure(chain))));
  const app = await startTestApp(parts, { venuesFile });
  return {
    ...{ chain, app },
    async planned() {
      await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
      const portfolio = await app.api().post('/v1/portfolios').send(BOOK).expect(201);
      const asked = await app.api().post(`/v1/portfolios/${portfolio.body.id}/hedge-plans`).send(PLAN).expect(202);
      const plan = await app.ended<HedgePlan>(`/v1/hedge-plans/${asked.body.id}`);
      return { portfolioId: portfolio.body.id as string, plan };
    },
    async account(trader, signer) {
      const credentials = { venue: 'onchain', chain: 'local', address: trader.address, signer };
      const ask = (proof?: Hex) =>
        app
          .api()
          .post('/v1/venue-accounts')
          .send({ name: 'desk', credentials: { ...credentials, ...(proof && { proof }) } });
      if (signer.kind === 'local') return (await ask().expect(201)).body.id as string;
      const message = textToSign((await ask().expect(422)).body);
      return (await ask(await trader.signMessage({ message })).expect(201)).body.id as string;
    },
    async execute(plan, accountId) {
      const request = { venue: 'onchain', accountId };
      const { body } = await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202);
      return `/v1/executions/${body.id}`;
    },
    async stop() {
      await app.stop();
      chain.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** What the refusal of an account asks its owner to sign. */
export function textToSign({ errors }: { errors: { pointer: string; detail: string }[] }): string {
  const { detail } = errors.find(({ pointer }) => pointer === '/credentials/proof')!;
  return /: (Ballast: .*)$/.exec(detail)![1]!;
}

/** As a wallet signs what it was handed. */
export function signAsAsked(trader: Trader, { payload }: SignatureRequest): Promise<Hex> {
  const { to, data, chainId, nonce, gas, value, maxFeePerGas, maxPriorityFeePerGas } = payload as Record<
    string,
    string
  >;
  return trader.signTransaction({
    ...{ type: 'eip1559', to: to as Hex, data: data as Hex, chainId: Number(chainId), nonce: Number(nonce) },
    ...{ gas: BigInt(gas!), value: BigInt(value!) },
    ...{ maxFeePerGas: BigInt(maxFeePerGas!), maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas!) },
  });
}
