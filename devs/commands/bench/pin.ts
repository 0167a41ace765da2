import { type BundleCost, measureBundles } from "../../bench/pin.ts"
import { tableText } from "../../display/terminal.ts"
import { type Command, command, exitCodes, run } from "../command.ts"

export const benchPin = command()
    .name("pin")
    .description("time to make a bundle, beside Python's cryptography where it is installed")
    .action(run(terminal => measurePin({}, terminal)))

/** `airpin bench pin`: times PEM to bundle in airpin and in Python's cryptography, and compares the bytes. */
const measurePin: Command<object> = async (_options, terminal) => {
    const results = await measureBundles(name => terminal.progress(`${name} …`))
    const head = [
        "BUNDLE OF",
        "CERTIFICATES",
        "BYTES",
        "AIRPIN FIRST",
        "AIRPIN",
        "PYTHON FIRST",
        "PYTHON",
        "SAME BYTES",
    ]
    for (const line of tableText([head, ...results.map(rowOf)])) terminal.line("", line)
    terminal.result(results)
    return exitCodes.fine
}

function rowOf({ name, certificates, sizeBytes, airpin, python }: BundleCost) {
    const msText = (ms: number) => `${ms.toFixed(1)} ms`
    const pythonCells = python ? [msText(python.firstMs), msText(python.medianMs)] : ["not installed", "not installed"]
    const same = python ? (python.sha256 === airpin.sha256 ? "yes" : "NO") : ""
    return [
        name,
        String(certificates),
        String(sizeBytes),
        msText(airpin.firstMs),
        msText(airpin.medianMs),
        ...pythonCells,
        same,
    ]
}
