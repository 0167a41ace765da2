/**
 * Runs in a page, before its own scripts: `navigator.serial` offers one port,
 * whose ends are in the test (`bridge-serial.ts`).
 */
{
    const { serialOpen, serialRead, serialWrite, serialClose } = window

    class BridgedPort {
        readable = null
        writable = null

        async open({ baudRate }) {
            await serialOpen(baudRate)
            this.readable = new ReadableStream({ pull }, { highWaterMark: 0 })
            this.writable = new WritableStream({ write: bytes => serialWrite([...bytes]) })
        }

        async close() {
            this.readable = this.writable = null
            await serialClose()
        }

        async setSignals() {}

        getInfo() {
            return { usbVendorId: 0x10c4, usbProductId: 0xea60 }
        }

        addEventListener() {}

        removeEventListener() {}
    }

    /** Nothing to read is what a closed port has: then nobody waits for it any more. */
    async function pull(controller) {
        const bytes = await serialRead()
        try {
            controller.enqueue(Uint8Array.from(bytes))
        } catch {
            // cancelled meanwhile
        }
    }

    navigator.serial.requestPort = async () => new BridgedPort()
}
