import assert from "node:assert/strict"
import { chmod } from "node:fs/promises"
import { SerialPort } from "serialport"
import { choosePort, openError, openPort } from "../../devs/flash/serial-port.ts"
import { chipBench, failsWith, flashOnto, imageFor } from "./support/flashing.ts"
import { PseudoTerminal } from "./support/pseudo-terminal.ts"

const board = { path: "/dev/ttyUSB0", vendorId: "10c4", productId: "ea60" }
const own = { path: "/dev/ttyACM0", vendorId: "303a", productId: "1001" }
const others = [{ path: "/dev/ttyS0" }, { path: "/dev/ttyACM1", vendorId: "2341", productId: "0043" }]

describe("devs/flash/serial-port choosePort", () => {
    for (const vendorId of ["10c4", "1a86", "0403", "303a"])
        it(`chooses the only port with a USB device of ${vendorId}`, () => {
            assert.equal(choosePort([...others, { path: "/dev/ttyUSB7", vendorId }]).path, "/dev/ttyUSB7")
        })

    it("ignores other ports", () => {
        assert.throws(() => choosePort([]), failsWith("PORT_NOT_FOUND"))
        assert.throws(() => choosePort(others), failsWith("PORT_NOT_FOUND"))
    })

    it("lists several ports instead of choosing", () => {
        const message = "several chips are plugged in: /dev/ttyUSB0 (Silicon Labs), /dev/ttyACM0 (Espressif)"
        assert.throws(() => choosePort([board, ...others, own]), { ...failsWith("PORT_AMBIGUOUS"), message })
    })
})

describe("devs/flash/serial-port openError", () => {
    const codes: Record<string, string> = {
        "Error: No such file or directory, cannot open /dev/ttyUSB0": "PORT_MISSING",
        "Error: No such device or address, cannot open /dev/ttyUSB0": "PORT_MISSING",
        "Opening COM9: File not found": "PORT_MISSING",
        "Error: Permission denied, cannot open /dev/ttyUSB0": "PORT_PERMISSION",
        "Error: Device or resource busy, cannot open /dev/ttyUSB0": "PORT_BUSY",
        "Error Resource temporarily unavailable Cannot lock port": "PORT_BUSY",
        "Opening COM3: Access denied": "PORT_BUSY",
        "Error: Is a directory, cannot open /dev": "PORT_UNUSABLE",
    }
    for (const [text, code] of Object.entries(codes))
        it(`${code}: ${text}`, () => {
            assert.equal(openError("/dev/ttyUSB0", text, "dialout").code, code)
        })

    it("names the group that may open it, and how to join it", () => {
        const { message, nextStep } = openError(
            "/dev/ttyUSB0",
            "Error: Permission denied, cannot open /dev/ttyUSB0",
            "uucp",
        )
        assert.equal(message, '/dev/ttyUSB0 belongs to the group "uucp", and you are not in it')
        assert.equal(nextStep, "sudo usermod -aG uucp $USER, then log out and in again")
    })
})

describe("devs/flash/serial-port openPort", () => {
    const plugIn = chipBench()

    it("reports a missing port", async () => {
        await assert.rejects(openPort({ path: "/dev/ttyAirpin9" }), failsWith("PORT_MISSING"))
    })

    it("reports a file that is not a port", async () => {
        await assert.rejects(openPort({ path: "/etc/hostname" }), failsWith("PORT_UNUSABLE"))
    })

    it("reports that another program uses it, until that closes it", async () => {
        const { path } = await plugIn()
        const port = await openPort({ path })
        await assert.rejects(openPort({ path }), failsWith("PORT_BUSY"))
        await port.release()
        await (await openPort({ path })).release()
    })

    it("tells a user without permission which group owns it", async () => {
        const { path } = await plugIn()
        await chmod(path, 0)
        const uid = process.geteuid!()
        if (uid === 0) process.seteuid!("nobody")
        try {
            await assert.rejects(openPort({ path }), failsWith("PORT_PERMISSION"))
        } finally {
            process.seteuid!(uid)
        }
    })

    it("reports a port that accepts no more data", async () => {
        const terminal = await PseudoTerminal.open(() => undefined)
        const port = await openPort({ path: terminal.path })
        terminal.stall()
        await assert.rejects(port.writable!.getWriter().write(Buffer.alloc(1 << 20)), failsWith("PORT_STUCK"))
        await terminal.hangUp()
        await port.release()
    })
})

describe("devs/flash/serial-port with control lines", () => {
    const plugIn = chipBench()
    const { set } = SerialPort.prototype
    const seen: object[] = []
    // A pseudo-terminal has no control lines, so their states are recorded here.
    before(() => {
        SerialPort.prototype.set = (lines, callback) => {
            seen.push(lines)
            callback?.(null)
        }
    })
    after(() => {
        SerialPort.prototype.set = set
    })

    it("resets the chip into its bootloader, and starts it at the end: RTS pulls EN, DTR pulls IO0", async () => {
        const chip = await plugIn()
        const { wasReset } = await flashOnto(chip, imageFor("esp32"))
        assert.ok(wasReset)
        assert.deepEqual(seen, [
            { dtr: false, rts: false },
            { dtr: false, rts: true },
            { dtr: true, rts: false },
            { dtr: false, rts: false },
            { dtr: false, rts: true },
            { dtr: false, rts: false },
        ])
    })
})
