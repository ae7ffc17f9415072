import { describe, expect, it } from 'vitest';
import { sendPrivately, type Relay } from '../../../../src/execution/chains/relays.ts';
import type { Sent } from '../../../../src/execution/chains/rpc.ts';

const relay = (outcome: Sent['outcome']): Relay => ({
  send: async () => (outcome === 'taken' ? { outcome } : { outcome, detail: outcome }),
});
const sent = async (...outcomes: Sent['outcome'][]) => (await sendPrivately(outcomes.map(relay), '0x02')).outcome;

describe('bytes that go to several relays', () => {
  it('are taken as soon as one has them', async () => {
    expect(await sent('refused', 'unknown', 'taken')).toBe('taken');
  });

  it('are in doubt as long as one may have them: no refusal of another gives the nonce back', async () => {
    expect(await sent('refused', 'unknown')).toBe('unknown');
  });

  it('are refused where all refuse', async () => {
    expect(await sent('refused', 'refused')).toBe('refused');
    expect(await sent('refused', 'underpriced')).toBe('underpriced');
  });
});
