/** The faults of `airpin sim`, from its options or a file, and the server that injects them. */
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { readFileBytes } from "../files.ts"
import { faultText, parseFault, parseFaults } from "../sim/faults/fault.ts"
import { FaultyServer } from "../sim/faults/faulty-server.ts"
import { type Fault, kindOf } from "../sim/faults/kinds.ts"
import type { LocalService } from "./local-service.ts"

export interface FaultOptions {
    /** each as `parseFault` reads it */
    fault?: string[]
    /** a JSON5 file, as `parseFaults` reads it */
    faults?: string
    api?: string
    /** a flash image that the device boots from */
    image?: string
}

/**
 * The faults of --fault and --faults.
 *
 * @throws AirpinError FAULT_NEEDS_OWN_API, FAULT_DEVICE_UNKNOWN, and as `parseFault` and `parseFaults`
 */
export async function readFaults(
    { fault = [], faults: file, api, image }: FaultOptions,
    ids: string[],
): Promise<Fault[]> {
    const listed = file ? parseFaults((await readFileBytes(file)).toString(), file) : []
    const faults = [...fault.map(parseFault), ...listed]
    const foreign = api ? "--api" : image ? "--image" : undefined
    for (const fault of faults) checkFault(fault, ids, foreign)
    return faults
}

/**
 * @param foreign the option that names a server outside the simulation, if there is one
 * @throws AirpinError FAULT_NEEDS_OWN_API, FAULT_DEVICE_UNKNOWN
 */
export function checkFault(fault: Fault, ids: string[], foreign?: string): void {
    if (foreign) checkServer(fault, foreign)
    checkDevices(fault, ids)
}

function checkServer(fault: Fault, option: string): void {
    if (!kindOf(fault).ownServer) return
    throw new AirpinError(
        "FAULT_NEEDS_OWN_API",
        `${faultText(fault)}: only the simulator's own server can do this`,
        `leave out ${option} or the fault`,
    )
}

/** @throws AirpinError FAULT_DEVICE_UNKNOWN if the fault names a device that is not among `ids` */
export function checkDevices(fault: Fault, ids: string[]): void {
    const unknown = fault.devices?.filter(id => !ids.includes(id)) ?? []
    if (unknown.length === 0) return
    throw new AirpinError(
        "FAULT_DEVICE_UNKNOWN",
        `${faultText(fault)}: there is no device ${unknown.join(", ")}`,
        `choose among ${ids.join(", ")}`,
    )
}

/**
 * Starts a server that presents the service's certificates and injects faults; keeps the impostor's CA
 * in `directory`.
 */
export async function startFaultyServer(service: LocalService, directory: string): Promise<FaultyServer> {
    const { server, rootPem, intermediatePem } = service.authority
    const impostor = await openOrCreateLocalCa(path.join(directory, "impostor"), {
        rootName: commonName(rootPem),
        intermediateName: commonName(intermediatePem),
    })
    return new FaultyServer({ credentials: server, impostorCredentials: impostor.server, connect: service.connect })
}

function commonName(pem: string): string {
    const [certificate] = parsePem(pem)
    return certificate?.subject.replace(/^CN=/, "") ?? ""
}
