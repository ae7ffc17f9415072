import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  canIntentMove,
  hasIntentEnded,
  INTENT_STATES,
  isIntentOut,
  nextIntentStep,
  type IntentSight,
  type IntentStanding,
  type IntentState,
} from '../../../src/execution/chains/intentState.ts';

// A service that says what it likes, a chain that settles what it may, and a worker that follows `nextIntentStep` and may be cut off anywhere.
// Whatever happens, the state that an order ends in is what the chain has done.

const CONFIRMATIONS = 2;
const VALID_TO = 60;
const EVENTS = [
  ...([
    'look',
    'look',
    'look',
    'block',
    'block',
    'settle',
    'reorg',
    'cancel',
    'time',
    'die',
    'approve',
    'disapprove',
  ] as const),
  ...(['take', 'lose', 'unheard', 'refuse', 'lie', 'silent', 'honest'] as const),
];
type Event = (typeof EVENTS)[number];

class World {
  now = 0;
  head = 100n;
  /** Of the chain: a settlement is possible up to that block time. */
  chainTime: number[] = Array.from({ length: 101 }, () => 0);
  hasIt = false;
  settledAt: { block: bigint; fork: number } | undefined;
  fork = 0;
  fate: 'take' | 'lose' | 'unheard' | 'refuse' = 'take';
  tells: 'honest' | 'lie' | 'silent' = 'honest';
  standing: IntentStanding = {
    ...{ state: 'prepared', approvals: 'pending', sends: 0, refusals: 0, detail: null, sentAt: null, settled: null },
    ...{ validTo: new Date(VALID_TO), cancelRequested: false, cancellation: 'unsigned' },
  };
  readonly canSign: boolean;

  constructor(canSign: boolean) {
    this.canSign = canSign;
  }

  sight(): IntentSight {
    const { settledAt, head, fork } = this;
    const settlement = settledAt
      ? { hash: 'h', block: settledAt.block, blockHash: `${settledAt.block} of ${fork}` }
      : null;
    const depth = Number(head) - CONFIRMATIONS;
    const report = (status: 'open' | 'canceled') => ({
      ...{ status, reason: null, sold: null, bought: null },
      transactions: [],
    });
    const honest = this.hasIt ? report('open') : undefined;
    const told = { honest, lie: this.hasIt ? report('canceled') : undefined, silent: null }[this.tells];
    return { head, settlement, isOver: settlement === null && this.chainTime[depth]! > VALID_TO, told };
  }

  change(rest: Partial<IntentStanding>): void {
    this.standing = { ...this.standing, ...rest };
  }

  move(to: IntentState): void {
    expect(canIntentMove(this.standing.state, to), `${this.standing.state} to ${to}`).toBe(true);
    this.change({ state: to });
  }

  /** One step as the book takes it; `dies` cuts it off between what is written and what is sent. */
  look(dies = false): boolean {
    const sight = this.sight();
    const step = nextIntentStep(this.standing, sight, {
      ...{ now: new Date(this.now), confirmations: CONFIRMATIONS, resendMs: 3, canSign: this.canSign },
    });
    if (step.do === 'wait') return false;
    if (step.do === 'move') {
      if (step.to === 'mined') this.change({ settled: sight.settlement });
      if (step.to === 'open') this.change({ settled: null });
      this.move(step.to);
    }
    if (step.do === 'sign') this.sign(dies);
    if (step.do === 'send') this.send(dies);
    if (step.do === 'sign_cancellation') this.change({ cancellation: 'signed' });
    if (step.do === 'send_cancellation') this.change({ cancellation: 'none' });
    return step.do === 'move';
  }

  sign(dies: boolean): void {
    expect(this.standing).toMatchObject({ approvals: 'done', cancelRequested: false, sends: 0 });
    this.move('signed');
    this.send(dies);
  }

  send(dies: boolean): void {
    const { sends, cancelRequested, state } = this.standing;
    expect(cancelRequested || hasIntentEnded(state)).toBe(false);
    this.change({ sends: sends + 1, sentAt: new Date(this.now) });
    if (dies || this.fate === 'lose') return;
    if (this.fate === 'refuse' && !this.hasIt) return this.change({ refusals: this.standing.refusals + 1 });
    this.hasIt = true;
    if (this.fate === 'take' && state === 'signed') this.move('open');
  }

  happen(event: Event): void {
    if (event === 'look') for (let steps = 0; steps < 6 && this.look(); steps++);
    if (event === 'die') this.look(true);
    if (event === 'cancel') this.change({ cancelRequested: true });
    if (event === 'approve' && this.standing.approvals === 'pending') this.change({ approvals: 'done' });
    if (event === 'disapprove' && this.standing.approvals === 'pending') this.change({ approvals: 'failed' });
    if (event === 'time') this.now += 15;
    if (event === 'block' || event === 'settle') this.mine(event === 'settle');
    const isBuried = this.settledAt && this.head - this.settledAt.block >= BigInt(CONFIRMATIONS);
    if (event === 'reorg' && !isBuried) {
      this.fork += 1;
      this.settledAt = undefined;
    }
    if (event === 'take' || event === 'lose' || event === 'unheard' || event === 'refuse') this.fate = event;
    if (event === 'lie' || event === 'silent' || event === 'honest') this.tells = event;
    // Anybody who has it may settle it; once a block is deep nothing settles it below.
    if (hasIntentEnded(this.standing.state)) this.judge();
  }

  mine(settles: boolean): void {
    this.head += 1n;
    this.chainTime.push(this.now);
    if (settles && this.hasIt && !this.settledAt && this.now <= VALID_TO)
      this.settledAt = { block: this.head, fork: this.fork };
  }

  judge(): void {
    const { state } = this.standing;
    expect(this.settledAt !== undefined, state).toBe(state === 'settled');
    if (state === 'released') expect(this.standing.sends).toBe(0);
    if (state === 'refused') expect(this.hasIt).toBe(false);
  }
}

/** The book takes no signature of what was called off. */
function canClientSign({ standing: { state, cancelRequested } }: World): boolean {
  return state === 'awaiting_signature' && !cancelRequested;
}

it('a signed order is settled, or ended without, as the chain says, and never sent once it was called off', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.constantFrom(...EVENTS), { minLength: 5, maxLength: 80 }),
      (canSign, events) => {
        const world = new World(canSign);
        for (const event of events) {
          world.happen(event);
          if (canClientSign(world) && event === 'take') world.sign(false); // by the client
        }
        // In the end time passes, the service is well, and the chain goes on.
        world.change({ approvals: world.standing.approvals === 'pending' ? 'failed' : world.standing.approvals });
        world.tells = 'honest';
        world.now = Math.max(world.now, VALID_TO + 1);
        for (let i = 0; i < 6; i++) {
          world.happen('block');
          world.happen('look');
        }
        expect(hasIntentEnded(world.standing.state), world.standing.state).toBe(true);
      },
    ),
    { numRuns: 1_500 },
  );
});

it('what has ended has no way on, and what is out has one', () => {
  for (const state of INTENT_STATES) {
    const ways = INTENT_STATES.filter((to) => canIntentMove(state, to));
    expect(ways.length === 0).toBe(hasIntentEnded(state));
    if (isIntentOut(state)) expect(ways).not.toContain('released');
  }
});
