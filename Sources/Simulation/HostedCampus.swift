package import Flows
import NetworkTypes
import Statistics

/// A campus whose machines each have a character, told flow by flow in the order in which the flows end, with
/// attacks whose place is known.
///
/// People work, live and read by day; machines look at the clock, for updates, for news; servers are visited,
/// watched and saved at night. Much of that looks like an attack and is none: see `HostedTraffic`. The same
/// configuration gives the same observations; memory follows the flows under way.
package struct HostedCampus: Sendable {
    /// Who acts at a time.
    private struct Turn: Sendable {
        let time: Int64
        /// Place among the routines, then the campaigns; it breaks ties.
        let actor: Int32

        static func < (left: Turn, right: Turn) -> Bool {
            left.time != right.time ? left.time < right.time : left.actor < right.actor
        }
    }

    private var traffic: HostedTraffic
    private let routines: [HostedRoutine]
    private var campaigns: [HostedCampaign]
    private let visitorRhythm = CaptureRhythm()
    /// Flows in an hour of full activity, and of visitors in a mean hour.
    private let flowsPerWorkHour: Double
    private let visitsPerHour: Double
    private var turns: [Turn] = []
    /// The attacks to which the last observations belong, by their numbers; `nil` for those of none.
    package private(set) var lastAttackNumbers: [Int?] = []

    package init(_ configuration: Configuration) {
        var traffic = HostedTraffic(configuration)
        let routines = HostedRoutine.all(of: traffic.network)
        let plan = HostedCampaign.plan(
            configuration, traffic.network, traffic.world, traffic.rhythm)
        traffic.truths = plan.map { $0.truth(traffic.network) }
        let rates = Self.rates(configuration, routines, traffic)
        (flowsPerWorkHour, visitsPerHour) = (rates.work, rates.visits)
        (self.routines, self.traffic, campaigns) = (routines, traffic, plan)
        for place in routines.indices {
            let start = traffic.rhythm.start
            switch routines[place].kind {
            case .person, .visitors: add(nextTime(of: routines[place], after: start, 1), place)
            default: add(self.traffic.firstTime(of: routines[place]), place)
            }
        }
        for place in plan.indices { add(plan[place].start, routines.count + place) }
    }

    /// The attacks as far as their flows have begun; all of them after the end.
    package var attacks: [HostedAttack] { traffic.truths }

    /// When the observations of `next` begin and end, apart from flows under way at the end.
    package var span: Range<Int64> { traffic.rhythm.start..<traffic.rhythm.end }

    /// The next observations in the order of their times; empty at the end.
    package mutating func next(limit: Int) -> [Observation] {
        var observations: [Observation] = []
        observations.reserveCapacity(limit)
        lastAttackNumbers.removeAll(keepingCapacity: true)
        while observations.count < limit {
            let now = turns.first?.time ?? .max
            // Whatever begins from now on ends later.
            if traffic.flights.firstTime <= now, let item = traffic.flights.takeFirst() {
                observations.append(item.observation)
                lastAttackNumbers.append(item.attack < 0 ? nil : Int(item.attack))
            } else if let turn = turns.first {
                take(turn)
            } else {
                break
            }
        }
        return observations
    }

    /// Lets somebody act.
    private mutating func take(_ turn: Turn) {
        let place = Int(turn.actor)
        let next: Int64
        if place < routines.count {
            let routine = routines[place]
            switch routine.kind {
            case .person:
                let count = traffic.act(routine.host, at: turn.time)
                next = nextTime(of: routine, after: turn.time, count)
            case .visitors:
                let count = traffic.receive(at: turn.time)
                next = nextTime(of: routine, after: turn.time, count)
            default: next = traffic.perform(routine, at: turn.time)
            }
        } else {
            next = campaigns[place - routines.count].perform(at: turn.time, &traffic)
        }
        if next < traffic.rhythm.end {
            sink(Turn(time: next, actor: turn.actor))
        } else if let last = turns.popLast(), !turns.isEmpty {
            sink(last)
        }
    }

    /// When somebody acts again who has begun so many flows.
    private mutating func nextTime(
        of routine: HostedRoutine, after time: Int64, _ count: Int
    ) -> Int64 {
        if routine.kind == .visitors {
            return visitorRhythm.time(
                after: time, count: count, perHour: visitsPerHour, &traffic.generator)
        }
        // The time of that many flows of a Poisson process, for many of them by the normal distribution.
        var flows = 0.0
        if count < 4 {
            for _ in 0..<count { flows -= naturalLogarithm(1 - traffic.generator.uniform()) }
        } else {
            let mean = Double(count)
            flows = max(mean / 8, mean + mean.squareRoot() * traffic.generator.normal())
        }
        let machine = traffic.network.machines[routine.host]
        return traffic.rhythm.time(
            after: time, work: flows / (flowsPerWorkHour * machine.activity),
            person: routine.host, style: machine.style)
    }

    /// How fast people act, for as many flows as are asked for.
    private static func rates(
        _ configuration: Configuration, _ routines: [HostedRoutine], _ traffic: HostedTraffic
    ) -> (work: Double, visits: Double) {
        let days = Double(configuration.days)
        var chores = 0.0
        var work = 0.0
        for routine in routines {
            let machine = traffic.network.machines[routine.host]
            // Machines that are switched off run for a third of the time.
            chores += routine.dailyFlows * days * (machine.isAlwaysOn ? 1 : 0.35)
            if routine.kind == .person {
                work +=
                    machine.activity
                    * traffic.rhythm.work(of: routine.host, style: machine.style)
            }
        }
        let people = max(Double(configuration.flows) - chores, Double(configuration.flows) / 10)
        return (people * 0.85 / max(work, 1), people * 0.15 / (days * 24))
    }

    // MARK: - The agenda: a binary heap

    private mutating func add(_ time: Int64, _ place: Int) {
        guard time < traffic.rhythm.end else { return }
        let turn = Turn(time: time, actor: Int32(place))
        turns.append(turn)
        var place = turns.count - 1
        while place > 0, turn < turns[(place - 1) / 2] {
            turns[place] = turns[(place - 1) / 2]
            place = (place - 1) / 2
        }
        turns[place] = turn
    }

    /// Puts a turn at the top and lets it sink to its place.
    private mutating func sink(_ turn: Turn) {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < turns.count else { break }
            if child + 1 < turns.count, turns[child + 1] < turns[child] { child += 1 }
            guard turns[child] < turn else { break }
            turns[place] = turns[child]
            place = child
        }
        turns[place] = turn
    }
}
