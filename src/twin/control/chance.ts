import { hash } from 'node:crypto';

const HEX_DIGITS = 8;

/**
 * A number from 0 up to 1 that depends on the seed and the label alone: the same world draws the same values, whatever else happens
 * meanwhile.
 */
export const chance = (seed: number, label: string): number =>
  Number.parseInt(hash('sha256', `${seed}/${label}`, 'hex').slice(0, HEX_DIGITS), 16) / 16 ** HEX_DIGITS;
