/** A rotation of the CA while a fleet runs: some devices hold both anchors in time, the others are flashed later. */
import path from "node:path"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import type { FleetDevicePlan, FleetDeviceResult, FleetRotation } from "../sim/fleet/plan.ts"
import type { LocalService } from "./local-service.ts"
import type { Scenario } from "./scenario.ts"

/** A rotation that is to come. */
export interface PlannedRotation extends FleetRotation {
    /** Lets the server present the new chain. Called once. */
    begin(): void
}

/**
 * Makes the new CA.
 *
 * @param directory of the service
 * @returns undefined if the scenario has no rotation
 * @throws AirpinError SCENARIO_INVALID if it ends before the rotation does
 */
export async function planRotation(
    scenario: Scenario,
    service: LocalService,
    directory: string,
    startMs: number,
): Promise<PlannedRotation | undefined> {
    const { rotation } = scenario
    if (!rotation) return undefined
    if (rotation.restAt >= scenario.for)
        throw new AirpinError(
            "SCENARIO_INVALID",
            "the scenario ends before the rest of its devices have the new anchor",
        )
    const next = await openOrCreateLocalCa(path.join(directory, "next-ca"))
    const old = service.anchors.map(({ certificate }) => certificate)
    return {
        atMs: startMs + 1000 * rotation.at,
        bundle: encodeBundle([...old, ...parsePem(next.rootPem)]),
        begin: () => service.replaceAuthority(next),
    }
}

/** When device number `at` gets the anchors of both chains; nothing without a rotation. */
export function repinOf(
    { rotation, devices }: Scenario,
    at: number,
    startMs: number,
): Pick<FleetDevicePlan, "repinnedMs"> {
    if (!rotation) return {}
    return { repinnedMs: at < rotation.share * devices ? startMs : startMs + 1000 * rotation.restAt }
}

/** What the devices did that the chip's rules forbid: one that trusts the new chain must take it, any other refuse it. */
export function trustDiscrepancies(
    results: FleetDeviceResult[],
    devices: FleetDevicePlan[],
    rotation: FleetRotation | undefined,
): string[] {
    const plans = new Map(devices.map(device => [device.id, device]))
    return results.flatMap(({ id, refusals }) => {
        const { startMs = 0, repinnedMs = Infinity } = plans.get(id) ?? {}
        const mustRefuse = rotation !== undefined && startMs < repinnedMs && rotation.atMs < repinnedMs
        if (mustRefuse === refusals > 0) return []
        return mustRefuse
            ? [`${id}: it holds no anchor of the new chain, and did not refuse it`]
            : [`${id}: it refused a chain that it trusts`]
    })
}
