import { AirpinError } from "../../../certs/error.ts"
import { FLOORS_FILE, figuresOf, readCatalogue } from "../../bench/all/catalogue.ts"
import { type Energy, energyOf, type Plan, planFor } from "../../bench/plan.ts"
import { tableText } from "../../display/terminal.ts"
import { command, exitCodes, run } from "../command.ts"
import { wholeNumber } from "../option-values.ts"

const SIZES = [1000, 100_000, 10_000_000]
const BATCHES = [1, 5, 15]
const INTERVALS_S = [60, 300]

/** `airpin bench plan`. */
export const benchPlan = command()
    .name("plan")
    .description("what many devices need, and what one draws: on paper, from recorded and published figures")
    .option("--devices <n>", "number of devices (default: a thousand to ten million)", wholeNumber(1, 1e9))
    .action(
        run(async (terminal, { devices }) => {
            const figures = figuresOf(await readCatalogue(FLOORS_FILE))
            const sizes = devices === undefined ? SIZES : [devices]
            const plans = sizes.flatMap(size =>
                BATCHES.map(batch => {
                    const bytesPerReading = figures.get(`wire.kept.${batch}`)?.recorded
                    if (typeof bytesPerReading !== "number")
                        throw new AirpinError(
                            "FLOORS_INVALID",
                            `the bytes a reading in posts of ${batch} are not recorded`,
                        )
                    return {
                        devices: size,
                        batch,
                        ...planFor({ devices: size, intervalS: 60, batch, bytesPerReading }),
                    }
                }),
            )
            const head = [
                "DEVICES",
                "BATCH",
                "POSTS/S",
                "MBIT/S",
                "API CORES",
                "HANDSHAKES/S",
                "CORES THEN",
                "GB A YEAR",
            ]
            for (const row of tableText([head, ...plans.map(planRow)])) terminal.line("", row)
            const energies = INTERVALS_S.flatMap(intervalS =>
                BATCHES.flatMap(batch =>
                    [false, true].map(lowPower => ({
                        intervalS,
                        batch,
                        lowPower,
                        ...energyOf({ intervalS, batch, lowPower }),
                    })),
                ),
            )
            terminal.blank()
            const energyHead = ["INTERVAL", "BATCH", "SENSOR", "CONNECTED", "POSTS", "SENSOR", "MAH A DAY"]
            for (const row of tableText([energyHead, ...energies.map(energyRow)])) terminal.line("", row)
            terminal.result({ plans, energies })
            return exitCodes.fine
        }),
    )

function planRow(plan: Plan & { devices: number; batch: number }): string[] {
    return [
        plan.devices.toLocaleString("en"),
        `${plan.batch}`,
        rounded(plan.postsPerS),
        rounded(plan.megabitPerS),
        rounded(plan.apiCores),
        rounded(plan.handshakesPerS),
        rounded(plan.handshakeCores),
        rounded(plan.gigabytesPerYear),
    ]
}

function energyRow(energy: Energy & { intervalS: number; batch: number; lowPower: boolean }): string[] {
    const { intervalS, batch, lowPower, connectedMah, postsMah, sensorMah } = energy
    return [
        `${intervalS} s`,
        `${batch}`,
        lowPower ? "low power" : "each 5 s",
        rounded(connectedMah),
        rounded(postsMah),
        rounded(sensorMah),
        rounded(connectedMah + postsMah + sensorMah),
    ]
}

/** Three digits that count. */
function rounded(value: number): string {
    return Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 3 })
}
