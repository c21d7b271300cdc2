import CLanes

/// One search after the other in the leaves of a memory, whose arrays it sees without their bounds.
///
/// The six nearest so far are kept as keys: the bits of the squared distance above, the place below. Read
/// as `Double`s they compare like the distances, as numbers that are not negative compare like their
/// bits, and move by minimum and maximum without a branch.
@unsafe struct NeighbourSearch {
    /// The judged flow, each coordinate in all lanes; those that only boxes have are 0.
    let query: UnsafeMutablePointer<Lanes>
    /// The mean of the neighbours, once taken.
    let means: UnsafeMutablePointer<Float>
    private let metricCount: Int
    /// Whether there are many more coordinates than ``leadingAxes``.
    private let isWide: Bool
    /// Eights of leaves.
    private let groups: Int
    private let boxes: UnsafePointer<Lanes>
    private let coordinates: UnsafePointer<Lanes>
    private let rows: UnsafePointer<Lanes>
    /// How far each leaf is at least, squared.
    private let bounds: UnsafeMutablePointer<Lanes>
    /// The distances of the leaves measured, four vectors a slot.
    private let distances: UnsafeMutablePointer<Lanes>
    /// The least distance in each lane of a slot.
    private let minima: UnsafeMutablePointer<Lanes>
    /// Which leaf stands in each slot.
    private let slots: UnsafeMutablePointer<UInt32>
    /// The keys of the flows that may be among the six nearest.
    private let chosen: UnsafeMutablePointer<Double>
    /// The six nearest so far, nearest first.
    private let keys: UnsafeMutablePointer<Double>
    /// Slots taken.
    private var slotCount = 0
    /// The least distance in each lane of all leaves measured for this flow.
    private var lows = Lanes.zero
    /// Six flows are below this squared distance.
    private var worst: Float = 0

    /// Slots that may be taken: the nearest leaf's and those of eight eights.
    private static var slotLimit: Int { 65 }
    /// Room for every flow of all slots, and for one that is not kept.
    private static var chosenVectors: Int { unsafe slotLimit * NeighbourMemory.leafVectors * 2 + 1 }
    /// Beyond any flow.
    private static var none: Float { 1e30 }
    /// Where more leaves are left than these, the nearer ones are measured before the others, which they
    /// lower the bound for.
    private static var fewLeaves: Int { 12 }
    /// The share of the first bound that the nearer ones are within.
    private static var nearShare: Float { 0.25 }

    /// Coordinates that are measured first where there are many.
    private static var leadingAxes: Int { 8 }

    /// Vectors that a search has to have for itself.
    static func memoryCount(of memory: NeighbourMemory) -> Int {
        unsafe memory.queryVectors + memory.groups + (NeighbourMemory.leafVectors + 1) * slotLimit
            + (slotLimit + 7) / 8 + chosenVectors + 2 + memory.rowVectors
    }

    /// Lends `body` a search that works in `memory`.
    ///
    /// The arrays that the search sees were made by the initialiser of `learnt` in the sizes that follow
    /// from `metricCount` and the number of leaves, and live for the length of `body`.
    @unsafe static func with(
        _ learnt: NeighbourMemory, memory: inout [Lanes], _ body: (inout NeighbourSearch) -> Void
    ) {
        precondition(unsafe memory.count >= memoryCount(of: learnt), "too little memory")
        unsafe memory.withUnsafeMutableBufferPointer { memory in
            unsafe learnt.boxes.withUnsafeBufferPointer { boxes in
                unsafe learnt.coordinates.withUnsafeBufferPointer { coordinates in
                    unsafe learnt.rows.withUnsafeBufferPointer { rows in
                        guard let boxes = boxes.baseAddress, let rows = rows.baseAddress,
                            let coordinates = coordinates.baseAddress,
                            let memory = memory.baseAddress
                        else { return }
                        var search = unsafe NeighbourSearch(
                            learnt, memory, boxes: boxes, coordinates: coordinates, rows: rows)
                        unsafe body(&search)
                    }
                }
            }
        }
    }

    private init(
        _ learnt: NeighbourMemory, _ memory: UnsafeMutablePointer<Lanes>,
        boxes: UnsafePointer<Lanes>, coordinates: UnsafePointer<Lanes>, rows: UnsafePointer<Lanes>
    ) {
        unsafe (self.boxes, self.coordinates, self.rows) = (boxes, coordinates, rows)
        unsafe (metricCount, groups) = (learnt.metricCount, learnt.groups)
        unsafe isWide = learnt.metricCount > Self.leadingAxes + 3
        unsafe query = memory
        unsafe bounds = memory + learnt.queryVectors
        unsafe distances = bounds + groups
        unsafe minima = distances + NeighbourMemory.leafVectors * Self.slotLimit
        unsafe slots = UnsafeMutableRawPointer(minima + Self.slotLimit)
            .bindMemory(to: UInt32.self, capacity: (Self.slotLimit + 7) / 8 * 8)
        let rest = unsafe UnsafeMutableRawPointer(slots + (Self.slotLimit + 7) / 8 * 8)
        unsafe chosen = rest.bindMemory(to: Double.self, capacity: 4 * Self.chosenVectors)
        unsafe keys = chosen + 4 * Self.chosenVectors
        unsafe means = UnsafeMutableRawPointer(keys + 8)
            .bindMemory(to: Float.self, capacity: 8 * learnt.rowVectors)
    }

    /// Finds the six nearest of the flow in `query`.
    ///
    /// Distances are measured first and chosen from afterwards, so that the processor need not guess at
    /// every leaf whether it holds a neighbour: the least distances of the eight lanes, which belong to
    /// eight flows, bound the sixth nearest well enough all the while.
    @inline(__always)
    mutating func findNearest() {
        for place in 0..<6 { unsafe keys[place] = Self.far }
        let nearest = unsafe boundLeaves()
        unsafe (worst, slotCount) = (Self.none, 0)
        unsafe lows = Lanes(repeating: Self.none)
        unsafe measure(nearest)
        unsafe lowerWorst()
        // Not once more.
        let single = unsafe UnsafeMutableRawPointer(bounds).assumingMemoryBound(to: Float.self)
        unsafe single[nearest] = 2e30
        for start in stride(from: 0, to: unsafe groups, by: 8) {
            var left = unsafe leaves(from: start, below: worst)
            if unsafe left.nonzeroBitCount > Self.fewLeaves {
                let near = unsafe leaves(from: start, below: worst * Self.nearShare)
                unsafe measure(near, from: start)
                unsafe lowerWorst()
                left = unsafe leaves(from: start, below: worst) & ~near
            }
            unsafe measure(left, from: start)
            unsafe lowerWorst()
            unsafe choose()
        }
    }

    /// The squared distance of one of the six nearest.
    @inline(__always)
    func distance(_ place: Int) -> Float { unsafe Self.distance(keys[place]) }

    /// The mean distance of `count` of the six nearest; leaves the mean of their rows in `means`.
    @inline(__always)
    func takeMeans(from first: Int, _ count: Int) -> Float {
        let share = 1 / Float(count)
        let stride = unsafe (metricCount &+ 7) / 8
        var sum: Float = 0
        for index in first..<(first &+ count) { unsafe sum += distance(index).squareRoot() }
        for part in 0..<stride {
            var mean = Lanes.zero
            for index in first..<(first &+ count) {
                let place = unsafe Int(UInt32(truncatingIfNeeded: keys[index].bitPattern))
                mean += unsafe rows[place &* stride &+ part]
            }
            mean *= share
            unsafe UnsafeMutableRawPointer(means + 8 &* part).storeBytes(of: mean, as: Lanes.self)
        }
        return sum * share
    }

    /// Bounds the distances of all leaves; gives the nearest.
    @inline(__always)
    private func boundLeaves() -> Int {
        var least = SIMD8<Int32>(repeating: .max)
        var indices = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
        var box = unsafe boxes
        for group in 0..<(unsafe groups) {
            var bound = Lanes.zero
            for axis in 0..<NeighbourMemory.boxAxes {
                let value = unsafe query[axis]
                let below = unsafe box[2 &* axis] - value
                let above = unsafe value - box[2 &* axis &+ 1]
                let outside = ntds_greater(ntds_greater(below, above), .zero)
                bound += outside * outside
            }
            unsafe box += 2 &* NeighbourMemory.boxAxes
            unsafe bounds[group] = bound
            // The index rides in the lowest bits; for the choice of the first that is near enough.
            let bits = unsafe unsafeBitCast(bound, to: SIMD8<Int32>.self)
            let key = (bits & ~0xfff) | indices
            least.replace(with: key, where: key .< least)
            indices &+= 8
        }
        return Int(least.min() & 0xfff)
    }

    /// The leaves of eight eights that may hold a flow below a squared distance: leaf `l` of eight `g` is
    /// bit `8 l + g`.
    @inline(__always)
    private func leaves(from start: Int, below limit: Float) -> UInt64 {
        let limit = Lanes(repeating: limit)
        var flags = SIMD8<Int32>.zero
        var flag = SIMD8<Int32>(repeating: 1)
        for group in start..<min(start &+ 8, unsafe groups) {
            flags |= flag.replacing(with: 0, where: unsafe bounds[group] .>= limit)
            flag &+= flag
        }
        return flags.bytes
    }

    /// Measures the leaves that ``leaves(from:below:)`` gave.
    @inline(__always)
    private mutating func measure(_ leaves: UInt64, from start: Int) {
        var left = leaves
        while left != 0 {
            let leaf = unsafe Self.leaf(left, from: start)
            left &= left &- 1
            if unsafe !isWide, left != 0 {
                unsafe measure(leaf, Self.leaf(left, from: start))
                left &= left &- 1
            } else {
                unsafe measure(leaf)
            }
        }
    }

    /// The first of the leaves that ``leaves(from:below:)`` gave.
    @inline(__always)
    private static func leaf(_ leaves: UInt64, from start: Int) -> Int {
        let bit = leaves.trailingZeroBitCount
        return (start &+ bit & 7) &* 8 &+ bit &>> 3
    }

    /// Measures two leaves side by side, as the sums of one alone wait for each other.
    @inline(__always)
    private mutating func measure(_ first: Int, _ second: Int) {
        let count = unsafe metricCount
        let one = unsafe coordinates + first &* count &* 4
        let two = unsafe coordinates + second &* count &* 4
        var (a, b, c, d) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var (e, f, g, h) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        for axis in 0..<count {
            let value = unsafe query[axis]
            let i = unsafe one + 4 &* axis
            let j = unsafe two + 4 &* axis
            unsafe Self.add(i[0] - value, to: &a)
            unsafe Self.add(i[1] - value, to: &b)
            unsafe Self.add(i[2] - value, to: &c)
            unsafe Self.add(i[3] - value, to: &d)
            unsafe Self.add(j[0] - value, to: &e)
            unsafe Self.add(j[1] - value, to: &f)
            unsafe Self.add(j[2] - value, to: &g)
            unsafe Self.add(j[3] - value, to: &h)
        }
        unsafe keep(a, b, c, d, of: first)
        unsafe keep(e, f, g, h, of: second)
    }

    @inline(__always)
    private static func add(_ difference: Lanes, to sum: inout Lanes) {
        sum += difference * difference
    }

    /// Takes the distances of a leaf's flows, four vectors side by side, into the next slot.
    @inline(__always)
    private mutating func measure(_ leaf: Int) {
        let count = unsafe metricCount
        var start = unsafe coordinates + leaf &* count &* 4
        var (one, two, three, four) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var axis = 0
        // Where there are many coordinates, the leading ones tell of most leaves that they are too far.
        let leading = unsafe isWide ? Self.leadingAxes : count
        while axis < count {
            let end = axis == 0 ? leading : count
            while axis < end {
                let value = unsafe query[axis]
                let a = unsafe start[0] - value
                let b = unsafe start[1] - value
                let c = unsafe start[2] - value
                let d = unsafe start[3] - value
                one += a * a
                two += b * b
                three += c * c
                four += d * d
                unsafe start += 4
                axis &+= 1
            }
            if axis < count {
                let least = ntds_lesser(ntds_lesser(one, two), ntds_lesser(three, four))
                if unsafe all(least .>= worst) { return }
            }
        }
        unsafe keep(one, two, three, four, of: leaf)
        if unsafe isWide { unsafe lowerWorst() }
    }

    /// Puts the distances of a leaf's flows into the next slot.
    @inline(__always)
    private mutating func keep(
        _ one: Lanes, _ two: Lanes, _ three: Lanes, _ four: Lanes, of leaf: Int
    ) {
        let target = unsafe distances + slotCount &* 4
        unsafe target[0] = one
        unsafe target[1] = two
        unsafe target[2] = three
        unsafe target[3] = four
        let least = ntds_lesser(ntds_lesser(one, two), ntds_lesser(three, four))
        unsafe minima[slotCount] = least
        unsafe slots[slotCount] = UInt32(truncatingIfNeeded: leaf)
        unsafe slotCount &+= 1
        unsafe lows = ntds_lesser(lows, least)
    }

    /// Lowers `worst` to a number that six flows are below: of the least distances in the eight lanes all
    /// but two are at most the second largest of the larger ones of four pairs.
    @inline(__always)
    private mutating func lowerWorst() {
        let numbers = unsafe lows
        let a = greater(numbers[0], numbers[4])
        let b = greater(numbers[1], numbers[5])
        let c = greater(numbers[2], numbers[6])
        let d = greater(numbers[3], numbers[7])
        let second = greater(
            lesser(greater(a, b), greater(c, d)), greater(lesser(a, b), lesser(c, d)))
        unsafe worst = lesser(Float(bitPattern: second.bitPattern &+ 1), worst)
    }

    /// Puts the flows below `worst` of all slots among the six nearest, and empties the slots.
    @inline(__always)
    private mutating func choose() {
        let limit = unsafe Lanes(repeating: worst)
        var count = 0
        for start in stride(from: 0, to: unsafe slotCount, by: 8) {
            var flags = SIMD8<Int32>.zero
            var flag = SIMD8<Int32>(repeating: 1)
            for slot in start..<min(start &+ 8, unsafe slotCount) {
                flags |= flag.replacing(with: 0, where: unsafe minima[slot] .>= limit)
                flag &+= flag
            }
            count = unsafe choose(flags.bytes, from: start, after: count)
        }
        unsafe slotCount = 0
        unsafe insert(count)
    }

    /// Appends the flows below `worst` of eight slots to those chosen: each lane `l` of slot `s` whose bit
    /// `8 l + s` is set has some. Gives how many are chosen then.
    @inline(__always)
    private func choose(_ flags: UInt64, from start: Int, after chosenCount: Int) -> Int {
        let numbers = unsafe UnsafeRawPointer(distances).assumingMemoryBound(to: Float.self)
        let limit = unsafe worst
        var left = flags
        var count = chosenCount
        while left != 0 {
            let bit = left.trailingZeroBitCount
            left &= left &- 1
            let (slot, lane) = (start &+ bit & 7, bit &>> 3)
            let place = unsafe Int(slots[slot]) &* 32 &+ lane &* 4
            for vector in 0..<4 {
                let number = unsafe numbers[(slot &* 4 &+ vector) &* 8 &+ lane]
                unsafe chosen[count] = Self.key(number, place: place &+ vector)
                count &+= number < limit ? 1 : 0
            }
        }
        return count
    }

    /// Puts the chosen ones among the six nearest.
    @inline(__always)
    private mutating func insert(_ count: Int) {
        var (a, b, c, d, e, f) = unsafe (keys[0], keys[1], keys[2], keys[3], keys[4], keys[5])
        for index in 0..<count {
            let key = unsafe chosen[index]
            f = lesser(greater(key, e), f)
            e = lesser(greater(key, d), e)
            d = lesser(greater(key, c), d)
            c = lesser(greater(key, b), c)
            b = lesser(greater(key, a), b)
            a = lesser(key, a)
        }
        unsafe (keys[0], keys[1], keys[2], keys[3], keys[4], keys[5]) = (a, b, c, d, e, f)
    }

    @inline(__always)
    private static func key(_ distance: Float, place: Int) -> Double {
        Double(bitPattern: UInt64(distance.bitPattern) &<< 32 | UInt64(truncatingIfNeeded: place))
    }

    @inline(__always)
    private static func distance(_ key: Double) -> Float {
        Float(bitPattern: UInt32(truncatingIfNeeded: key.bitPattern &>> 32))
    }

    /// The key of no flow.
    private static var far: Double { Double(bitPattern: UInt64(unsafe none.bitPattern) &<< 32) }
}

extension NeighbourMemory {
    /// Coordinates of a search: those that only boxes have are 0.
    fileprivate var queryVectors: Int { max(metricCount, Self.boxAxes) }

    /// Eights of leaves.
    fileprivate var groups: Int { boxes.count / (2 * Self.boxAxes) }

    fileprivate var rowVectors: Int { (metricCount + 7) / 8 }
}

// One instruction each, as the standard library's are not.

@inline(__always)
private func lesser<T: Comparable>(_ a: T, _ b: T) -> T { a < b ? a : b }

@inline(__always)
private func greater<T: Comparable>(_ a: T, _ b: T) -> T { a > b ? a : b }

extension SIMD8<Int32> {
    /// The lowest byte of each lane.
    @inline(__always)
    fileprivate var bytes: UInt64 {
        unsafe unsafeBitCast(SIMD8<UInt8>(truncatingIfNeeded: self), to: UInt64.self)
    }
}
