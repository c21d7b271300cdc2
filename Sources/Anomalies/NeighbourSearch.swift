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
    /// Eights of leaves.
    private let groups: Int
    private let boxes: UnsafePointer<Lanes>
    private let coordinates: UnsafePointer<Lanes>
    private let rows: UnsafePointer<Lanes>
    /// How far each leaf is at least, squared.
    private let bounds: UnsafeMutablePointer<Lanes>
    /// The distances of the leaf scanned last.
    private let distances: UnsafeMutablePointer<Lanes>
    /// The least distance in each lane of them.
    private let minima: UnsafeMutablePointer<Lanes>
    /// The six nearest so far, nearest first.
    private let keys: UnsafeMutablePointer<Double>
    /// The sixth distance so far, in all lanes.
    private var worst = Lanes(repeating: 1e30)

    /// Vectors that a search has to have for itself.
    static func memoryCount(of memory: NeighbourMemory) -> Int {
        memory.queryVectors + memory.groups + NeighbourMemory.leafVectors + 3 + memory.rowVectors
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
        unsafe query = memory
        unsafe bounds = memory + learnt.queryVectors
        unsafe distances = bounds + groups
        unsafe minima = distances + NeighbourMemory.leafVectors
        let rest = unsafe UnsafeMutableRawPointer(minima + 1)
        unsafe keys = rest.bindMemory(to: Double.self, capacity: 8)
        unsafe means = UnsafeMutableRawPointer(keys + 8)
            .bindMemory(to: Float.self, capacity: 8 * learnt.rowVectors)
    }

    /// Finds the six nearest of the flow in `query`.
    @inline(__always)
    mutating func findNearest() {
        for place in 0..<6 { unsafe keys[place] = Self.far }
        unsafe worst = Lanes(repeating: 1e30)
        let least = unsafe boundLeaves()
        unsafe visit(from: least)
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
                let farther = below.replacing(with: above, where: below .< above)
                let outside = farther.replacing(with: 0, where: farther .< 0)
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

    /// Scans the leaf, then all that are near enough to matter.
    @inline(__always)
    private mutating func visit(from first: Int) {
        let single = unsafe UnsafeMutableRawPointer(bounds).assumingMemoryBound(to: Float.self)
        unsafe measure(first)
        unsafe worst = Lanes(repeating: unsafe sixthBound(minima.pointee))
        unsafe insert(first)
        unsafe single[first] = 2e30
        for start in stride(from: 0, to: unsafe groups, by: 8) {
            var flags = SIMD8<Int32>.zero
            var flag: Int32 = 1
            for group in start..<min(start &+ 8, unsafe groups) {
                flags |= SIMD8<Int32>.zero
                    .replacing(with: flag, where: unsafe bounds[group] .< worst)
                flag &<<= 1
            }
            var left = flags.bytes
            while left != 0 {
                let place = left.trailingZeroBitCount
                left &= left &- 1
                let leaf = (start &+ place & 7) &* 8 &+ place &>> 3
                guard unsafe single[leaf] < worst[0] else { continue }
                unsafe measure(leaf)
                if unsafe (minima.pointee .< worst).isAny { unsafe insert(leaf) }
            }
        }
    }

    /// A number that six of eight are below: all but two are at most the second largest of the larger
    /// ones of four pairs.
    @inline(__always)
    private func sixthBound(_ numbers: Lanes) -> Float {
        let a = greater(numbers[0], numbers[4])
        let b = greater(numbers[1], numbers[5])
        let c = greater(numbers[2], numbers[6])
        let d = greater(numbers[3], numbers[7])
        let second = greater(
            lesser(greater(a, b), greater(c, d)), greater(lesser(a, b), lesser(c, d)))
        return lesser(second.nextUp, 1e30)
    }

    /// Takes the distances of a leaf's flows, four vectors side by side, and gives the least of each four.
    @inline(never)
    private mutating func measure(_ leaf: Int) {
        let count = unsafe metricCount
        var start = unsafe coordinates + leaf &* count &* 4
        var (one, two, three, four) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        for axis in 0..<count {
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
        }
        unsafe distances[0] = one
        unsafe distances[1] = two
        unsafe distances[2] = three
        unsafe distances[3] = four
        unsafe minima.pointee = lesser(lesser(one, two), lesser(three, four))
    }

    /// Puts the distances just taken that are below the sixth among the six nearest.
    @inline(never)
    private mutating func insert(_ leaf: Int) {
        var flags = SIMD8<Int32>.zero
        for vector in 0..<NeighbourMemory.leafVectors {
            flags |= SIMD8<Int32>.zero
                .replacing(
                    with: 1 &<< Int32(truncatingIfNeeded: vector),
                    where: unsafe distances[vector] .< worst)
        }
        var left = flags.bytes
        let numbers = unsafe UnsafeRawPointer(distances).assumingMemoryBound(to: UInt32.self)
        var (a, b, c, d, e, f) = unsafe (keys[0], keys[1], keys[2], keys[3], keys[4], keys[5])
        while left != 0 {
            let bit = left.trailingZeroBitCount
            left &= left &- 1
            let (vector, lane) = (bit & 7, bit &>> 3)
            let place = leaf &* 32 &+ lane &* 4 &+ vector
            let key = unsafe Double(
                bitPattern: UInt64(numbers[vector &* 8 &+ lane]) &<< 32
                    | UInt64(truncatingIfNeeded: place))
            f = lesser(greater(key, e), f)
            e = lesser(greater(key, d), e)
            d = lesser(greater(key, c), d)
            c = lesser(greater(key, b), c)
            b = lesser(greater(key, a), b)
            a = lesser(key, a)
        }
        unsafe (keys[0], keys[1], keys[2], keys[3], keys[4], keys[5]) = (a, b, c, d, e, f)
        unsafe worst = Lanes(repeating: Self.distance(f))
    }

    @inline(__always)
    private static func distance(_ key: Double) -> Float {
        Float(bitPattern: UInt32(truncatingIfNeeded: key.bitPattern &>> 32))
    }

    /// The key of no flow.
    private static var far: Double { Double(bitPattern: UInt64((1e30 as Float).bitPattern) &<< 32) }
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

@inline(__always)
private func lesser(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .< a) }

extension SIMDMask<SIMD8<Int32>> {
    @inline(__always)
    fileprivate var isAny: Bool { SIMD8<Int32>.zero.replacing(with: 1, where: self).bytes != 0 }
}

extension SIMD8<Int32> {
    /// The lowest byte of each lane.
    @inline(__always)
    fileprivate var bytes: UInt64 {
        unsafe unsafeBitCast(SIMD8<UInt8>(truncatingIfNeeded: self), to: UInt64.self)
    }
}
