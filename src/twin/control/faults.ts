// Faults of the world: what is active, how it began, and how it is ended.
import { randomUUID } from 'node:crypto';
import { toErrorData } from '../../model/errors.ts';
import { parseResourceId, sameResource } from '../../model/resource-id.ts';
import { servicePlaces } from '../world/service-places.ts';
import type { World } from '../world/world-schema.ts';
import { Refusal } from './arm-reply.ts';
import { type Corruptions, isCorruption } from './corruption/corruptions.ts';
import type { DataPlane, Effect, LinkSettings, ReleaseDamage } from './data-plane.ts';
import type { FaultRules } from './fault-rules.ts';
import type { Fault } from './fault-schema.ts';
import type { RegionReturn } from './region-return.ts';
import type { ServerRecords } from './server-records.ts';

type ActiveFault = Effect & { readonly id: string; readonly fault: string };
type Outage = Extract<Fault, { readonly fault: 'region-outage' }>;
type ReleaseFault = Extract<Fault, { readonly fault: 'faulty-release' }>;
type LinkFault = Extract<Fault, { readonly fault: 'link' }>;

interface Parts {
  readonly world: World;
  readonly plane: DataPlane;
  readonly rules: FaultRules;
  readonly servers: ServerRecords;
  readonly regionReturn: RegionReturn;
  readonly corruptions: Corruptions;
}

export class Faults {
  readonly #parts: Parts;
  readonly #startedAt = Date.now();
  /** When a region came back last. */
  readonly #returned = new Map<string, number>();
  readonly #outages = new Map<string, ActiveFault & Outage>();
  readonly #links = new Map<string, ActiveFault & LinkFault & { readonly before: LinkSettings }>();

  /** By the name of the server. */
  readonly #releases = new Map<string, ActiveFault & ReleaseFault>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Starts a fault; resolves when it has taken effect. Throws Refusal 404 for an unknown region, server or link, 409 when it is active already. */
  async start(fault: Fault): Promise<ActiveFault> {
    if (fault.fault === 'region-outage') return this.#outage(fault);
    if (fault.fault === 'faulty-release') return this.#release(fault);
    if (fault.fault === 'link') return this.#link(fault);
    if (isCorruption(fault)) return this.#parts.corruptions.start(fault);
    const started = { id: randomUUID(), effectiveAt: Date.now() };
    this.#parts.rules.add(started.id, fault, started.effectiveAt);
    return { ...started, fault: fault.fault, resources: [] };
  }

  active(): readonly object[] {
    const { corruptions, rules } = this.#parts;
    const links = [...this.#links.values()].map(({ before: _, ...fault }) => fault);
    const releases = [...this.#releases].map(([name, fault]) => ({
      ...fault,
      ...this.#parts.plane.releases.damage(name),
    }));
    return [...this.#outages.values(), ...releases, ...links, ...corruptions.active(), ...rules.active()];
  }

  /** Resolves when the region is up; what must be copied anew goes on behind. Throws Refusal 404 when it is not out. */
  async endOutage(region: string): Promise<void> {
    const outage = this.#outages.get(region);
    if (outage === undefined) throw new Refusal(404, 'FaultNotFound', `expected a region that is out, found ${region}`);
    this.#outages.delete(region);
    try {
      await this.#parts.regionReturn(region);
      this.#returned.set(region, Date.now());
    } catch (error) {
      this.#outages.set(region, outage);
      throw error;
    }
  }

  /** Since when a region is up or down, in epoch ms. */
  since(region: string): number {
    return this.#outages.get(region)?.effectiveAt ?? this.#returned.get(region) ?? this.#startedAt;
  }

  /** Resolves with what it did, when it is stopped and its damage is put right. Throws Refusal 404 when there is none, 409 when that failed. */
  async endRelease(server: string): Promise<ReleaseDamage & { readonly stoppedAt: number }> {
    const name = [...this.#releases.keys()].find((known) => sameResource(known, server));
    if (name === undefined)
      throw new Refusal(404, 'FaultNotFound', `expected a server that a faulty release damages, found ${server}`);
    const stopped = await orRefused(name, () => this.#parts.plane.releases.stop(name));
    this.#releases.delete(name);
    return stopped;
  }

  /** Throws Refusal 404 when there is no such fault. */
  async end(id: string): Promise<void> {
    const release = [...this.#releases].find(([, active]) => active.id === id);
    if (release !== undefined) return void (await this.endRelease(release[0]));
    const outage = [...this.#outages.values()].find((active) => active.id === id);
    if (outage !== undefined) return this.endOutage(outage.region);
    const link = this.#links.get(id);
    if (link !== undefined) {
      this.#links.delete(id);
      const { latencyMs, bandwidthKbps, cut } = link.before;
      return this.#parts.plane.links.change(link.between, { latencyMs, bandwidthKbps, cut });
    }
    if (!(await this.#parts.corruptions.end(id)) && !this.#parts.rules.remove(id))
      throw new Refusal(404, 'FaultNotFound', `expected the id of an active fault, found ${id}`);
  }

  async #outage(fault: Outage): Promise<ActiveFault> {
    const { world, plane } = this.#parts;
    if (!world.regions.includes(fault.region))
      throw new Refusal(
        404,
        'RegionNotFound',
        `expected a region of this world (${world.regions.join(', ')}), found ${fault.region}`,
      );
    if (this.#outages.has(fault.region))
      throw new Refusal(409, 'FaultIsActive', `expected a region that is up, found ${fault.region} out`);
    const id = randomUUID();
    const active = { ...fault, id, effectiveAt: Date.now(), resources: [] };
    this.#outages.set(fault.region, active);
    try {
      const taken = await plane.regions.outage(fault.region);
      const declared = servicePlaces(world)
        .filter(({ region }) => region === fault.region)
        .map(({ id }) => ({ id, means: 'declared lost: no process stands behind it' }));
      const effective = { ...active, ...taken, resources: [...taken.resources, ...declared] };
      this.#outages.set(fault.region, effective);
      return effective;
    } catch (error) {
      this.#outages.delete(fault.region);
      throw error;
    }
  }

  async #release(fault: ReleaseFault): Promise<ActiveFault> {
    const { plane, servers } = this.#parts;
    const asked = parseResourceId(fault.server);
    const { name, role } = servers.get(asked?.group ?? '', asked?.name ?? fault.server);
    if (role !== 'Primary') throw new Refusal(400, 'InvalidServerRole', `expected a Primary, found ${name} as ${role}`);
    if (this.#releases.has(name))
      throw new Refusal(409, 'FaultIsActive', `expected a server that no faulty release damages, found ${name}`);
    const active = { ...fault, id: randomUUID(), effectiveAt: Date.now(), resources: [] };
    this.#releases.set(name, active);
    try {
      const { effectiveAt } = await orRefused(name, () => plane.releases.start(name));
      const effective = { ...active, effectiveAt, resources: [{ id: fault.server, means: 'rows are damaged' }] };
      this.#releases.set(name, effective);
      return effective;
    } catch (error) {
      this.#releases.delete(name);
      throw error;
    }
  }

  #link(fault: LinkFault): ActiveFault {
    const { plane } = this.#parts;
    const before = plane.links.list().find(({ between }) => fault.between.every((region) => between.includes(region)));
    if (before === undefined || fault.between[0] === fault.between[1])
      throw new Refusal(404, 'LinkNotFound', `expected two linked regions, found ${fault.between.join(' and ')}`);
    plane.links.change(fault.between, fault);
    const active = { ...fault, id: randomUUID(), effectiveAt: Date.now(), resources: [] };
    this.#links.set(active.id, { ...active, before });
    return active;
  }
}

/** What the data plane could not do, as a refusal that says why. */
async function orRefused<T>(server: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw new Refusal(409, 'ReleaseFailed', `the release at ${server}: ${toErrorData(thrown).message}`);
  }
}
