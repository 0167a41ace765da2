/** A pseudo-terminal made by Python's `pty`: a serial port without hardware. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import type { Readable } from "node:stream"
import { fileURLToPath } from "node:url"

const SCRIPT = fileURLToPath(new URL("pseudo-terminal.py", import.meta.url))
/** baud rate (LE32) and length (LE16) */
const HEADER_BYTES = 6

/** Path of the interpreter itself, because `python3` may be a script that searches for it each time. */
const python = spawnSync("python3", ["-c", "import pty, sys; print(sys.executable)"], { encoding: "utf8" })

/** False if there is no Python, or one without `pty`. */
export const hasPseudoTerminals = python.status === 0

/** Receives what a program writes to the terminal, and its baud rate. */
export type Listen = (bytes: Buffer, baud: number) => void

export class PseudoTerminal {
    /** path of the end that a program opens */
    readonly path: string
    readonly #child: ChildProcess

    private constructor(path: string, child: ChildProcess) {
        this.path = path
        this.#child = child
    }

    static async open(listen: Listen): Promise<PseudoTerminal> {
        const child = spawn(python.stdout.trim(), ["-ES", SCRIPT], { stdio: ["pipe", "pipe", "inherit"] })
        child.stdin.on("error", () => undefined) // a write may race with the hang-up
        const path = await readLine(child.stdout)
        splitChunks(child.stdout, listen)
        return new PseudoTerminal(path, child)
    }

    send(bytes: Uint8Array): void {
        if (this.#child.stdin?.writable) this.#child.stdin.write(bytes)
    }

    /** Makes the program's open port disappear, as if it were unplugged. */
    async hangUp(): Promise<void> {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
        const gone = once(this.#child, "exit")
        this.#child.kill("SIGKILL")
        await gone
    }

    /** Stops reading what the program writes. */
    stall(): void {
        this.#child.kill("SIGSTOP")
    }
}

async function readLine(stream: Readable): Promise<string> {
    let text = ""
    while (!text.endsWith("\n")) {
        await once(stream, "readable")
        let byte: Buffer | null // byte by byte, so that what follows the line stays in the stream
        while (!text.endsWith("\n") && (byte = stream.read(1)) !== null) text += byte.toString()
    }
    return text.trim()
}

function splitChunks(stream: Readable, listen: Listen): void {
    let waiting = Buffer.alloc(0)
    stream.on("data", (data: Buffer) => {
        waiting = Buffer.concat([waiting, data])
        while (waiting.length >= HEADER_BYTES) {
            const end = HEADER_BYTES + waiting.readUInt16LE(4)
            if (waiting.length < end) break
            listen(waiting.subarray(HEADER_BYTES, end), waiting.readUInt32LE(0))
            waiting = waiting.subarray(end)
        }
    })
}
