import Yams

/// What YAML itself does not allow, in words for somebody who knows his file but not the grammar.
struct YAMLFailure {
    var what = "this cannot be read as YAML"
    var place = Place.start
    var because: String?
    var fix: String?

    init(_ error: any Error) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            place = Place(mark)
            explain(problem, context: context)
        case .composer(_, let problem, let mark, _):
            place = Place(mark)
            explain(problem, context: nil)
        case .reader(let problem, _, _, _):
            because = problem
        default:
            because = "the text is not what YAML expects"
        }
    }

    private mutating func explain(_ problem: String, context: YamlError.Context?) {
        because = problem
        fix = "look at this line and the one before it: colons, quotes, brackets, and the spaces before each key"
        if problem.contains("Maximum nesting level") {
            what = "this is nested too deeply"
            because = "a site file has no more than three levels"
            fix = "use two spaces for each level"
        } else if problem.contains("another document") {
            what = "a second document begins here"
            because = "a site file is one document"
            fix = "remove the line '---' and put all keys together"
        } else if problem.contains("mapping values are not allowed") {
            because = "there is a second ': ' on the line, or the line is indented more than the one before"
            fix = "write a value that contains ': ' in quotes, and begin the keys of one group in one column"
        } else if problem.contains("did not find expected key")
            || problem.contains("did not find expected <document start>") || problem.contains("block entries")
        {
            because = "the keys of one group do not begin in one column"
            fix = "use two spaces for each level"
        } else if problem.contains("could not find expected ':'") {
            because = "each line is 'key: value'; the colon after the key is missing"
            fix = "write 'key: value', with a space after the colon"
            if let context, context.mark.line < place.line { place = Place(context.mark) }
        } else if problem.contains("cannot start any token") {
            because = "a value cannot begin with this character"
            fix = "write the value in quotes"
        } else if problem.contains("unexpected end of stream"), let context {
            what = "a quote is opened here and never closed"
            because = nil
            fix = "add the closing quote"
            place = Place(context.mark)
        } else if problem.contains("undefined alias") {
            what = "a value beginning with '*' refers to something"
            because = "'&' and '*' references cannot be used in a site file"
            fix = "write the value in quotes"
        } else if problem.contains("expected ',' or") {
            because = "between brackets, the items are separated by commas and the bracket must be closed"
            fix = "write [a, b, c], or an item a line, each after '- '"
        }
    }
}
