/** The trial's result as text. */
import { tableText } from "../../../devs/display/terminal.ts"
import type { TrialResult } from "./run-trial.ts"

/** @param title of what was tried: "nginx, certbot" */
export function resultText(title: string, result: TrialResult): string {
    const { account, days, handshakes, frontDays, maxHandshakes, faults } = result
    const rows = result.changes.map(each => [
        each.change,
        String(each.exit),
        each.serves,
        each.days.toFixed(1),
        String(each.handshakes),
    ])
    const { taken, stored, missing, wrong, lost } = account
    return [
        title,
        ...tableText([["change", "exit", "serves afterwards", "device-days", "handshakes"], ...rows]),
        `readings    ${taken} taken, ${stored} stored, ${missing} missing, ${wrong} wrong or twice, ${lost} lost`,
        `handshakes  ${handshakes} in ${days.toFixed(1)} device-days, ${frontDays} days of the front's clock; allowed are ${maxHandshakes}`,
        ...(faults.length === 0 ? ["as it must be"] : faults.map(fault => `WRONG       ${fault}`)),
        "",
    ].join("\n")
}
