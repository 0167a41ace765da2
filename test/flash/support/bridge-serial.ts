/** A serial port of this machine as the one that a page is given when it asks for one. */
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Page } from "playwright-core"
import { SerialPort } from "serialport"

const SCRIPT = fileURLToPath(new URL("bridged-port.js", import.meta.url))

/** Bytes that have come and are not fetched yet; with somebody who waits for them. */
class Inbox {
    #bytes: number[] = []
    #wake: (() => void) | undefined

    put(bytes: Iterable<number>): void {
        this.#bytes.push(...bytes)
        this.#wake?.()
    }

    /** Resolves with all there is as soon as there is any, or with nothing when `wakeUp` is called. */
    async take(): Promise<number[]> {
        if (this.#bytes.length === 0) await new Promise<void>(resolve => (this.#wake = resolve))
        return this.#bytes.splice(0)
    }

    wakeUp(): void {
        this.#wake?.()
    }
}

/** Call it before the page is opened. */
export async function bridgeSerial(page: Page, path: string): Promise<void> {
    let port: SerialPort | undefined
    let inbox = new Inbox()
    await page.exposeFunction("serialOpen", async (baudRate: number) => {
        port = new SerialPort({ path, baudRate, autoOpen: false })
        inbox = new Inbox()
        port.on("data", (bytes: Buffer) => inbox.put(bytes))
        await promisify(port.open.bind(port))()
    })
    await page.exposeFunction("serialRead", () => inbox.take())
    await page.exposeFunction("serialWrite", (bytes: number[]) => port!.write(Buffer.from(bytes)))
    await page.exposeFunction("serialClose", async () => {
        inbox.wakeUp()
        if (port?.isOpen) await promisify(port.close.bind(port))()
    })
    await page.addInitScript({ path: SCRIPT })
}
