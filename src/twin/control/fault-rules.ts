// Faults of single requests and operations: which request is hit, and how often.
import { chance } from './chance.ts';
import type { RuleFault, RuleKind } from './fault-schema.ts';

export type ActiveRule = RuleFault & { readonly id: string; readonly effectiveAt: number; readonly timesLeft: number };

/** Rules that are not used up, oldest first. */
export class FaultRules {
  readonly #seed: number;
  readonly #rules = new Map<
    string,
    { readonly fault: RuleFault; readonly effectiveAt: number; timesLeft: number; seen: number }
  >();

  constructor(seed: number) {
    this.#seed = seed;
  }

  add(id: string, fault: RuleFault, effectiveAt: number): void {
    this.#rules.set(id, { fault, effectiveAt, timesLeft: fault.times, seen: 0 });
  }

  remove(id: string): boolean {
    return this.#rules.delete(id);
  }

  /** The first rule of a kind that hits this request. It is used up by one. */
  take<Kind extends RuleKind>(
    kind: Kind,
    method: string,
    path: string,
  ): Extract<RuleFault, { readonly fault: Kind }> | undefined {
    for (const [id, rule] of this.#rules) {
      if (rule.fault.fault !== kind || !matches(rule.fault.match, `${method} ${path}`)) continue;
      rule.seen += 1;
      if (chance(this.#seed, `${id}/${rule.seen}`) >= rule.fault.probability) continue;
      rule.timesLeft -= 1;
      if (rule.timesLeft === 0) this.#rules.delete(id);
      return rule.fault as Extract<RuleFault, { readonly fault: Kind }>;
    }
    return undefined;
  }

  active(): readonly ActiveRule[] {
    return [...this.#rules].map(([id, { fault, effectiveAt, timesLeft }]) => ({
      ...fault,
      id,
      effectiveAt,
      timesLeft,
    }));
  }
}

/** True when the pieces between the stars stand in the text in their order. Linear, whatever the pattern. */
function matches(pattern: string, text: string): boolean {
  const haystack = text.toLowerCase();
  let from = 0;
  for (const piece of pattern.toLowerCase().split('*')) {
    const at = haystack.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return true;
}
