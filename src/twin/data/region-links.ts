// All links between regions: one settings record per pair, and a link for every standby that streams across it.
import type { LinkChange, LinkSettings } from '../control/data-plane.ts';
import type { World } from '../world/world-schema.ts';
import { type Link, openLink } from './link.ts';

export interface RegionLinks {
  readonly list: () => readonly LinkSettings[];
  readonly change: (between: readonly [string, string], change: LinkChange) => void;
  /**
   * A local port through which `to` reaches a port of `from`. Replaces the one opened before under the same name. It begins without
   * latency, because a sign-in of many round trips is nothing that a world rehearses; `slow` gives it the pair's settings.
   */
  readonly open: (name: string, from: string, to: string, targetPort: number) => Promise<number>;
  readonly slow: (name: string) => void;
  readonly drop: (name: string) => Promise<void>;
  /** A region is gone, or back: its links are cut, or heal unless a fault cut them. */
  readonly lose: (region: string) => void;
  readonly regain: (region: string) => void;
  readonly close: () => Promise<void>;
}

interface Pair {
  readonly between: readonly [string, string];
  latencyMs: number;
  bandwidthKbps: number | null;
  cut: boolean;
}

interface Opened {
  readonly link: Link;
  readonly pair: Pair | undefined;
}

export function createRegionLinks(world: World): RegionLinks {
  const pairs = world.links.map(
    ({ between, latency, bandwidth }): Pair => ({
      between,
      latencyMs: latency,
      bandwidthKbps: bandwidth ?? null,
      cut: false,
    }),
  );
  const opened = new Map<string, Opened>();
  const lost = new Set<string>();
  const pairOf = (a: string, b: string) =>
    pairs.find(({ between }) => between.includes(a) && between.includes(b) && a !== b);
  const isCut = (pair: Pair | undefined) =>
    pair !== undefined && (pair.cut || pair.between.some((region) => lost.has(region)));
  const apply = () => {
    for (const { link, pair } of opened.values()) isCut(pair) ? link.cut() : link.heal();
  };

  async function drop(name: string): Promise<void> {
    await opened.get(name)?.link.close();
    opened.delete(name);
  }

  return {
    list: () =>
      pairs.map(({ between, latencyMs, bandwidthKbps, cut }) => ({
        between: [...between],
        latencyMs,
        bandwidthKbps,
        cut,
      })),
    change: (between, change) => {
      const pair = pairOf(...between);
      if (pair === undefined) throw new RangeError(`expected two linked regions, found ${between.join(' and ')}`);
      pair.latencyMs = change.latencyMs ?? pair.latencyMs;
      pair.bandwidthKbps = change.bandwidthKbps === undefined ? pair.bandwidthKbps : change.bandwidthKbps;
      pair.cut = change.cut ?? pair.cut;
      for (const entry of opened.values())
        if (entry.pair === pair) entry.link.change({ latencyMs: pair.latencyMs, bandwidthKbps: pair.bandwidthKbps });
      apply();
    },
    open: async (name, from, to, targetPort) => {
      await drop(name);
      const pair = pairOf(from, to);
      const link = await openLink({ targetPort, latencyMs: 0, bandwidthKbps: null });
      opened.set(name, { link, pair });
      apply();
      return link.port;
    },
    slow: (name) => {
      const { link, pair } = opened.get(name) ?? {};
      if (pair !== undefined) link?.change({ latencyMs: pair.latencyMs, bandwidthKbps: pair.bandwidthKbps });
    },
    drop,
    lose: (region) => {
      lost.add(region);
      apply();
    },
    regain: (region) => {
      lost.delete(region);
      apply();
    },
    close: async () => {
      await Promise.all([...opened.keys()].map(drop));
    },
  };
}
