import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { readFleetList } from "../../../devs/fleet/list/read-list.ts"
import { temporaryFolder } from "../../support/airpin.ts"

describe("devs/fleet/list", () => {
    let folder: string
    before(async () => {
        folder = await temporaryFolder()
        await writeFile(path.join(folder, ".env.networks"), "SCHOOL_NET_SSID=School\nSCHOOL_NET_PWD=correct-horse\n", {
            mode: 0o600,
        })
    })

    async function read(name: string, text: string, mode = 0o600) {
        const file = path.join(folder, name)
        await writeFile(file, text, { mode })
        return await readFleetList(file)
    }

    const CSV = `name;board;building;floor;wifi;interval;LANGUAGE

# the north wing
Room 101;m5stack_core;Building A;Floor 1;school net;30;de
Room 102;xiao_esp32c3;Building A;;;;
`
    const YAML = `all:
    building: Building A
    wifi: school net
devices:
    - { name: Room 101, board: m5stack_core, floor: Floor 1, interval: 30, LANGUAGE: de }
    - name: Room 102
      board: xiao_esp32c3
      wifi:
`

    for (const [name, text] of Object.entries({ "rooms.csv": CSV, "rooms.yaml": YAML }))
        it(`reads names, boards, groups, networks and settings of ${name}`, async () => {
            const { devices, warnings } = await read(name, text)
            assert.deepEqual(
                devices.map(({ board, ...device }) => ({ ...device, board: board.id })),
                [
                    {
                        name: "Room 101",
                        board: "m5stack_core",
                        group: "Building A / Floor 1",
                        settings: { INTERVAL_S: "30", LANGUAGE: "de" },
                        wifi: { ssid: "School", passphrase: "correct-horse" },
                    },
                    {
                        name: "Room 102",
                        board: "xiao_esp32c3",
                        group: "Building A",
                        settings: {},
                        ...(name === "rooms.yaml" && { wifi: undefined }),
                    },
                ].map(({ wifi, ...device }) => (wifi ? { ...device, wifi } : device)),
            )
            assert.deepEqual(warnings, [])
        })

    it("names every mistake at once, with its line", async () => {
        const text = [
            "name,board,wifi,interval,colour",
            "Room 1,m5stack,school net,30,",
            "Room 2,m5stack_core,home,4,",
            "Room 1,m5stack_core,,,red",
            ",m5stack_core,,,,surplus",
        ].join("\n")
        const error = await read("wrong.csv", text).then(
            () => assert.fail("it was accepted"),
            error => error,
        )
        assert.equal(error.code, "FLEET_LIST_INVALID")
        const lines: string[] = error.message.split("\n")
        assert.match(
            lines[1]!,
            /^wrong\.csv:2 board: there is no board "m5stack"; there are esp32_devkit, .*\[BOARD_UNKNOWN\]$/,
        )
        assert.match(lines[2]!, /^wrong\.csv:3 interval: INTERVAL_S is "4": .* 5 to 3600.*\[SETTING_INVALID\]$/)
        assert.deepEqual(
            [lines[0], ...lines.slice(3)],
            [
                "7 mistakes:",
                "wrong.csv:3 wifi: no file of networks has HOME_SSID [FLEET_NETWORK_UNKNOWN]",
                "wrong.csv:4 colour: there is no setting colour [FLEET_COLUMN_UNKNOWN]",
                'wrong.csv:4 name: line 2 has the name "Room 1" already [FLEET_NAME_TWICE]',
                "wrong.csv:5 name: it is empty [FLEET_CELL_EMPTY]",
                "wrong.csv:5: the line has more cells than there are columns [FLEET_COLUMN_UNKNOWN]",
            ],
        )
    })

    it("names line and character in YAML, and the code of a single mistake", async () => {
        await assert.rejects(read("wrong.yml", "- name: Room 1\n  board: m5stack_core\n  intervall: 30\n"), {
            code: "FLEET_COLUMN_UNKNOWN",
            message:
                "wrong.yml:3:3 intervall: there is no setting intervall; did you mean INTERVAL_S? [FLEET_COLUMN_UNKNOWN]",
        })
    })

    it("refuses what is not a list, and an empty one", async () => {
        await assert.rejects(read("list.csv", "Room 1,m5stack_core\n"), { code: "FLEET_LIST_UNREADABLE" })
        await assert.rejects(read("list.yaml", "name: [\n"), { code: "FLEET_LIST_UNREADABLE" })
        await assert.rejects(read("list.yaml", "name: Room 1\n"), { code: "FLEET_LIST_UNREADABLE" })
        await assert.rejects(read("list.csv", "name,board\n"), { code: "FLEET_LIST_INVALID" })
    })

    it("warns of passwords in the list, and of a file with them that others can read, and shows none", async () => {
        const { warnings, devices } = await read(
            "open.csv",
            "name,board,WIFI_SSID,WIFI_PWD\nRoom 1,m5stack_core,School,correct-horse\n",
            0o644,
        )
        assert.deepEqual(devices[0]?.wifi, { ssid: "School", passphrase: "correct-horse" })
        assert.deepEqual(
            warnings.map(text => text.replaceAll(folder, "")),
            [
                "open.csv contains Wi-Fi passwords; next: put them into a file of networks, and name it with --networks",
                "others on this computer can read the Wi-Fi passwords in /open.csv; next: chmod 600 /open.csv",
            ],
        )
        await assert.rejects(
            read("short.csv", "name,board,WIFI_SSID,WIFI_PWD\nRoom 1,m5stack_core,School,secret\n"),
            error => {
                assert.ok(!String(error).includes("secret"))
                return true
            },
        )
    })
})
