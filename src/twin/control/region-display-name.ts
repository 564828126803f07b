// How Azure writes the names of its regions where it shows them to people.

const DISPLAY_NAMES: Readonly<Record<string, string>> = {
  australiaeast: 'Australia East',
  canadacentral: 'Canada Central',
  centralus: 'Central US',
  eastus: 'East US',
  eastus2: 'East US 2',
  francecentral: 'France Central',
  germanywestcentral: 'Germany West Central',
  italynorth: 'Italy North',
  northcentralus: 'North Central US',
  northeurope: 'North Europe',
  norwayeast: 'Norway East',
  polandcentral: 'Poland Central',
  southcentralus: 'South Central US',
  spaincentral: 'Spain Central',
  swedencentral: 'Sweden Central',
  switzerlandnorth: 'Switzerland North',
  uksouth: 'UK South',
  ukwest: 'UK West',
  westeurope: 'West Europe',
  westus: 'West US',
  westus2: 'West US 2',
  westus3: 'West US 3',
};

/** `westeurope` → `West Europe`; a region that is not known here keeps its name. */
export const regionDisplayName = (region: string): string => DISPLAY_NAMES[region] ?? region;

/** `West Europe` → `westeurope`. */
export const regionName = (shown: string): string => shown.replaceAll(' ', '').toLowerCase();
