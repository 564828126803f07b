import { join } from 'node:path';
import { type Program, startProgram } from '../program.ts';
import type { ShopSettings } from './settings.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

export type Shop = Omit<Program, 'tell'>;

/** Starts a shop as a process of its own; resolves when it listens. Throws DataPlaneError `not-running`. */
export const startShop = (settings: Omit<ShopSettings, 'port'>): Promise<Shop> =>
  startProgram(MAIN, `shop ${settings.shop}`, settings);
