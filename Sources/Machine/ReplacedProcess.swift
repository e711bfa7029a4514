import Foundation

extension Command {
    /// Becomes this program, with the terminal as it is: for programs that a person talks to.
    /// - Throws: `Failure` if it cannot be started; otherwise never returns.
    public func replaceThisProcess() throws -> Never {
        for (name, value) in environment { setenv(name, value, 1) }
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        // What we ignore, the program would ignore for ever (execve(2)).
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { _ = signal(number, SIG_DFL) }
        // Dispatch's threads, on one of which this runs, have signals blocked, and a program inherits that too: no time limit of its own would end it.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        execvp(executable, words)
        throw Failure("could not run '\(executable)'", because: String(cString: strerror(errno)), fix: "kopnik doctor")
    }
}
