import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canMove,
  isFinal,
  nextStep,
  TRANSACTION_STATES,
  type AttemptStanding,
  type Fees,
  type Sight,
  type Standing,
  type Step,
} from '../../../src/execution/chains/transactionState.ts';

// A chain that does what it likes with what it was sent, and a worker that follows `nextStep` and may be cut off anywhere. Whatever
// happens, a nonce is spent on one thing, and the state that it ends in says on which.

const NONCE = 7;
const CONFIRMATIONS = 2;
const START = Date.parse('2030-01-01T00:00:00Z');
const VALID_MS = 60_000;
const CAP = 10n ** 12n;

const EVENTS = [
  ...([
    'look',
    'look',
    'look',
    'look',
    'block',
    'block',
    'mine',
    'mine',
    'reorg',
    'forget',
    'foreign',
    'cancel',
    'lag',
  ] as const),
  ...(['wait', 'refuse', 'underprice', 'lose', 'unheard', 'die'] as const),
];
type Event = (typeof EVENTS)[number];

class World {
  now = START;
  head = 100n;
  /** Attempts by hash that the node has. */
  pool = new Set<string>();
  /** All that was ever handed out, which anybody may still mine. */
  out = new Set<string>();
  minedAs: { hash: string; block: bigint; blockHash: string } | undefined;
  foreignAt: bigint | undefined;
  fork = 0;
  /** Whether receipts come from a node that is far behind. */
  lags = false;
  /** What becomes of what is sent: lost on the way there, or its answer on the way back. */
  fate: 'take' | 'refuse' | 'underprice' | 'lose' | 'unheard' = 'take';
  standing: Standing;
  readonly canSign: boolean;

  constructor(canSign: boolean, isPrivate: boolean) {
    this.canSign = canSign;
    const fees = { maxFeePerGas: 2_000n, maxPriorityFeePerGas: 100n };
    this.standing = {
      ...{ state: 'prepared', nonce: NONCE, asked: { sequence: 0, kind: 'call', fees }, attempts: [], mined: null },
      ...{ cancelRequested: false, validUntil: new Date(START + VALID_MS), isPrivate },
    };
  }

  get isSpent(): boolean {
    return this.minedAs !== undefined || this.foreignAt !== undefined;
  }

  sight(): Sight {
    const { minedAs, foreignAt } = this;
    const spentAt = minedAs?.block ?? foreignAt;
    const attempt = this.standing.attempts.find(({ hash }) => hash === minedAs?.hash);
    const depth = this.head - BigInt(CONFIRMATIONS);
    return {
      head: this.head,
      nonce: spentAt === undefined ? NONCE : NONCE + 1,
      isSpentByAnother: foreignAt !== undefined && foreignAt <= depth,
      receipt: minedAs && attempt && !this.lags ? { ...minedAs, kind: attempt.kind, success: true } : null,
      isKnown: this.pool.has(this.standing.attempts.at(-1)?.hash ?? ''),
    };
  }

  step(): Step {
    const bumped = ({ maxFeePerGas, maxPriorityFeePerGas }: Fees) =>
      maxFeePerGas * 2n > CAP
        ? undefined
        : { maxFeePerGas: maxFeePerGas * 2n, maxPriorityFeePerGas: maxPriorityFeePerGas * 2n };
    return nextStep(this.standing, this.sight(), {
      ...{ now: new Date(this.now), confirmations: CONFIRMATIONS, replaceAfterMs: 20_000, resendMs: 3_000 },
      ...{ canSign: this.canSign, bumped },
    });
  }

  change(rest: Partial<Standing>): void {
    this.standing = { ...this.standing, ...rest };
  }

  move(to: Standing['state']): void {
    if (this.standing.state === to) return;
    expect(canMove(this.standing.state, to), `${this.standing.state} to ${to}`).toBe(true);
    this.change({ state: to });
  }

  /** One step as the book takes it; `dies` cuts it off between what is written and what is sent. */
  look(dies = false): boolean {
    const step = this.step();
    const { attempts, asked } = this.standing;
    if (step.do === 'wait') return false;
    if (step.do === 'move') {
      const { minedAs } = this;
      if (step.to === 'mined') this.change({ mined: { hash: minedAs!.hash, blockHash: minedAs!.blockHash } });
      if (step.to === 'reorged') this.change({ mined: null });
      this.move(step.to);
    }
    if (step.do === 'ask') this.change({ asked: step.asked });
    if (step.do === 'abandon') this.move('released');
    if (step.do === 'sign') this.sign(dies);
    if (step.do === 'send') this.send(attempts.at(-1)!, dies);
    return asked !== this.standing.asked || step.do === 'move';
  }

  /** Also as the client does, elsewhere. */
  sign(dies: boolean): void {
    const { asked, attempts, state } = this.standing;
    const last = attempts.at(-1);
    if (last) {
      expect(asked.sequence).toBeGreaterThan(last.sequence);
      expect(asked.fees.maxFeePerGas * 8n).toBeGreaterThanOrEqual(last.fees.maxFeePerGas * 9n); // 12.5 %, or nodes refuse it
    }
    const attempt = {
      ...asked,
      hash: `0x${asked.sequence}`,
      signedAt: new Date(this.now),
      sends: 0,
      refusals: 0,
      sentAt: null,
      outcome: null,
    };
    this.change({ attempts: [...attempts, attempt] });
    if (state === 'prepared' || state === 'awaiting_signature') this.move('signed');
    this.send(attempt, dies);
  }

  send(attempt: AttemptStanding, dies: boolean): void {
    this.update(attempt.hash, (at) => ({ ...at, sends: at.sends + 1, sentAt: new Date(this.now) }));
    if (dies || this.fate === 'lose') return;
    if (this.isSpent) return this.update(attempt.hash, (at) => ({ ...at, outcome: 'nonce_used' }));
    if (this.fate === 'refuse')
      return this.update(attempt.hash, (at) => ({ ...at, outcome: 'refused', refusals: at.refusals + 1 }));
    if (this.fate === 'underprice') return this.update(attempt.hash, (at) => ({ ...at, outcome: 'underpriced' }));
    this.pool.add(attempt.hash);
    this.out.add(attempt.hash);
    if (this.fate === 'unheard') return;
    this.update(attempt.hash, (at) => ({ ...at, outcome: 'taken' }));
    if (['signed', 'dropped', 'reorged'].includes(this.standing.state)) this.move('broadcast');
  }

  update(hash: string, change: (attempt: AttemptStanding) => AttemptStanding): void {
    this.change({ attempts: this.standing.attempts.map((each) => (each.hash === hash ? change(each) : each)) });
  }

  happen(event: Event, pick: number): void {
    const spentAt = this.minedAs?.block ?? this.foreignAt;
    const buried = spentAt !== undefined && this.head - spentAt >= BigInt(CONFIRMATIONS);
    switch (event) {
      case 'look':
        for (let steps = 0; steps < 6 && this.look(); steps++);
        break;
      case 'die':
        this.look(true);
        break;
      case 'block':
        this.head += 1n;
        break;
      case 'mine': {
        const hashes = [...this.out];
        if (this.isSpent || hashes.length === 0) break;
        this.head += 1n;
        const hash = hashes[pick % hashes.length]!;
        this.minedAs = { hash, block: this.head, blockHash: `block ${this.head} of ${this.fork}` };
        this.pool.clear();
        break;
      }
      case 'reorg':
        if (!this.isSpent || buried) break; // nothing that deep is taken back
        this.fork += 1;
        this.minedAs = undefined;
        this.foreignAt = undefined;
        break;
      case 'forget':
        this.pool.clear();
        break;
      case 'foreign':
        if (!this.isSpent && pick % 3 === 0) this.foreignAt = ++this.head;
        break;
      case 'cancel':
        this.change({ cancelRequested: true });
        break;
      case 'lag':
        this.lags = !this.lags;
        break;
      case 'wait':
        this.now += 8_000;
        break;
      default:
        this.fate = event;
    }
  }
}

const happenings = fc.array(fc.record({ event: fc.constantFrom(...EVENTS), pick: fc.nat(20) }), { maxLength: 60 });

describe('a nonce of ours', () => {
  it('is spent once, and its end says on what, whatever the chain does and wherever the worker dies', () => {
    fc.assert(
      fc.property(happenings, fc.boolean(), fc.boolean(), (events, canSign, isPrivate) => {
        const world = new World(canSign, isPrivate);
        for (const { event, pick } of events) {
          if (!canSign && world.standing.state === 'awaiting_signature' && pick % 4 === 0) world.sign(false);
          world.happen(event, pick);
          truthful(world);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('comes to an end once the chain behaves and keys are at hand', () => {
    fc.assert(
      fc.property(happenings, fc.boolean(), (events, isPrivate) => {
        const world = new World(true, isPrivate);
        for (const { event, pick } of events) world.happen(event, pick);
        world.fate = 'take';
        world.lags = false;
        for (let rounds = 0; rounds < 30 && !isFinal(world.standing.state); rounds++) {
          for (const event of ['look', 'mine', 'wait', 'block', 'look'] as const) world.happen(event, rounds);
        }
        expect(isFinal(world.standing.state), world.standing.state).toBe(true);
        truthful(world);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves no final state', () => {
    for (const from of TRANSACTION_STATES.filter(isFinal))
      for (const to of TRANSACTION_STATES) expect(canMove(from, to)).toBe(false);
  });
});

function truthful({ standing, minedAs, out, foreignAt }: World): void {
  const mined = standing.attempts.find(({ hash }) => hash === minedAs?.hash);
  if (standing.state === 'confirmed') {
    expect(mined?.kind).toBe('call');
    expect(standing.mined).toEqual({ hash: minedAs!.hash, blockHash: minedAs!.blockHash });
  }
  if (standing.state === 'canceled') expect(foreignAt !== undefined || mined?.kind === 'cancel').toBe(true);
  // A nonce that goes to another purpose must not be able to be mined for this one.
  if (standing.state === 'released') expect([...out]).toEqual([]);
}
