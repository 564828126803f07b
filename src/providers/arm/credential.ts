import type { TokenCredential } from '@azure/core-auth';

/** The audience of Azure Resource Manager in every public region. Never derived from the endpoint, which may be a twin's. */
export const ARM_SCOPE = 'https://management.azure.com/.default';

const TOKEN_LIFETIME_MS = 24 * 3600 * 1000;

/** A token that is known already: a twin's. */
export const fixedToken = (token: string): TokenCredential => ({
  getToken: async () => ({ token, expiresOnTimestamp: Date.now() + TOKEN_LIFETIME_MS }),
});

/** Whoever is signed in: workload identity, managed identity or a developer's tools. The library is heavy and loaded at first use. */
export function signedInIdentity(tenantId: string): TokenCredential {
  let inner: Promise<TokenCredential> | undefined;
  const load = async (): Promise<TokenCredential> => {
    const { DefaultAzureCredential } = await import('@azure/identity');
    return new DefaultAzureCredential(tenantId === '' ? {} : { tenantId });
  };
  return {
    getToken: async (scopes, options) => {
      inner ??= load();
      return (await inner).getToken(scopes, options);
    },
  };
}
