import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { fakeAction, fakeCatalogue } from './catalogue.ts';
import { edited, problemsOf } from './drill-text.ts';

const look = fakeAction('resource/assert', z.strictObject({ resource: z.string() }), {
  kind: 'check',
  reads: (input) => [input.resource],
});
const problems = (resource: string) =>
  problemsOf(
    edited('restoration:', `  - { id: look, uses: resource/assert, with: { resource: '${resource}' } }\nrestoration:`),
    fakeCatalogue(look),
  );

describe('what a check looks at', () => {
  it.each([
    '${{ resources.replica }}',
    '${{ resources.replica }}/databases/orders',
    '${{ steps.promote.output.server }}',
  ])('may be %s', (resource) => expect(problems(resource)).toEqual([]));

  it.each(['/subscriptions/x/resourceGroups/rg/providers/Microsoft.X/y/z', '${{ resources.replica }}-2', 'nonsense'])(
    'may not be %s, which the drill does not name',
    (resource) => {
      const found = problems(resource);
      expect(found).toHaveLength(1);
      expect(found[0]).toContain("expected the id of one of the drill's resources, found");
    },
  );
});
