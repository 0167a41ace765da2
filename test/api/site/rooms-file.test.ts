import assert from "node:assert/strict"
import { parseRooms, type RoomLine, roomOfLine } from "../../../devs/api/site/rooms-file.ts"

describe("a file of rooms", () => {
    const lines: [what: string, text: string, expected: RoomLine[]][] = [
        [
            "has a room and its group on each line",
            "room-103,Building A / Floor 1\ngym,\n",
            [
                { line: 1, room: "room-103", group: "Building A / Floor 1", limits: undefined },
                { line: 2, room: "gym", group: "", limits: undefined },
            ],
        ],
        [
            "may come from a spreadsheet: semicolons, a line of names, quotes and empty lines",
            '\ufeffRoom;Group;Fair;Poor\r\n\r\n"room-103"; "A; left" ;800;1400\r\ngym;B;;\r\n',
            [
                { line: 3, room: "room-103", group: "A; left", limits: { fairPpm: 800, poorPpm: 1400 } },
                { line: 4, room: "gym", group: "B", limits: null },
            ],
        ],
    ]
    for (const [what, text, expected] of lines) it(what, () => assert.deepEqual(parseRooms(text), expected))

    const wrong: [text: string, message: string][] = [
        ["room-103,A\n,B", "line 2: it names no room"],
        ["room-103,A,800", 'line 1: "800" and "" are not two numbers of ppm'],
        ["room-103,A,800,high", 'line 1: "800" and "high" are not two numbers of ppm'],
        ["room-103,A,,1400", 'line 1: "" and "1400" are not two numbers of ppm'],
        ["room-103,A,800,1400,x", "line 1: it has more than room, group, fair and poor"],
    ]
    for (const [text, message] of wrong)
        it(`is refused: ${message}`, () =>
            assert.throws(() => parseRooms(text), { code: "SITE_ROOMS_INVALID", message }))

    it("with broken quotes is refused with the number of the line", () => {
        assert.throws(() => parseRooms('room-103,A\ngym,"B'), { code: "SITE_ROOMS_INVALID", message: /line \d/ })
    })

    it("leaves limits alone unless it has columns for them", () => {
        const limits = { fairPpm: 800, poorPpm: 1400 }
        const [two, empty] = [parseRooms("gym,A"), parseRooms("gym,A,,")].flat()
        assert.deepEqual(roomOfLine(two!, { group: "B", limits }), { group: "A", limits })
        assert.deepEqual(roomOfLine(empty!, { group: "B", limits }), { group: "A" })
    })
})
