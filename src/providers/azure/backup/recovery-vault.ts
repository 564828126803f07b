/** In which Recovery Services vaults, and what they back up, are asked. */
export const VAULT_API_VERSION = '2024-04-01';
