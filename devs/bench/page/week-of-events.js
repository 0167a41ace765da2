/** Runs in the page: hours of what the server would send. Every value of every room changes, and all levels occur. */
globalThis.simulatedHours = async (rooms, startS, fromHour, hours) => {
    const levels = ["good", "fair", "poor"]
    const [first] = rooms
    for (let minute = fromHour * 60; minute < (fromHour + hours) * 60; minute++) {
        const now = startS + minute * 60
        const ofDay = minute % 1440
        simulated.pass(60_000)
        simulated.emit("time", { now })
        simulated.runTimers()
        // the first room is revoked for an hour a day
        if (ofDay === 0) simulated.emit("rooms", { now, ids: rooms.slice(1) })
        if (ofDay === 60) {
            simulated.emit("rooms", { now, ids: rooms })
            const limits = { fairPpm: 1000, poorPpm: 2000 }
            const nothing = { at: null, ppm: null, level: null, levelSince: null, trendPpm: null, silentFrom: null }
            const air = { ...nothing, estimated: false, temperatureC: 21, humidityRh: 40, sensorFailed: false }
            simulated.emit("room", { now, room: { id: first, name: first, group: null, limits, ...air } })
        }
        rooms.forEach((id, at) => {
            const isAbsent = at === 0 && ofDay < 60
            const isSilent = at % 10 === 3 && ofDay >= 60 && ofDay < 120
            // each room posts every five minutes
            if ((minute + at) % 5 !== 0 || isAbsent || isSilent) return
            const sensorFailed = at % 10 === 7 && ofDay < 120
            const ppm = sensorFailed ? null : 450 + ((minute * 37 + at * 211) % 2000)
            const level = sensorFailed ? null : levels[ppm < 1000 ? 0 : ppm < 2000 ? 1 : 2]
            const levelSince = level === "fair" || level === "poor" ? now - ((minute * 7) % 3600) : null
            const trendPpm = sensorFailed ? null : ((minute * 13 + at) % 300) - 150
            const room = { id, at: now, ppm, level, levelSince, silentFrom: now + 900, sensorFailed, trendPpm }
            simulated.emit("room", { now, room })
        })
        // lets go on what waits, such as the response to a question
        if (minute % 10 === 0) await new Promise(resolve => queueMicrotask(resolve))
    }
}
