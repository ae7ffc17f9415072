import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anvilBinary } from '../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../support/evmStage.ts';
import { startChainNode, type ChainNode, type NodeFault } from '../venues/chainNode.ts';

const SEND = 'eth_sendRawTransaction';
const refusal = (message: string) => ({ body: { error: { code: -32000, message } } });

describe.skipIf(!anvilBinary())('a node that does not say what became of a transaction', () => {
  let stage: EvmStage;
  let node: ChainNode;
  beforeAll(async () => {
    stage = await startEvmStage();
    node = await startChainNode(stage.anvil.url);
  });
  afterAll(async () => {
    await node.close();
    await stage.close();
  });

  const cases: [string, Omit<NodeFault, 'method'>][] = [
    ['drops the connection before it has it', { effect: 'none', answer: 'drop' }],
    ['drops the connection once it has it', { effect: 'done', answer: 'drop' }],
    ['fails before it has it', { effect: 'none', answer: { status: 502, body: 'bad gateway' } }],
    ['fails once it has it', { effect: 'done', answer: { status: 503, body: 'overloaded' } }],
    ['answers what cannot be read, once it has it', { effect: 'done', answer: { body: '{"jsonrpc":' } }],
    ['says that it has it already', { effect: 'done', answer: refusal('already known') }],
    [
      'has a fault of its own, once it has it',
      { effect: 'done', answer: { body: { error: { code: -32603, message: 'internal' } } } },
    ],
    [
      'sends too many away',
      { effect: 'none', answer: { body: { error: { code: -32005, message: 'limit exceeded' } } } },
    ],
  ];

  it.each(cases)('%s: the same bytes go again, and are mined once', async (_, fault) => {
    const venue = stage.open({ rpcUrl: node.url });
    const trader = await stage.fund({ WETH: 10 });
    const order = stage.order(await stage.account(trader), { quantity: '4' });
    node.fail({ ...fault, method: SEND }); // the approval
    const report = await venue.submit(order);
    node.fail({ ...fault, method: SEND }); // the swap, where it was not sent yet
    expect(report.fills).toEqual([]);
    await venue.lookup(order);
    node.heal();
    expect((await stage.settled(order, venue)).status).toBe('filled');
    expect(await stage.held('WETH', trader.address)).toBe(6n * 10n ** 18n);
    expect(await stage.anvil.public.getTransactionCount({ address: trader.address })).toBe(2);
  });

  it('asks for more where the fee is too low, on the same nonce', async () => {
    const venue = stage.open({ rpcUrl: node.url });
    const trader = await stage.fund({ WETH: 10 });
    const order = stage.order(await stage.account(trader), { quantity: '4' });
    node.fail({ method: SEND, effect: 'none', answer: refusal('transaction underpriced'), times: 2 });
    await venue.submit(order);
    expect((await stage.settled(order, venue)).status).toBe('filled');
    expect(await stage.anvil.public.getTransactionCount({ address: trader.address })).toBe(2);
  });

  it('gives the nonces back where the node has refused for good, and the next order has them', async () => {
    const venue = stage.open({ rpcUrl: node.url });
    const trader = await stage.fund({ WETH: 10 });
    const account = await stage.account(trader);
    const order = stage.order(account, { quantity: '4' });
    node.fail({ method: SEND, effect: 'none', answer: refusal('insufficient funds for gas * price + value') });
    await venue.submit(order);
    const report = await stage.settled(order, venue);
    expect(report).toMatchObject({ status: 'rejected', reason: expect.stringMatching(/insufficient funds/) });
    const next = stage.order(account, { quantity: '4' });
    await venue.submit(next);
    expect((await stage.settled(next, venue)).status).toBe('filled');
    expect(await stage.anvil.public.getTransactionCount({ address: trader.address })).toBe(2);
  });

  it('writes nothing down while it cannot read the chain, and takes the order afterwards', async () => {
    const venue = stage.open({ rpcUrl: node.url });
    const trader = await stage.fund({ WETH: 10 });
    const order = stage.order(await stage.account(trader), { quantity: '4' });
    for (const method of ['eth_call', 'eth_simulateV1', 'eth_feeHistory', 'eth_getBlockByNumber']) {
      node.fail({ method, effect: 'none', answer: 'drop', times: 50 });
      await expect(venue.submit(order)).rejects.toThrow(method);
      expect(await venue.lookup(order)).toBeUndefined();
      node.heal();
    }
    await venue.submit(order);
    expect((await stage.settled(order, venue)).status).toBe('filled');
  });
});
