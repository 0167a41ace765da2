import assert from "node:assert/strict"
import { addDevice, setDevice } from "../../../devs/api/device-registry.ts"
import type { Site } from "../../../devs/api/site/site.ts"
import { readSite, writeSite } from "../../../devs/api/site/site-store.ts"
import { deviceStates } from "../../../devs/api/store/device-views.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { describeOnEach } from "../database/support/kinds.ts"
import { bearer, type ClosedWorld, openClosedWorld, sameOrigin } from "../security/closed-world.ts"
import { NOW_S, openWorld, type World } from "../support/world.ts"

const school = { fairPpm: 800, poorPpm: 1400 }
const uba = { fairPpm: 1000, poorPpm: 2000 }
const url = "/api/v1/site"

describe("the site in the API", () => {
    let world: ClosedWorld
    let cookie: string
    beforeEach(async () => {
        world = await openClosedWorld()
        cookie = await world.logIn()
    })
    afterEach(() => world.end())

    const read = async (): Promise<Site> => (await world.as({ cookie }, url)).json()
    const put = async (payload: object, headers: object = { cookie, ...sameOrigin }) => {
        const response = await world.app.inject({ method: "PUT", url, payload, headers: { ...headers } })
        return { status: response.statusCode, ...response.json() }
    }

    it("has defaults and revision 0 before anything is set", async () => {
        const { timeZone, ...site } = await read()
        assert.equal(timeZone, Intl.DateTimeFormat().resolvedOptions().timeZone)
        assert.deepEqual(site, {
            revision: 0,
            name: "",
            language: null,
            limits: uba,
            lessons: { days: [1, 2, 3, 4, 5], hours: [{ from: "08:00", to: "13:00" }] },
            holidays: [],
            rooms: {},
        })
    })

    it("is stored as an admin sends it, and read again with the next revision", async () => {
        const changed: Site = {
            revision: 0,
            name: "Goethe School",
            language: "de",
            timeZone: "Europe/Berlin",
            limits: school,
            lessons: { days: [1, 5], hours: [{ from: "07:45", to: "12:00" }] },
            holidays: [{ from: "2026-12-21", to: "2027-01-08", name: "Christmas" }],
            rooms: { kitchen: { group: "Building A/Floor 1 ", limits: uba }, attic: { group: " / " } },
        }
        const stored = {
            ...changed,
            revision: 1,
            rooms: { kitchen: { group: "Building A / Floor 1", limits: uba }, attic: {} },
        }
        assert.deepEqual(await put(changed), { status: 200, ...stored })
        assert.deepEqual(await read(), stored)
    })

    it("is not changed by who read an earlier revision", async () => {
        const site = await read()
        assert.equal((await put({ ...site, name: "A" })).status, 200)
        const { status, code, message } = await put({ ...site, name: "B" })
        assert.deepEqual([status, code], [409, "SITE_CHANGED"])
        assert.match(message, /has revision 1, and the change is of revision 0/)
        assert.equal((await read()).name, "A")
    })

    it("is changed by admins only, and by no page of another site", async () => {
        const site = await read()
        const codes = [bearer(world.everything), { cookie, "sec-fetch-site": "cross-site" }, {}, bearer(world.token)]
        assert.deepEqual(
            await Promise.all(codes.map(async headers => (await put(site, { ...sameOrigin, ...headers })).code)),
            ["ADMIN_ONLY", "CROSS_SITE", "NOT_LOGGED_IN", "TOKEN_UNKNOWN"],
        )
    })

    it("shows a link for one room no other room", async () => {
        await put({ ...(await read()), rooms: { kitchen: { group: "A" }, attic: { group: "B" } } })
        const rooms = async (token: string) => (await world.as(bearer(token), url)).json().rooms
        assert.deepEqual(await rooms(world.kitchenOnly), { kitchen: { group: "A" } })
        assert.deepEqual(Object.keys(await rooms(world.everything)), ["kitchen", "attic"])
    })

    const wrong: [what: object, message: RegExp][] = [
        [{ limits: { fairPpm: 1400, poorPpm: 800 } }, /^limits: fairPpm 1400 is not below poorPpm 800$/],
        [{ limits: { fairPpm: 399, poorPpm: 800 } }, /^limits\.fairPpm: must be >= 400$/],
        [{ limits: { fairPpm: "800", poorPpm: 1400 } }, /^limits\.fairPpm: must be integer$/],
        [{ limits: { fairPpm: 800 } }, /^limits: poorPpm is missing$/],
        [{ name: null }, /^name: must be string$/],
        [{ language: "pt" }, /^language: must be one of \["en","de"/],
        [{ timeZone: "Europe/Nowhere" }, /^timeZone: "Europe\/Nowhere" is not a time zone/],
        [{ colour: "red" }, /^the document: there is no field "colour"$/],
        [{ revision: undefined }, /^the document: revision is missing$/],
        [{ lessons: { days: [0], hours: [] } }, /^lessons\.days\[0\]: must be >= 1$/],
        [
            { lessons: { days: [1], hours: [{ from: "8:00", to: "13:00" }] } },
            /^lessons\.hours\[0\]\.from: must be a time like 08:00$/,
        ],
        [
            { lessons: { days: [1], hours: [{ from: "13:00", to: "13:00" }] } },
            /^lessons\.hours\[0\]: 13:00 is not before 13:00$/,
        ],
        [
            { holidays: [{ from: "2027-02-29", to: "2027-03-01", name: "" }] },
            /^holidays\[0\]: there is no date 2027-02-29$/,
        ],
        [
            { holidays: [{ from: "2027-03-02", to: "2027-03-01", name: "" }] },
            /^holidays\[0\]: 2027-03-02 is after 2027-03-01$/,
        ],
        [
            { holidays: [{ from: "1 March", to: "2027-03-01", name: "" }] },
            /^holidays\[0\]\.from: must be a date like 2026-12-24$/,
        ],
        [{ rooms: { kitchne: {} } }, /^rooms\.kitchne: there is no device kitchne$/],
        [{ rooms: { "Room 1": {} } }, /^rooms: "Room 1" is not the id of a device$/],
        [
            { rooms: { kitchen: { limits: { fairPpm: 900, poorPpm: 900 } } } },
            /^rooms\.kitchen\.limits: fairPpm 900 is not below/,
        ],
    ]
    it("refuses what cannot be, and names the field", async () => {
        const site = await read()
        for (const [change, expected] of wrong) {
            const { status, code, message } = await put({ ...site, ...change })
            assert.deepEqual([status, code], [422, "SITE_DOCUMENT_INVALID"], message)
            assert.match(message, expected)
        }
        assert.equal((await read()).revision, 0)
    })

    it("is what devices show as their limits and group, in the list and on their own", async () => {
        await put({ ...(await read()), limits: school, rooms: { kitchen: { group: "A", limits: uba } } })
        const { devices } = (await world.as({ cookie }, "/api/v1/devices")).json()
        assert.deepEqual(
            devices.map(({ id, group, limits }: Record<string, unknown>) => [id, group, limits]),
            [
                ["attic", null, school],
                ["kitchen", "A", uba],
            ],
        )
        const { device } = (await world.as({ cookie }, "/api/v1/devices/kitchen")).json()
        assert.deepEqual([device.group, device.limits], ["A", uba])
    })
})

describeOnEach("limits of the site", kind => {
    let world: World
    beforeEach(async () => {
        world = await openWorld(kind)
        await addDevice(world.db, { id: "attic", createdAt: NOW_S })
    })
    afterEach(() => world.end())

    const change = async (change: Partial<Site>) =>
        (await writeSite(world.db, { ...(await readSite(world.db.sql)), ...change }, NOW_S)).devices
    const desired = async (id: string) => {
        const settings = (await deviceStates(world.db.sql, id)).get(id)?.settings
        return settings && [settings.revision, settings.desired]
    }
    const settings = { CO2_FAIR_PPM: 800, CO2_POOR_PPM: 1400 }

    it("become desired settings of every device, revoked ones too, and leave its others", async () => {
        await setDevice(world.db, "attic", { INTERVAL_S: 30 }, NOW_S)
        await revokeDevice(world.db, "attic", NOW_S)
        assert.deepEqual(await change({ limits: school }), ["attic", "kitchen"])
        assert.deepEqual(await desired("attic"), [2, { INTERVAL_S: 30, ...settings }])
        assert.deepEqual(await desired("kitchen"), [1, settings])
    })

    it("of a room concern its device only, and end when they are taken back", async () => {
        assert.deepEqual(await change({ rooms: { kitchen: { limits: school } } }), ["kitchen"])
        assert.deepEqual(await change({ limits: { fairPpm: 900, poorPpm: 1500 } }), ["attic"])
        assert.deepEqual(await change({ rooms: {} }), ["kitchen"])
        assert.deepEqual(await desired("kitchen"), [2, { CO2_FAIR_PPM: 900, CO2_POOR_PPM: 1500 }])
    })

    it("are not written again where nothing changes, or the device desires them already", async () => {
        await setDevice(world.db, "attic", settings, NOW_S)
        assert.deepEqual(await change({ limits: school }), ["kitchen"])
        assert.deepEqual(await change({ name: "Goethe School" }), [])
        assert.deepEqual(await desired("kitchen"), [1, settings])
    })

    it("become settings of a device that is added later, but only where they are not its own anyway", async () => {
        assert.equal(await desired("attic"), null)
        await change({ limits: school, rooms: { attic: { limits: uba } } })
        await addDevice(world.db, { id: "gym", createdAt: NOW_S })
        assert.deepEqual(await desired("gym"), [1, settings])
    })

    it("are all stored, or none with the document, when a device cannot take them", async () => {
        // 12 settings that are on their way: two more do not fit into a response
        const full = { QUIET_FROM_H: 10, QUIET_TO_H: 10, UTC_OFFSET_MIN: -600, SCREEN_ROTATION: 180, SCREEN_INVERT: 1 }
        const more = { NIGHT_FROM_H: 10, NIGHT_TO_H: 10, TONE_REPEAT_MIN: 1440, ASC: 0 }
        await setDevice(world.db, "kitchen", { ...full, ...more }, NOW_S)
        await assert.rejects(change({ limits: school }), { code: "SETTINGS_TOO_LONG", message: /^Kitchen: / })
        assert.equal((await readSite(world.db.sql)).revision, 0)
        assert.equal(await desired("attic"), null)
    })

    it("are changed by one of two who read the same revision at once", async () => {
        const site = await readSite(world.db.sql)
        const both = [1, 2].map(at => writeSite(world.db, { ...site, name: `${at}` }, NOW_S))
        const results = await Promise.allSettled(both)
        assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"])
        assert.equal((await readSite(world.db.sql)).revision, 1)
    })
})
