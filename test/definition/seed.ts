/** Seed of the random tests. Another one: `SEED=7 npx vitest run`. The names of the tests print it. */
export const SEED = Number(process.env['SEED'] ?? 20_261_121);
