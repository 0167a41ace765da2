import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { airpin, BIN, temporaryFolder } from "../support/airpin.ts"

const PASSWORD = "correct horse battery"

describe("airpin admin and airpin link", function () {
    this.timeout(60_000)
    let folder: string

    before(async () => {
        folder = await temporaryFolder()
        const { code, stderr } = await airpin(["device", "add", "kitchen"], folder)
        assert.equal(code, 0, stderr)
    })

    const run = (args: string[], input?: string) => airpin(args, folder, BIN, input)

    it("add an admin with a password from stdin, and list it", async () => {
        const { code, stdout, stderr } = await run(["admin", "add", "ada"], `${PASSWORD}\n`)
        assert.deepEqual([code, stdout, stderr], [0, "admin     ada can log in at /log-in\n", ""])
        assert.match((await run(["admin", "list"])).stdout, /^ +NAME +ADDED +PASSWORD SET\n +ada +\S+ +\S+\n$/)
    })

    it("ask for the password at a terminal, twice, and show nothing of it", async function () {
        if (!existsSync("/usr/bin/script")) return this.skip()
        const shown = await typed(`${process.execPath} ${BIN} admin add bob`, [PASSWORD, PASSWORD])
        assert.equal(shown, "password: \r\nthe same again: \r\nadmin     bob can log in at /log-in\r\n")
        const differs = await typed(`${process.execPath} ${BIN} admin password bob`, [PASSWORD, "something else"])
        assert.match(differs, /\[PASSWORDS_DIFFER\]/)
    })

    /** What a terminal shows when these lines are typed, each once the program has asked for it. */
    function typed(command: string, lines: string[]): Promise<string> {
        const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], {
            cwd: folder,
            env: { ...process.env, NO_COLOR: "1" },
        })
        return new Promise(resolve => {
            let shown = ""
            child.stdout.on("data", data => {
                shown += data
                if (/(password|again): $/.test(shown)) child.stdin.write(`${lines.shift()}\r`)
            })
            child.once("close", () => resolve(shown))
        })
    }

    for (const [what, args, input, code, error] of [
        ["a short password", ["admin", "add", "eve"], "short\n", 2, "PASSWORD_UNSUITABLE"],
        ["no password", ["admin", "add", "eve"], "", 2, "PASSWORD_UNSUITABLE"],
        ["a name that is one already", ["admin", "add", "ada"], `${PASSWORD}\n`, 1, "ADMIN_EXISTS"],
        ["a name that could be an option", ["admin", "add", "--", "-x"], `${PASSWORD}\n`, 2, "ADMIN_NAME_INVALID"],
        ["an unknown admin", ["admin", "password", "eve"], `${PASSWORD}\n`, 1, "ADMIN_UNKNOWN"],
        ["an unknown admin to delete", ["admin", "delete", "eve"], "", 1, "ADMIN_UNKNOWN"],
        ["a link for an unknown device", ["link", "add", "cook", "--device", "attic"], "", 1, "DEVICE_UNKNOWN"],
        ["a link that nobody has", ["link", "revoke", "cook"], "", 1, "LINK_UNKNOWN"],
        ["a link without a name", ["link", "add", ""], "", 2, "LINK_NAME_INVALID"],
    ] as const)
        it(`refuse ${what}: ${error}`, async () => {
            const outcome = await run([...args], input)
            assert.equal(outcome.code, code, outcome.stderr)
            assert.match(outcome.stderr, new RegExp(`\\[${error}\\]\\nnext `))
            assert.ok(!outcome.stderr.includes("short\n") && !outcome.stderr.includes(PASSWORD))
        })

    it("delete an admin only when that is confirmed", async () => {
        assert.equal((await run(["admin", "add", "zoe"], PASSWORD)).code, 0)
        const asked = await run(["admin", "delete", "zoe"], "")
        assert.equal(asked.code, 1)
        assert.match(
            asked.stderr,
            /nobody confirmed to delete the admin zoe for ever \[CONFIRMATION_NEEDED\]\nnext .*--yes/,
        )
        assert.match((await run(["admin", "list"])).stdout, /zoe/)
        const { code, stdout } = await run(["admin", "delete", "zoe", "--yes"])
        assert.deepEqual([code, stdout], [0, "deleted   zoe cannot log in any more\n"])
        assert.doesNotMatch((await run(["admin", "list"])).stdout, /zoe/)
    })

    it("change an admin's password", async () => {
        const { code, stdout, stderr } = await run(["admin", "password", "ada"], `${PASSWORD} staple\n`)
        assert.deepEqual([code, stderr], [0, ""])
        assert.equal(stdout, "password  set; whoever was logged in as ada has to log in again\n")
    })

    it("make, list and revoke links", async () => {
        const made = await run([
            "link",
            "add",
            "cook",
            "--device",
            "kitchen",
            "--days",
            "3",
            "--url",
            "https://air.example.org/",
        ])
        assert.match(
            made.stdout,
            /^link +https:\/\/air\.example\.org\/v\/link_[\w-]{32} {2}\(shown only once\)\n +shows kitchen, for 3 days, until: airpin link revoke cook\ntools +send Authorization: Bearer link_[\w-]{32}\n$/,
        )
        assert.match((await run(["link", "add", "cook"])).stderr, /\[LINK_EXISTS\]/)
        await run(["device", "rename", "kitchen", "Room 103"])
        const byName = await run(["link", "add", "Class 3b", "--device", "Room 103"])
        assert.match(byName.stdout, /\n +shows kitchen, until: airpin link revoke 'Class 3b'\n/)
        assert.equal((await run(["link", "revoke", "Class 3b"])).code, 0)
        assert.match(
            (await run(["link", "list"])).stdout,
            /^ +NAME +SHOWS +MADE\n.*\n +cook +kitchen +\S+ +until \S+\n$/,
        )
        assert.match((await run(["link", "revoke", "cook"])).stdout, /^revoked +cook: nobody reads with it any more\n$/)
        assert.match((await run(["link", "list"])).stdout, /cook +kitchen +\S+ +revoked \S+\n$/)
    })
})
