// Corruption that is planted now: what the control plane and the name server answer instead, and where hosts lead meanwhile.
import { randomUUID } from 'node:crypto';
import { type Corruption, type CorruptionOf, describeCorruption, type ValueChange } from '../../../model/corruption.ts';
import { toErrorData } from '../../../model/errors.ts';
import type { Json } from '../../../model/json.ts';
import { Refusal, type Reply, refusalReply } from '../arm-reply.ts';
import type { DataPlane, Effect, Planted } from '../data-plane.ts';
import type { DnsAnswer } from '../dns/dns-answers.ts';
import { changeAt, changeStatus } from './change-value.ts';

export type ActiveCorruption = Corruption & Effect & { readonly id: string; readonly planted: string };

interface Entry {
  readonly active: ActiveCorruption;
  readonly hosts: Planted['hosts'];
  readonly end: Planted['end'];
}

const PREFIX = 'corrupt-';
/** Longer than anybody allows: how long a record counts may be what is judged. */
const TTL_SECONDS = 365 * 24 * 3600;
/** Addresses for documentation (RFC 5737, RFC 3849), and a name that cannot be (RFC 6761): nobody is there. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  A: '192.0.2.1',
  AAAA: '2001:db8::1',
  CNAME: 'corrupted.invalid',
  TXT: 'corrupted',
};

export const isCorruption = (fault: { readonly fault: string }): fault is Corruption => fault.fault.startsWith(PREFIX);

export class Corruptions {
  readonly #plane: Pick<DataPlane, 'doors' | 'hosts'>;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();

  constructor(plane: Pick<DataPlane, 'doors' | 'hosts'>) {
    this.#plane = plane;
  }

  /** Resolves when it is shown. Throws Refusal 409 `NothingToCorrupt` when nothing can be changed so, `CorruptionFailed` when it could not be planted. */
  async start(corruption: Corruption): Promise<ActiveCorruption> {
    const { hosts, planted, end } = await this.#plant(corruption);
    const id = randomUUID();
    const active = { ...corruption, id, planted, effectiveAt: Date.now(), resources: [] };
    this.#entries.set(id, { active, hosts, end });
    return active;
  }

  /** Resolves when nothing of it is left; false when there is none of this id. */
  async end(id: string): Promise<boolean> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    try {
      await entry.end();
    } catch (thrown) {
      throw new Refusal(409, 'CorruptionFailed', `it could not be taken back: ${toErrorData(thrown).message}`);
    }
    this.#entries.delete(id);
    return true;
  }

  active(): readonly ActiveCorruption[] {
    return [...this.#entries.values()].map(({ active }) => active);
  }

  /** Where every host is reached now, corruption included. */
  hosts(): ReturnType<DataPlane['hosts']> {
    return Object.assign({ ...this.#plane.hosts() }, ...[...this.#entries.values()].map(({ hosts }) => hosts));
  }

  /** What a GET of the control plane shows instead of what it would. Everything else is as it is. */
  async shown(method: string, path: string, work: () => Promise<Reply>): Promise<Reply> {
    const hits = method === 'GET' ? this.#of('corrupt-resource').filter((one) => samePath(one.path, path)) : [];
    if (hits.length === 0) return work();
    const reply = await work().catch((thrown: unknown) => {
      if (thrown instanceof Refusal) return refusalReply(thrown);
      throw thrown;
    });
    return hits.reduce(changed, reply);
  }

  /** What the name server says instead of what it would; undefined: nothing is planted there. */
  answer(name: string, type: string): DnsAnswer | undefined {
    const hit = this.#of('corrupt-name').find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (hit === undefined) return undefined;
    const value = hit.change === 'other' && hit.type === type ? ELSEWHERE[type] : undefined;
    if (value === undefined) return { status: 'NXDOMAIN', answers: [], absentFrom: undefined };
    const record = { name, type: type as 'A', ttl: TTL_SECONDS, value };
    return { status: 'NOERROR', answers: [record], absentFrom: undefined };
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#entries.values()].map(({ end }) => end()));
    this.#entries.clear();
  }

  async #plant(corruption: Corruption): Promise<Planted> {
    if (corruption.fault === 'corrupt-resource' || corruption.fault === 'corrupt-name')
      return { hosts: {}, planted: describeCorruption(corruption), end: async () => undefined };
    try {
      return await this.#plane.doors.plant(corruption);
    } catch (thrown) {
      const { code, message } = toErrorData(thrown);
      throw new Refusal(409, code === 'nothing-to-corrupt' ? 'NothingToCorrupt' : 'CorruptionFailed', message);
    }
  }

  #of<Fault extends Corruption['fault']>(fault: Fault): readonly CorruptionOf<Fault>[] {
    return this.active().filter((active) => active.fault === fault) as unknown as readonly CorruptionOf<Fault>[];
  }
}

const changed = (reply: Reply, { parts, change }: CorruptionOf<'corrupt-resource'>): Reply =>
  parts.reduce((shown, part) => changedPart(shown, part.split('.'), change), reply);

function changedPart(reply: Reply, [root, ...below]: readonly string[], change: ValueChange): Reply {
  if (root !== 'status') return { ...reply, body: changeAt((reply.body ?? null) as Json, below, change) };
  const status = changeStatus(reply.status, 'resource');
  return status < 400 ? { ...reply, status, body: {} } : refusalReply(new Refusal(status, 'ResourceNotFound', 'gone'));
}

/** As ARM compares paths: without regard to case; some segments come encoded. */
const samePath = (one: string, other: string) => plain(one) === plain(other);

function plain(path: string): string {
  try {
    return decodeURIComponent(path).toLowerCase();
  } catch {
    return path.toLowerCase();
  }
}
