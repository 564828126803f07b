import { describe, expect, it } from 'vitest';
import { DRILL, edited, problemsOf } from './drill-text.ts';

describe('a file with problems of every sort', () => {
  it('tells about misspelt keys and about meaning in one go', () => {
    const text = edited(
      'neds',
      'neds',
      edited(
        'needs: [promote]',
        'neds: [promote]',
        edited('fault/region-outage', 'fault/region-outge', edited('functional', 'functionl')),
      ),
    );
    expect(problemsOf(text)).toEqual([
      'drill.yaml:3:11: expected "tabletop", "walkthrough", "component", "functional" or "full-scale", found "functionl"; did you mean "functional"?',
      'drill.yaml:21:30: expected the name of an action, found "fault/region-outge"; did you mean "fault/region-outage"?',
      'drill.yaml:24:18: expected one of the keys id, title, system, uses, with, needs, timeout or retry, found "neds"; did you mean "needs"?',
    ]);
  });

  it('says nothing more about an entry that it could not read', () => {
    const text = edited(
      'id: promote, title: The replica takes over, uses: azure/postgresql.promote',
      'id: promote, title: The replica takes over',
    );
    expect(problemsOf(text)).toEqual(['drill.yaml:23:5: expected "uses" (a text), found nothing']);
  });

  it('says nothing about meaning when a whole section could not be read', () => {
    const text = `${DRILL.slice(0, DRILL.indexOf('recovery:'))}recovery: none\n`;
    expect(problemsOf(text)).toEqual(['drill.yaml:22:11: expected a list, found "none"']);
  });

  it('takes an empty section for one without entries', () => {
    const text = `${DRILL.slice(0, DRILL.indexOf('restoration:'))}restoration:\n`;
    expect(problemsOf(text)).toEqual([
      'drill.yaml:23:57: expected steps under restoration, because only they bring azure/postgresql.promote back, found none',
      'drill.yaml:28:1: expected "restoration" (a list), found nothing',
    ]);
  });

  it('tells about 10,000 steps in one go', () => {
    const steps = Array.from(
      { length: 10_000 },
      (_, index) => `  - { id: s-${index}, needs: [s-${index + 1}], uses: none/such }\n`,
    );
    const problems = problemsOf(
      `drill: big\ntitle: Big\nexercise: functional\nsystems: [a]\nrecovery:\n${steps.join('')}`,
    );
    expect(problems).toHaveLength(10_001);
  });
});
