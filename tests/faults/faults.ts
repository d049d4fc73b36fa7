import { brokerFaults } from './faults-of-broker.ts'
import { databaseFaults } from './faults-of-database.ts'
import { gatewayFaults } from './faults-of-gateways.ts'
import { linkFaults } from './faults-of-links.ts'
import type { FaultKind } from './scene.ts'

export const allFaults: readonly FaultKind[] = [...gatewayFaults, ...brokerFaults, ...databaseFaults, ...linkFaults]
