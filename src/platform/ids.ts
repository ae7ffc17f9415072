import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Where identifiers and secrets come from; handed in, so that a flow can be replayed. */
export interface Ids {
  /** A UUID version 7 (RFC 9562 §5.7): ids sort in the order of their creation. */
  next(): string;
  random(bytes: number): Buffer;
}

const POOL_BYTES = 4096;

export function systemIds(clock: Clock): Ids {
  let lastMs = 0;
  let sequence = 0;
  let pool = Buffer.alloc(0);
  /** Ids are wanted often and a few bytes at a time: the system is asked for many at once. */
  const draw = (bytes: number): Buffer => {
    if (pool.length < bytes) pool = randomBytes(POOL_BYTES);
    const drawn = pool.subarray(0, bytes);
    pool = pool.subarray(bytes);
    return drawn;
  };
  return {
    random: randomBytes,
    next() {
      const ms = Math.max(clock.now().getTime(), lastMs);
      // RFC 9562 §6.2 method 1: a counter in rand_a keeps ids of one millisecond in order.
      sequence = ms === lastMs ? sequence + 1 : draw(1).readUInt8();
      lastMs = sequence > 0xfff ? ms + 1 : ms;
      if (sequence > 0xfff) sequence = 0;
      return formatUuid7(lastMs, sequence, draw(8));
    },
  };
}

function formatUuid7(ms: number, sequence: number, tail: Buffer): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(ms, 0, 6);
  bytes.writeUInt16BE(0x7000 | sequence, 6);
  tail.copy(bytes, 8);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
