/** A small school on a server: a room in each state there is, with alerts, pins and lessons; and browsers of a guest and an admin. */
import { type Browser, type BrowserContext, chromium } from "playwright-core"
import { addAdmin } from "../../../../devs/api/access/admins.ts"
import { addDevice } from "../../../../devs/api/device-registry.ts"
import { storePins } from "../../../../devs/api/pins/device-pins.ts"
import { writeEdgeStatus } from "../../../../devs/api/pins/edge-state.ts"
import { type Serving, serve } from "../../../../devs/api/server.ts"
import { limitPresets } from "../../../../devs/api/site/site.ts"
import { readSite, writeSite } from "../../../../devs/api/site/site-store.ts"
import type { Database } from "../../../../devs/api/store/database.ts"
import { heldBackStatus } from "../../pins/edge-samples.ts"
import { sameOrigin } from "../../security/closed-world.ts"
import { fullStatus } from "../../support/full-status.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "../../support/world.ts"

export const CHROMIUM = "/usr/bin/chromium"
export const PASSWORD = "correct horse battery"
const HOUR_S = 3600

export interface MadeUpSchool {
    world: World
    browser: Browser
    url: string
    guest: BrowserContext
    admin: BrowserContext
    close(): Promise<void>
}

/** Everyone may read. The rooms: 101 is good, 102 fair, kitchen poor, 104 silent, 105 does not measure, 106 has an estimate. */
export async function openMadeUpSchool(): Promise<MadeUpSchool> {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
    const world = await openWorld()
    const serving = await serve({ app: world.app, port: 0 })
    const open = () => browser.newContext({ baseURL: serving.url, locale: "en-GB", serviceWorkers: "block" })
    const [guest, admin] = [await open(), await open()]
    const school = { world, browser, url: serving.url, guest, admin, close: () => close(browser, serving, world) }
    try {
        await fill(world)
        await admin.request.post("log-in", { form: { name: "ada", password: PASSWORD }, headers: sameOrigin })
        return school
    } catch (error) {
        await school.close()
        throw error
    }
}

async function close(browser: Browser, serving: Serving, world: World): Promise<void> {
    await browser.close()
    await serving.close()
    await world.end()
}

async function fill(world: World): Promise<void> {
    const { db, store } = world
    await addAdmin(db, "ada", PASSWORD, NOW_S)
    for (const name of ["101", "102", "104", "105", "106", "Library"])
        await addDevice(db, { id: `room-${name.toLowerCase()}`, name, createdAt: NOW_S - 86_400 })
    const lesson = Array.from({ length: 50 }, (_, minute) => 600 + 22 * minute)
    await store.append("kitchen", co2Batch(1, NOW_S - 3 * HOUR_S, lesson), NOW_S - 2 * HOUR_S)
    await world.post({ boot: "b2", seq: 1, time: NOW_S - 60, step: 60, co2Ppm: [1620], status: fullStatus })
    await store.append("room-101", co2Batch(1, NOW_S - 600, [690, 700, 710]), NOW_S)
    await store.append("room-102", co2Batch(1, NOW_S - 60, [1050]), NOW_S)
    await store.append("room-104", co2Batch(1, NOW_S - 3 * HOUR_S, [1900]), NOW_S - 3 * HOUR_S)
    const unmeasured = { ...co2Batch(1, NOW_S - 60, []), values: [values({ temperatureC: 21 })] }
    await store.append("room-105", unmeasured, NOW_S)
    const estimated = { ...co2Batch(1, NOW_S - 60, []), values: [values({ eco2Ppm: 930, temperatureC: 22 })] }
    await store.append("room-106", estimated, NOW_S)
    const rooms = {
        "room-101": { group: "Main / 1" },
        "room-102": { group: "Main / 1" },
        kitchen: { group: "Main / 2" },
    }
    const lessons = { days: [1, 2, 3, 4, 5], hours: [{ from: "08:00", to: "13:00" }] }
    const holidays = [{ from: "2025-01-17", to: "2025-01-17", name: "Day of the school" }]
    const site = { ...(await readSite(db.sql)), name: "Elm School", timeZone: "UTC", limits: limitPresets.school }
    await writeSite(db, { ...site, lessons, holidays, rooms }, NOW_S)
    await addCare(db)
}

/** What the page of care shows besides devices. */
async function addCare(db: Database): Promise<void> {
    await writeEdgeStatus(db, heldBackStatus(["kitchen", "room-101"], 12))
    const anchor = {
        subject: "CN=Root X1",
        spkiSha256: "22".repeat(32),
        notAfter: "2025-02-04T11:04:38Z",
        role: "issuer",
    }
    await storePins(
        db,
        "kitchen",
        {
            imageFile: "kitchen-0x1000.bin",
            imageSha256: "11".repeat(32),
            board: "M5Stack",
            hosts: ["air.example.org:443"],
            anchors: [anchor],
            bundle: Buffer.from("0001000200030102030405", "hex"),
        },
        NOW_S,
    )
    const alert = { key: "co2:kitchen", kind: "co2" as const, device: null, deviceId: "kitchen", deviceName: "Kitchen" }
    const text = "Kitchen has 1,620 ppm"
    await db.transaction(sql =>
        sql
            .insertInto("alerts")
            .values([
                {
                    ...alert,
                    id: "a1",
                    openKey: alert.key,
                    openedAt: NOW_S - 600,
                    resolvedAt: null,
                    text,
                    details: "{}",
                },
                {
                    ...alert,
                    id: "a2",
                    openKey: null,
                    openedAt: NOW_S - 9000,
                    resolvedAt: NOW_S - 8000,
                    text,
                    details: "{}",
                },
            ])
            .execute(),
    )
}
