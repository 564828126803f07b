// While every drill runs, what it sends and what its twin answers is held to Microsoft's own specifications, where there is one.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXEMPTIONS, isExempt } from './official-specs/exemptions.ts';
import { drillNames, type RecordedDrill, recordDrill } from './official-specs/record-drill.ts';
import { type Finding, openValidator } from './official-specs/validator.ts';
import type { KeptExchange } from './twin-proxy.ts';

const SPECS =
  process.env['DRILLMASTER_SPECS'] ?? resolve(import.meta.dirname, '..', '..', '..', 'shared', 'azure', 'specs');
const AT_ONCE = 2;
const MINUTES_8 = 480_000;

/** Everything else is the twin's own, or its sign-in. */
const isOfAzure = (url: string) => /^\/+(subscriptions|providers)\//.test(new URL(url).pathname);

const isThere = existsSync(SPECS);

describe.skipIf(isThere)('the official specifications', () => {
  it.skip(`are not looked at, because there are none in ${SPECS}`, () => undefined);
});

describe.skipIf(!isThere)('the official specifications', () => {
  const recorded: RecordedDrill[] = [];
  const kept: KeptExchange[] = [];
  const findings: Finding[] = [];
  const counts = { exchanges: 0, covered: 0 };
  let judge: Awaited<ReturnType<typeof openValidator>>['judge'];

  beforeAll(async () => {
    const waiting = [...drillNames()];
    const work = async () => {
      for (let drill = waiting.shift(); drill !== undefined; drill = waiting.shift())
        recorded.push(await recordDrill(drill));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const azure = recorded.flatMap((drill) => drill.exchanges).filter(({ url }) => isOfAzure(url));
    kept.push(...azure);
    judge = (await openValidator(SPECS, kept)).judge;
    for (const exchange of kept) {
      const judged = await judge(exchange);
      counts.exchanges += 1;
      if (judged.isCovered) counts.covered += 1;
      findings.push(...judged.findings);
    }
  }, MINUTES_8);

  it('saw every drill pass', () => {
    expect(
      recorded
        .map(({ drill, outcome, said }) => (outcome === 'passed' ? drill : `${drill}: ${outcome} ${said}`))
        .toSorted(),
    ).toEqual(drillNames().toSorted());
  });

  it('notice an answer with another type and a request with an unknown member', async () => {
    const shown = kept.find(({ method, url }) => method === 'GET' && /flexibleServers\/[^/]+\?/.test(url));
    const sent = kept.find(({ method, url }) => method === 'PATCH' && /flexibleServers\/[^/]+\?/.test(url));
    if (shown === undefined || sent === undefined) return expect.fail('no drill showed or changed a server');
    const answer = shown.answer.replace(/"location":"[^"]*"/, '"location":7');
    expect((await judge({ ...shown, answer })).findings.map(({ code }) => code)).toContain('INVALID_TYPE');
    const text = JSON.stringify({ ...(JSON.parse(sent.text) as object), propertys: {} });
    expect((await judge({ ...sent, text })).findings.map(({ code }) => code)).toContain('OBJECT_ADDITIONAL_PROPERTIES');
  });

  it('cover most of what was said', () => {
    expect(counts.covered).toBeGreaterThan(counts.exchanges / 4);
  });

  it('are held to by every request and every answer, but for the exemptions', () => {
    const open = findings.filter((finding) => !isExempt(finding));
    expect(new Set(open.map((finding) => JSON.stringify(finding)))).toEqual(new Set());
  });

  it('need every exemption that is listed', () => {
    expect(EXEMPTIONS.filter((exemption) => !findings.some((finding) => isExempt(finding, [exemption])))).toEqual([]);
  });
});
