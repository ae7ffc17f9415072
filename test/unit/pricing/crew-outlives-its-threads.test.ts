import { afterEach, describe, expect, it } from 'vitest';
import { openCrew, type Crew } from '../../../src/pricing/crew.ts';
import { openKernel } from '../../../src/quant/kernel/kernel.ts';
import { OUTPUT_COLUMNS } from '../../../src/quant/pricing/black.ts';
import { differences, randomColumns } from '../quant/kernel/randomColumns.ts';

let crew: Crew;
afterEach(() => crew.close());

const worn = new URL('./wornCrewWorker.ts', import.meta.url);
const GOOD = 3_000;

const message = (error: unknown): string => (error as Error).message;

function deadly(spot: number, count: number): Float64Array {
  const input = randomColumns(count, 1);
  input[count - 1] = spot;
  return input;
}

async function expectGoodAnswer(): Promise<void> {
  const input = randomColumns(GOOD, 5);
  const want = new Float64Array(OUTPUT_COLUMNS.length * GOOD);
  openKernel().europeans(input, want, GOOD);
  expect(differences((await crew.europeans(input, GOOD)).output, want)).toBe(0);
}

describe.each([1, 2])('%i threads', (threads) => {
  it.each([
    ['throws', 666, 'worn out'],
    ['exits', 667, 'A pricing thread has ended with 3'],
  ])('a thread that %s fails its call and is replaced', async (_how, spot, why) => {
    crew = openCrew({ threads, entry: worn });
    expect(await crew.europeans(deadly(spot, 50), 50).catch(message)).toBe(why);
    await expectGoodAnswer();
  });

  it('calls beside the one that fails are answered, whatever waits behind it', async () => {
    crew = openCrew({ threads, entry: worn });
    const calls = Array.from({ length: 120 }, (_, i) =>
      i % 40 === 20
        ? crew.europeans(deadly(i % 80 === 20 ? 666 : 667, 9_000), 9_000).then(() => 'answered', message)
        : expectGoodAnswer().then(() => 'good', message),
    );
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === 'good')).toHaveLength(117);
    expect(outcomes.filter((outcome) => outcome === 'worn out')).toHaveLength(2);
    expect(outcomes[60]).toBe('A pricing thread has ended with 3');
  }, 20_000);
});

it('threads that never come to work fail the calls, those that come later too', async () => {
  crew = openCrew({ threads: 2, entry: new URL('./absentCrewWorker.ts', import.meta.url) });
  const input = randomColumns(5, 1);
  expect(await crew.europeans(input, 5).catch(message)).toBe('overslept');
  expect(await crew.europeans(input, 5).catch(message)).toBe('overslept');
});
