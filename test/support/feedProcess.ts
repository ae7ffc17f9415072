import { pino } from 'pino';
import { createFeeds } from '../../src/market/feeds/service.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { openDatabase } from '../../src/platform/database.ts';
import { systemIds } from '../../src/platform/ids.ts';
import { silentWake } from './wake.ts';

// A worker with nothing but feeds, to be killed: node feedProcess.ts <database url> <folder of recordings>

const [url, recordings] = process.argv.slice(2);
const clock = systemClock;
const db = openDatabase(url!, () => undefined);
const log = pino({ level: 'silent' });
const onError = (error: unknown) => console.error(error);
createFeeds({ db, clock, ids: systemIds(clock), wake: silentWake, log, recordings, onError }).start();
