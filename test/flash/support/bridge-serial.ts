/** Lets a page that requests a serial port use one of this machine. */
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Page } from "playwright-core"
import { SerialPort } from "serialport"

const SCRIPT = fileURLToPath(new URL("bridged-port.js", import.meta.url))

/** Received bytes that the page has not read yet. */
class Inbox {
    #bytes: number[] = []
    #wake: (() => void) | undefined
    /** the port has gone */
    isLost = false

    put(bytes: Iterable<number>): void {
        this.#bytes.push(...bytes)
        this.#wake?.()
    }

    /** Resolves with all bytes as soon as there are any, with none when `wakeUp` is called, with null if the port is lost. */
    async take(): Promise<number[] | null> {
        if (this.#bytes.length === 0 && !this.isLost) await new Promise<void>(resolve => (this.#wake = resolve))
        return this.isLost ? null : this.#bytes.splice(0)
    }

    wakeUp(): void {
        this.#wake?.()
    }
}

/**
 * To be called before the page is opened.
 *
 * @param choose the path of the port that the user chooses; called each time the page requests one
 */
export async function bridgeSerial(page: Page, choose: () => string): Promise<void> {
    let path = ""
    /** by number; one that was lost is another one than what is plugged in again */
    const ports: { port: SerialPort; inbox: Inbox }[] = []
    await page.exposeFunction("serialChoose", () => {
        path = choose()
    })
    await page.exposeFunction("serialOpen", async (baudRate: number) => {
        const port = new SerialPort({ path, baudRate, autoOpen: false })
        const inbox = new Inbox()
        port.on("data", (bytes: Buffer) => inbox.put(bytes))
        port.on("error", () => undefined) // the write fails too
        port.on("close", (reason: Error | null) => {
            inbox.isLost = reason !== null
            inbox.wakeUp()
        })
        await promisify(port.open.bind(port))()
        return ports.push({ port, inbox }) - 1
    })
    await page.exposeFunction("serialRead", (at: number) => ports[at]!.inbox.take())
    await page.exposeFunction("serialWrite", (at: number, bytes: number[]) => ports[at]!.port.write(Buffer.from(bytes)))
    await page.exposeFunction("serialClose", async (at: number) => {
        const { port, inbox } = ports[at]!
        inbox.wakeUp()
        if (port.isOpen) await promisify(port.close.bind(port))()
    })
    await page.addInitScript({ path: SCRIPT })
}
