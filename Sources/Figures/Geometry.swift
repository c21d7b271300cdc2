/// A position in drawing units; y grows downwards.
package struct Point: Hashable, Sendable {
    package var x: Double
    package var y: Double

    package init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// An upright rectangle in drawing units.
package struct Rectangle: Hashable, Sendable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    package init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    package var maxX: Double { x + width }
    package var maxY: Double { y + height }
    package var center: Point { Point(x + width / 2, y + height / 2) }

    /// The rectangle with each side moved inwards.
    package func inset(left: Double, top: Double, right: Double, bottom: Double) -> Rectangle {
        Rectangle(
            x: x + left, y: y + top, width: max(width - left - right, 1),
            height: max(height - top - bottom, 1))
    }

    func intersects(_ other: Rectangle) -> Bool {
        x < other.maxX && other.x < maxX && y < other.maxY && other.y < maxY
    }
}

/// A series of lines and whole shapes that are filled or stroked together.
package struct Path: Equatable, Sendable {
    package enum Segment: Equatable, Sendable {
        case move(Point)
        case line(Point)
        case close
        case circle(Point, radius: Double)
        case rectangle(Rectangle)
    }

    package private(set) var segments: [Segment] = []

    package init() {}

    package static func rectangle(_ rectangle: Rectangle) -> Path {
        var path = Path()
        path.add(.rectangle(rectangle))
        return path
    }

    package static func line(from start: Point, to end: Point) -> Path {
        var path = Path()
        path.addLine(from: start, to: end)
        return path
    }

    package var isEmpty: Bool { segments.isEmpty }

    package mutating func add(_ segment: Segment) {
        segments.append(segment)
    }

    package mutating func addLine(from start: Point, to end: Point) {
        segments.append(.move(start))
        segments.append(.line(end))
    }

    package mutating func addLines(_ points: some Sequence<Point>, closed: Bool) {
        var isFirst = true
        for point in points {
            segments.append(isFirst ? .move(point) : .line(point))
            isFirst = false
        }
        if closed && !isFirst { segments.append(.close) }
    }

    package mutating func append(_ other: Path) {
        segments.append(contentsOf: other.segments)
    }
}
