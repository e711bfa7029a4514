/// The word a person most likely meant.
enum NearMiss {
    /// The nearest of the candidates, when it is near enough to be meant: a third of its letters, at least one.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        // What is far longer than every key is no misspelling, and the distance costs length × length.
        guard word.unicodeScalars.count <= 64 else { return nil }
        let word = normalised(word)
        let best =
            candidates
            .map { (candidate: $0, distance: distance(word, normalised($0))) }
            .min { $0.distance < $1.distance }
        guard let best, best.distance <= max(1, best.candidate.count / 3) else { return nil }
        return best.candidate
    }

    private static func normalised(_ word: String) -> [Character] {
        word.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 }
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make one of the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var cost = min(
                    last[column] + (left[row] == right[column] ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
