extension String {
    /// The text as a terminal may be given it, where somebody else chose it: without what moves the cursor, hides or turns round what
    /// stands beside it.
    /// - Parameters:
    ///   - mark: stands for each such character.
    ///   - isTabKept: whether tabs stay.
    public func shown(instead mark: Unicode.Scalar, isTabKept: Bool = false) -> String {
        String(
            UnicodeScalarView(
                unicodeScalars.map { scalar in
                    let isSafe = ![.control, .format, .lineSeparator, .paragraphSeparator].contains(
                        scalar.properties.generalCategory)
                    return isSafe || isTabKept && scalar == "\t" ? scalar : mark
                }))
    }
}
