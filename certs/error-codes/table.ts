/**
 * Every error code: its exit status and HTTP status, what happened, and the next step.
 * `airpin errors` prints it. A new code is one row in the file of its area; a row is removed with its last throw.
 */
import { accessErrors } from "./access.ts"
import { acmeErrors } from "./acme.ts"
import { alertErrors } from "./alerts.ts"
import { benchErrors } from "./bench.ts"
import { databaseErrors } from "./database.ts"
import { edgeErrors } from "./edge.ts"
import { flashErrors } from "./flash.ts"
import { fleetErrors } from "./fleet.ts"
import { imageErrors } from "./image.ts"
import { maintenanceErrors } from "./maintenance.ts"
import { operateErrors } from "./operate.ts"
import type { ErrorRow } from "./row.ts"
import { serviceErrors } from "./service.ts"
import { setupErrors } from "./setup.ts"
import { simulationErrors } from "./simulation.ts"
import { siteErrors } from "./site.ts"
import { siteDocumentErrors } from "./site-document.ts"
import { trustErrors } from "./trust.ts"

/** The tables of the areas, in the order of printing. */
export const errorAreas = {
    trust: trustErrors,
    image: imageErrors,
    flash: flashErrors,
    fleet: fleetErrors,
    setup: setupErrors,
    simulation: simulationErrors,
    service: serviceErrors,
    maintenance: maintenanceErrors,
    alerts: alertErrors,
    operate: operateErrors,
    database: databaseErrors,
    access: accessErrors,
    site: siteErrors,
    siteDocument: siteDocumentErrors,
    edge: edgeErrors,
    acme: acmeErrors,
    bench: benchErrors,
}

const errorCodes = {
    ...trustErrors,
    ...imageErrors,
    ...flashErrors,
    ...fleetErrors,
    ...setupErrors,
    ...simulationErrors,
    ...serviceErrors,
    ...maintenanceErrors,
    ...alertErrors,
    ...operateErrors,
    ...databaseErrors,
    ...accessErrors,
    ...siteErrors,
    ...siteDocumentErrors,
    ...edgeErrors,
    ...acmeErrors,
    ...benchErrors,
}

export type ErrorCode = keyof typeof errorCodes

/** What is known about a code. */
export function errorRow(code: ErrorCode): ErrorRow {
    return errorCodes[code]
}

/** True for a text that is an error code. */
export function isErrorCode(text: string): text is ErrorCode {
    return Object.hasOwn(errorCodes, text)
}
