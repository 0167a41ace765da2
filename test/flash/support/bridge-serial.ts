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

    put(bytes: Iterable<number>): void {
        this.#bytes.push(...bytes)
        this.#wake?.()
    }

    /** Resolves with all bytes as soon as there are any, or with none when `wakeUp` is called. */
    async take(): Promise<number[]> {
        if (this.#bytes.length === 0) await new Promise<void>(resolve => (this.#wake = resolve))
        return this.#bytes.splice(0)
    }

    wakeUp(): void {
        this.#wake?.()
    }
}

/** To be called before the page is opened. */
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
