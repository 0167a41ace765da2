import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { readSite } from "../../../devs/api/site/site-store.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"

describe("airpin site", function () {
    this.timeout(60_000)
    let folder: string
    const site = (...args: string[]) => airpin(["site", ...args, "--db", "readings.db"], folder)
    const write = (name: string, text: string) => writeFile(path.join(folder, name), text)

    beforeEach(async () => {
        folder = await temporaryFolder()
        const db = await openDatabase(path.join(folder, "readings.db"))
        for (const [id, name] of Object.entries({ "room-103": "Room 103", gym: "Gym" }))
            await addDevice(db, { id, name, createdAt: 0 })
        await db.close()
    })

    it("sets limits and rooms, says which devices get other limits, and shows all of it", async () => {
        const limits = await site("limits", "school")
        assert.equal(
            limits.stdout,
            "site      revision 1\nlimits    fair from 800 ppm, poor from 1400 ppm (school)\n" +
                "devices   get other limits with their next post: gym, room-103\n",
        )
        await write("rooms.csv", "room,group,fair,poor\nRoom 103,Building A / Floor 1,,\ngym,Sports,900,1500\n")
        assert.equal((await site("rooms", "rooms.csv")).code, 0)
        const { stdout } = await site("show")
        assert.match(stdout, /^lessons {3}Mon, Tue, Wed, Thu, Fri: 08:00-13:00\nholidays {2}none\nrooms {5}ID {8}NAME/m)
        assert.match(stdout, /^ +gym +Gym +Sports +fair from 900 ppm, poor from 1500 ppm$/m)
        assert.match(stdout, /^ +room-103 +Room 103 +Building A \/ Floor 1$/m)
    })

    it("stores nothing of a file that cannot be, and says which field or line is wrong", async () => {
        await write("site.json", JSON.stringify({ name: "Goethe School", timeZone: "Berlin" }))
        await write("rooms.csv", "gym,Sports\nroom-9,A\n")
        const wrong = [await site("set", "site.json"), await site("rooms", "rooms.csv")]
        assert.deepEqual(
            wrong.map(({ code }) => code),
            [2, 2],
        )
        assert.match(
            wrong[0]!.stderr,
            /timeZone: "Berlin" is not a time zone like Europe\/Berlin \[SITE_DOCUMENT_INVALID\]/,
        )
        assert.match(wrong[1]!.stderr, /line 2: there is no device .*"room-9" \[SITE_ROOMS_INVALID\]/)
        const db = await openDatabase(path.join(folder, "readings.db"))
        assert.equal((await readSite(db.sql)).revision, 0)
        await db.close()
    })
})
