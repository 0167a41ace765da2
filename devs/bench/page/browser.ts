/** Chromium, which shows the pages that are measured. */
import { accessSync, constants, statSync } from "node:fs"
import type { Browser, CDPSession, Page } from "playwright-core"
import { AirpinError } from "../../../certs/error.ts"
import type { Resources } from "../../resources.ts"

/** As Debian's package chromium installs it. */
export const CHROMIUM_FILE = "/usr/bin/chromium"

/** The screen of a wall. */
const viewport = { width: 1920, height: 1080 }

/**
 * @param file the program
 * @throws AirpinError BROWSER_MISSING
 */
export async function startChromium(resources: Resources, file: string): Promise<Browser> {
    if (!isProgram(file)) throw new AirpinError("BROWSER_MISSING", `${file} is not a program.`)
    // a development dependency: an installation that only serves has none
    const { chromium } = await import("playwright-core").catch(cause => {
        throw new AirpinError("BROWSER_MISSING", "The package playwright-core is not installed.", { cause })
    })
    const browser = await chromium.launch({ executablePath: file, args: ["--no-sandbox"] })
    resources.add(() => browser.close())
    return browser
}

function isProgram(file: string): boolean {
    try {
        accessSync(file, constants.X_OK)
        return statSync(file).isFile()
    } catch {
        return false
    }
}

/** A page with an empty cache, and what Chromium counts for it. */
export interface CountedPage {
    page: Page
    session: CDPSession
    close(): Promise<void>
}

/** @param scripts run in the page before its own: JavaScript */
export async function openCounted(browser: Browser, ...scripts: string[]): Promise<CountedPage> {
    const context = await browser.newContext({ locale: "en-GB", viewport })
    for (const content of scripts) await context.addInitScript({ content })
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send("Performance.enable")
    return { page, session, close: () => context.close() }
}

/** CPU time of the page's scripts so far, ms. */
export async function scriptMs({ session }: CountedPage): Promise<number> {
    return 1000 * (await metric(session, "ScriptDuration"))
}

/** What the page keeps after its garbage is collected. */
export interface Kept {
    heapBytes: number
    /** of the document */
    nodes: number
    listeners: number
}

export async function keptBy({ session }: CountedPage): Promise<Kept> {
    await session.send("HeapProfiler.enable")
    // the first collection runs finalizers, which let go of more
    for (let at = 0; at < 2; at++) await session.send("HeapProfiler.collectGarbage")
    await session.send("HeapProfiler.disable")
    return {
        heapBytes: await metric(session, "JSHeapUsedSize"),
        nodes: await metric(session, "Nodes"),
        listeners: await metric(session, "JSEventListeners"),
    }
}

async function metric(session: CDPSession, name: string): Promise<number> {
    const { metrics } = await session.send("Performance.getMetrics")
    return metrics.find(each => each.name === name)?.value ?? Number.NaN
}
