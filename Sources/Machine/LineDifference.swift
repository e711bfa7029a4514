/// The difference of two texts, line by line, as `diff -u` shows it but without the numbers.
public enum LineDifference {
    /// Lines with `-` and `+` before them, and up to `context` unchanged ones around each; empty if the texts are equal.
    public static func describe(from old: String, to new: String, context: Int = 2) -> String {
        let before = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        guard !removed.isEmpty || !inserted.isEmpty else { return "" }
        var lines: [(text: String, isChange: Bool)] = []
        var (i, j) = (0, 0)
        while i < before.count || j < after.count {
            if i < before.count, removed.contains(i) {
                lines.append(("- " + before[i], true))
                i += 1
            } else if j < after.count, inserted.contains(j) {
                lines.append(("+ " + after[j], true))
                j += 1
            } else {
                lines.append(("  " + (i < before.count ? before[i] : after[j]), false))
                i += 1
                j += 1
            }
        }
        return shorten(lines, context: context)
    }

    private static func shorten(_ lines: [(text: String, isChange: Bool)], context: Int) -> String {
        var result: [String] = []
        var last = -1
        for (index, line) in lines.enumerated() {
            let nearby = lines[max(0, index - context)...min(lines.count - 1, index + context)]
            guard nearby.contains(where: \.isChange) else { continue }
            if last >= 0, index > last + 1 { result.append("  …") }
            result.append(line.text)
            last = index
        }
        return result.joined(separator: "\n")
    }
}
