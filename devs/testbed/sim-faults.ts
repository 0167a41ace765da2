/** The faults of `airpin sim`: asked for in words or in a file, played with the simulation's own service. */
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { readFileBytes } from "../files.ts"
import { type Fault, faultText, parseFault, parseFaults } from "../sim/faults/fault.ts"
import { FaultyServer } from "../sim/faults/faulty-server.ts"
import { findKind } from "../sim/faults/kinds.ts"
import type { LocalService } from "./local-service.ts"

export interface FaultOptions {
    /** in words, each as `parseFault` reads them */
    fault?: string[]
    /** a file of them */
    faults?: string
    api?: string
    /** a flash image that the device boots from */
    image?: string
}

/**
 * What --fault and --faults ask for.
 *
 * @throws AirpinError FAULT_NEEDS_OWN_API, FAULT_DEVICE_UNKNOWN, and as `parseFault` and `parseFaults`
 */
export async function readFaults(
    { fault = [], faults: file, api, image }: FaultOptions,
    ids: string[],
): Promise<Fault[]> {
    const listed = file ? parseFaults((await readFileBytes(file)).toString(), file) : []
    const faults = [...fault.map(parseFault), ...listed]
    for (const fault of faults) {
        if (api || image) checkPlayable(fault, api ? "--api" : "--image")
        checkDevices(fault, ids)
    }
    return faults
}

function checkPlayable(fault: Fault, option: string): void {
    if (!findKind(fault.kind)!.ownServer) return
    throw new AirpinError(
        "FAULT_NEEDS_OWN_API",
        `${faultText(fault)}: only the simulator's own server can do this`,
        `leave out ${option}, or the fault`,
    )
}

/** @throws AirpinError FAULT_DEVICE_UNKNOWN when it names a device that is not among `ids` */
export function checkDevices(fault: Fault, ids: string[]): void {
    const strange = fault.devices?.filter(id => !ids.includes(id)) ?? []
    if (strange.length === 0) return
    throw new AirpinError(
        "FAULT_DEVICE_UNKNOWN",
        `${faultText(fault)}: there is no device ${strange.join(", ")}`,
        `there are: ${ids.join(", ")}`,
    )
}

/** The server that plays faults in the service's name; the stranger's CA is kept in `directory`. */
export async function startFaultyServer(service: LocalService, directory: string): Promise<FaultyServer> {
    const { server, rootPem, intermediatePem } = service.authority
    const impostor = await openOrCreateLocalCa(path.join(directory, "impostor"), {
        rootName: commonName(rootPem),
        intermediateName: commonName(intermediatePem),
    })
    return new FaultyServer({ credentials: server, impostorCredentials: impostor.server, connect: service.connect })
}

function commonName(pem: string): string {
    return parsePem(pem)[0]!.subject.replace(/^CN=/, "")
}
